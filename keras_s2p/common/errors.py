"""What an error of another library says."""

MOST = 300  # characters


def find_reason(error: Exception) -> str:
    """The beginning of the first line of an error's text; its kind, if it has none.

    Messages of TensorFlow go on over many lines, those of NumPy may quote a whole file,
    those of MemoryError and others may be empty.
    """
    text = str(getattr(error, "message", "") or error).strip()
    line = text.splitlines()[0] if text else type(error).__name__
    return line if len(line) <= MOST else f"{line[:MOST]}..."
