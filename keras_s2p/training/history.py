"""The history of a run: what its checkpoints measured, as a table and as a picture."""

import csv
import math
import os

from keras_s2p.common import files, tables

FILE, PICTURE = "history.csv", "history.png"
# Column to what the picture calls it.
LINES = {
    "val_l1": "under its own reference",
    "val_shuffled_l1": "under another's reference",
    "val_zero_l1": "without a reference",
    "l1": "in training",
}


def read_rows(folder: str) -> list:
    """Dicts of column to text, one a checkpoint; empty where there is no history.

    Raises:
        ValueError: the file can not be read.
    """
    path = os.path.join(folder, FILE)
    if not os.path.exists(path):
        return []
    return [  # what is beyond the last column has no name
        {name: text for name, text in row.items() if name}
        for row in tables.read_rows(path)
    ]


def write_rows(folder: str, rows: list):
    """Writes the rows of all checkpoints; each may lack columns that others have.

    Args:
        folder: the run folder.
        rows: of read_rows, and dicts of column to number.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    with files.replacing(os.path.join(folder, FILE)) as partial:
        with open(partial, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def read(folder: str) -> dict:
    """Column to values, one a checkpoint; empty where there is no history.

    What is no number (a validation that was not made) is NaN.

    Raises:
        ValueError: the file can not be read.
    """
    rows = read_rows(folder)
    names = list(rows[0]) if rows else []
    return {name: [_to_number(row[name]) for row in rows] for name in names}


def mend(folder: str, step: int):
    """Drops what a run does again, and a last line that a full disk cut.

    Args:
        folder: the run folder.
        step: that of the checkpoint from which the run goes on.

    Raises:
        ValueError: the file can not be read.
        OSError: it can not be written.
    """
    path = os.path.join(folder, FILE)
    if not os.path.exists(path):
        return
    text = files.read_text(path, files.MAX_LIST_SIZE)
    whole = text[: text.rfind("\n") + 1]  # the next line would be joined to another
    if whole != text:
        with files.replacing(path) as partial:
            with open(partial, "w", encoding="utf-8", newline="") as file:
                file.write(whole)
    rows = read_rows(folder)
    kept = [row for row in rows if not _to_number(row.get("step")) > step]
    if kept != rows:
        write_rows(folder, kept)


def _to_number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


def plot(folder: str):
    """Draws history.png from history.csv."""
    from matplotlib.figure import Figure  # it takes a second

    columns = read(folder)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for name, label in LINES.items():
        if name in columns:
            numbers = range(1, len(columns[name]) + 1)
            axes.plot(numbers, columns[name], marker=".", label=label)
    axes.set_xlabel("checkpoint")
    axes.set_ylabel("L1 of the painting")
    axes.grid(alpha=0.3)
    axes.legend()
    with files.replacing(os.path.join(folder, PICTURE)) as partial:
        figure.savefig(partial, format="png", dpi=100)
