"""Draws docs/clicks.png: how far hints mend paintings, and how far flood fill does.

Example: python docs/draw_clicks.py evaluation/clicks.json

The file is what `python -m keras_s2p.evaluate --clicks` wrote.
"""

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

from keras_s2p.measuring import clicks

TITLES = {"hints": "colour hints", "flood_fill": "plain flood fill"}
COLOURS = {"hints": "#1f5fa8", "flood_fill": "#c0562b"}


def main():
    """Writes docs/clicks.png."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clicks")
    results = json.loads(pathlib.Path(parser.parse_args().clicks).read_text())
    figure, axes = pyplot.subplots(figsize=(6.4, 3.4))
    for source, found in results.items():
        mean = source == clicks.MEAN
        for way in clicks.WAYS:
            counts = [int(count) for count in found[way]]
            axes.plot(
                counts, list(found[way].values()), color=COLOURS[way],
                linewidth=2.4 if mean else 0.8, alpha=1 if mean else 0.3,
                marker="o" if mean else None, label=TITLES[way] if mean else None,
            )  # fmt: skip
    axes.set_xticks(counts)
    axes.set_ylim(0)
    axes.set_xlabel("hints")
    axes.set_ylabel("part delta-E")
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(pathlib.Path(__file__).parent / "clicks.png", dpi=110)


if __name__ == "__main__":
    main()
