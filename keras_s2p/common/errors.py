"""What an error of another library says."""

import re

MOST = 300  # characters

# What TensorFlow says before the reason when a graph fails: where, not why.
GRAPH_LINE = re.compile(
    r"Graph execution error:|Detected at node|File \"|Node: '|<stack traces|"
    r"\d+ root error"
)
# What it puts before and behind a reason: of which operation it is, on which device.
OPERATION = re.compile(r"\{\{function_node \S*?\}\}\s*|\s*\[Op:\w+\](?: name:.*)?$")
ROOT = re.compile(r"\(\d+\) [A-Z_]+:\s*")  # before the reasons of several


def find_reason(error: Exception) -> str:
    """The beginning of the first line of an error's text that says why.

    Its kind, if none does. Messages of TensorFlow go on over many lines, those of NumPy
    may quote a whole file, those of MemoryError and others may be empty.
    """
    text = str(getattr(error, "message", "") or error).strip()
    lines = [OPERATION.sub("", line).strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    if lines and lines[0] == "Graph execution error:":
        lines = [
            ROOT.sub("", line, count=1) for line in lines if not GRAPH_LINE.match(line)
        ]
    line = lines[0] if lines else type(error).__name__
    return line if len(line) <= MOST else f"{line[:MOST]}..."
