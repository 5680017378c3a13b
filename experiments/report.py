"""What an experiment leaves in docs/results/: a CSV, a picture, a line of verdict."""

import csv
import os

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot


def save_grid(settings, columns, name="figure.png"):
    """Writes pictures side by side, a title over each column.

    Args:
        settings: common.Settings.
        columns: {title: [H, W, 1 or 3] uint8 pictures, equally many}.
        name: of the file in settings.out.
    """
    rows = len(next(iter(columns.values())))
    figure, axes = pyplot.subplots(
        rows,
        len(columns),
        figsize=(1.5 * len(columns), 1.5 * rows + 0.3),
        squeeze=False,
    )
    for column, (title, pictures) in enumerate(columns.items()):
        axes[0, column].set_title(title, fontsize=8)
        for row, pixels in enumerate(pictures):
            pixels = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
            axes[row, column].imshow(pixels)
            axes[row, column].axis("off")
    figure.subplots_adjust(wspace=0.02, hspace=0.02)
    figure.savefig(os.path.join(settings.out, name), dpi=100, bbox_inches="tight")
    pyplot.close(figure)


def write_csv(path, rows):
    """Writes dicts as the rows of a CSV file."""
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {key: format_cell(value) for key, value in row.items()} for row in rows
        )


def write_table(path, rows):
    """As write_csv, and prints them as a Markdown table."""
    write_csv(path, rows)
    print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
    for row in rows:
        print("| " + " | ".join(format_cell(value) for value in row.values()) + " |")


def format_cell(value) -> str:
    """Four digits are all that these numbers hold."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def write_verdict(settings, text):
    """Writes the line of verdict, with the command's budget, and prints it."""
    budget = (
        f"{settings.steps} steps of {settings.batch_size} pictures of "
        f"{settings.size}², {settings.seeds} seed(s)"
    )
    if settings.quick:
        budget = "smoke test"
    text = f"{text} ({budget})"
    with open(os.path.join(settings.out, "verdict.md"), "w") as file:
        file.write(text + "\n")
    print(text)


def mean_of(rows, column, **where) -> float:
    """Mean of a column over the rows where the other columns are as given, or NaN."""
    values = [
        row[column]
        for row in rows
        if all(row[key] == value for key, value in where.items())
    ]
    return float(np.mean(values)) if values else float("nan")


def verdict(holds) -> str:
    """The words of every verdict."""
    return "confirmed" if holds else "not confirmed"


def spread(values) -> str:
    """Mean and, with several, the largest distance from it."""
    values = np.asarray(values, float)
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{values.mean():.3f} ± {np.abs(values - values.mean()).max():.3f}"


def save_figure(settings, figure, name="figure.png"):
    """Writes a matplotlib figure for a page."""
    figure.tight_layout()
    figure.savefig(os.path.join(settings.out, name), dpi=100)
    pyplot.close(figure)
