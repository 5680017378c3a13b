"""What a command line and an output stream make of unusual file names."""

import functools
import os
import sys


def print_any_name():
    """Lets print write names that the output's encoding lacks, with backslashes."""
    if hasattr(sys.stdout, "reconfigure"):  # not in a notebook
        sys.stdout.reconfigure(errors="backslashreplace")


def stopped_by_ctrl_c(main):
    """Decorator of a command's main: Ctrl-C ends it with 1 and a word, not a traceback.

    For commands that write what they write whole or not at all, and can be run again.
    """

    @functools.wraps(main)
    def run(argv=None) -> int:
        try:
            return main(argv)
        except KeyboardInterrupt:
            print("\nstopped", file=sys.stderr)
            return 1

    return run


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
