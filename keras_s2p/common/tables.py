"""Reads CSV files: lists of pictures, of pairs, and of what a training measured."""

import csv
import io
import re

from keras_s2p.common import files

MAX_COLUMNS = 1000
MAX_VALUES = 2_000_000  # of all rows, which take less than a gigabyte of memory


def read_rows(path: str) -> list:
    """The rows of a CSV file as dicts by its first line.

    Columns are named in small letters, without blanks around them, unless two would
    then have one name.

    Columns are parted by commas; or by semicolons, as Excel does where numbers have a
    decimal comma, or tabs, whichever the first line has most of.

    Raises:
        FileError: as files.read_text, not a CSV file, two columns of one name, or more
            columns or values than MAX_COLUMNS or MAX_VALUES.
    """
    text, stand_in = _hide_zeros(files.read_text(path, files.MAX_LIST_SIZE))
    text = re.sub(r"\Asep=.\r?\n", "", text)  # of Excel, which then needs not guess
    first = re.match(r"[^\r\n]*", text)[0]
    delimiter = max(",;\t", key=first.count)
    lines = io.StringIO(text, newline="")
    # Else a quotation mark that is not closed swallows the rows behind it.
    reader = csv.DictReader(lines, delimiter=delimiter, strict=True)
    try:
        names = reader.fieldnames or []
        if len(names) > MAX_COLUMNS:
            raise files.FileError(f"{path}: more than {MAX_COLUMNS} columns")
        twice = [name for name in set(names) if name and names.count(name) > 1]
        if twice:
            raise files.FileError(f"{path}: two columns are called {min(twice)}")
        small = [name.strip().lower() for name in names]
        reader.fieldnames = small if len(set(small)) == len(small) else names
        return [_show_zeros(row, stand_in) for row in _count(reader, path)]
    except csv.Error as error:
        error = f"{error}, row of line {reader.line_num + 1}"
        raise files.FileError(f"{path}: not a CSV file ({error})") from None


def check_width(row: dict, path: str, number: int):
    """Raises FileError if a row, the `number`th, has values beyond the last column."""
    if any(row.get(None) or ()):
        raise files.FileError(
            f"{path}: row {number} has more values than there are columns; put a name "
            "with a comma or semicolon into quotation marks"
        )


def _count(reader, path):
    """The rows of a reader, as long as they do not have too many values."""
    values = 0
    for row in reader:
        values += len(row) + len(row.get(None) or ())  # what no column is named for
        if values > MAX_VALUES:
            raise files.FileError(f"{path}: more than {MAX_VALUES} values; split it")
        yield row


def _hide_zeros(text):
    """The text with another character for its zero bytes, and that; None without any.

    The csv of Python before 3.11 refuses a list that has one; a row is to be alone.
    """
    if "\0" not in text:
        return text, None
    private = (chr(code) for code in range(0xE000, 0xF900))
    stand_in = next((each for each in private if each not in text), None)
    return (text.replace("\0", stand_in), stand_in) if stand_in else (text, None)


def _show_zeros(row, stand_in):
    if stand_in is None:
        return row
    return {
        name: value.replace(stand_in, "\0") if isinstance(value, str) else value
        for name, value in row.items()
    }
