"""What a command line and an output stream make of unusual file names."""

import os
import sys


def print_any_name():
    """Lets print write names that the output's encoding lacks, with backslashes."""
    if hasattr(sys.stdout, "reconfigure"):  # not in a notebook
        sys.stdout.reconfigure(errors="backslashreplace")


def protect_names(argv: list = None) -> list:
    """Arguments in which what follows `--` can be taken for no option.

    argparse's intermixed parsing does not heed `--`.

    Args:
        argv: list of str; the command line's if None.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    if "--" not in argv:
        return argv
    end = argv.index("--")
    return argv[:end] + [
        os.path.join(os.curdir, name) if name.startswith("-") else name
        for name in argv[end + 1 :]
    ]
