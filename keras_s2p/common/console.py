"""What a command line and an output stream make of unusual file names."""

import contextlib
import functools
import os
import re
import sys

from keras_s2p.common import plain_paths

# All but tabs and ends of lines, and what turns the direction of text.
CONTROL = re.compile(
    r"[\0-\b\v-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
MAY_BE_EMPTY = "--source-shares", "--use"  # they are no names
BACK = re.compile(r"[\b\r]*")  # progress bars go back before they write


def command(main):
    """Decorator of a command's main, for what every command owes its terminal.

    Names of files are printed whatever is in them: what the output's encoding lacks,
    and control characters, with backslashes. Errors and progress that nobody reads any
    more, as of a closed pipe, end nothing. Ctrl-C ends it with 1 and a word, not a
    traceback; what it writes it must write whole or not at all. An empty name, as a
    shell gives that of a variable that is not set, is refused as other wrong use is,
    and so is an address, such as gs://bucket/folder.
    """

    @functools.wraps(main)
    def run(argv=None) -> int:
        with (
            open(os.devnull, "w") as nowhere,  # for a stream that was closed
            contextlib.redirect_stdout(_AnyName(sys.stdout or nowhere)),
            contextlib.redirect_stderr(_AnyName(sys.stderr or nowhere, True)),
        ):
            try:
                check_names(sys.argv[1:] if argv is None else argv)
                return main(argv)
            except KeyboardInterrupt:
                print("\nstopped", file=sys.stderr)
                return 1

    return run


def check_names(argv: list):
    """Raises SystemExit, and tells it, if an argument is empty or an address."""
    for before, each in zip(["", *argv], argv):
        option, sign, value = each.partition("=")
        if not (sign and option.startswith("--")):
            option, value = before, each
        place = f"{option}: " if option.startswith("-") else ""
        if value == "" and option not in MAY_BE_EMPTY:
            tell(f"error: {place}a name is empty")
            raise SystemExit(2)
        if plain_paths.ADDRESS.match(value):
            tell(f"error: {place}{value}: an address, not a path of this machine")
            raise SystemExit(2)


def tell(text):
    """Writes one line of an error's text, or of what has one, to standard error."""
    print(one_line(text), file=sys.stderr, flush=True)


def tell_error(command: str, error: Exception):
    """Tells what ended a command: a ValueError's sentence, or the system's reason."""
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        error = f"{name}{error.strerror[0].lower()}{error.strerror[1:]}"
    tell(f"{command}: {error}")


def say(text):
    """Writes one line to standard output."""
    print(one_line(text), flush=True)


def try_saying(text):
    """As `say`; the OSError of a full disk or a closed pipe is given, not raised."""
    try:
        say(text)
    except OSError as error:
        return error
    return None


def one_line(text) -> str:
    r"""A text in one line: the ends of lines that a name of a file holds as `\n`."""
    return str(text).replace("\n", r"\n")


class _AnyName:
    """A text stream that takes any text; all else is the stream's it is made of.

    Args:
        stream: text stream.
        may_be_lost: whether it matters nothing when it can not be written to.
    """

    def __init__(self, stream, may_be_lost=False):
        self._stream = stream
        self._may_be_lost = may_be_lost

    def write(self, text: str) -> int:
        encoding = self._stream.encoding or "utf-8"  # None in a notebook
        shown = text.encode(encoding, "backslashreplace").decode(encoding)
        start = BACK.match(shown).end()
        with self._naming_itself():
            self._stream.write(shown[:start] + CONTROL.sub(_escape, shown[start:]))
        return len(text)

    def flush(self):
        with self._naming_itself():
            self._stream.flush()

    def close(self):
        """Leaves the stream open: loggers close whatever is not the terminal itself."""
        self.flush()

    @contextlib.contextmanager
    def _naming_itself(self):
        """Errors of a full disk or a closed pipe say of which stream they are."""
        try:
            yield
        except OSError as error:
            if self._may_be_lost:
                return
            name = getattr(self._stream, "name", None)
            raise OSError(error.errno, error.strerror, name) from None

    def __getattr__(self, name):
        return getattr(self._stream, name)


def _escape(match):
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


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
