"""All commands of keras_s2p under one name.

keras-s2p COMMAND ...             keras-s2p COMMAND --help says the rest
python -m keras_s2p COMMAND ...   the same
"""

import argparse
import importlib
import sys

import keras_s2p
from keras_s2p.common import console

# A command is the module keras_s2p.<name>, with _ for -. Each is imported when it is
# asked for: TensorFlow takes seconds.
COMMANDS = {
    "paint": "paint sketches in the colours of reference paintings",
    "demo": "the same on a web page of this machine",
    "make-dataset": "make a dataset of paintings, of built-in characters or of both",
    "train": "train the generator on a dataset",
    "release": "make a folder of weights out of a run",
    "evaluate": "measure whether the reference decides the colours",
    "export": "write a SavedModel, for TensorFlow Serving",
    "pretrain-hint": "train the hint encoder on a dataset",
    "pretrain-places": "train the place encoder on a dataset",
    "probe-hint": "measure which colours the hint holds",
    "benchmark": "measure how fast this machine paints and trains",
}


@console.command
def main(argv=None) -> int:
    """Runs one of the commands and gives its exit code."""
    argv = sys.argv[1:] if argv is None else argv
    name = parse_name(argv)
    sys.argv[0] = f"keras-s2p {name}"  # how the command calls itself in its --help
    module = importlib.import_module(f"keras_s2p.{name.replace('-', '_')}")
    return module.main(argv[1:])


def parse_name(argv) -> str:
    """The command asked for, the first of the arguments; the others are its own."""
    width = max(map(len, COMMANDS))
    table = "\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="keras-s2p",
        usage="keras-s2p COMMAND ...",
        description=f"{__doc__}\ncommands:\n{table}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    version = f"keras_s2p {keras_s2p.__version__}"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument("command", choices=COMMANDS, help=argparse.SUPPRESS)
    return parser.parse_args(argv[:1]).command


if __name__ == "__main__":
    sys.exit(main())
