"""Draws docs/network.png: the generator as it is built, with its sizes.

Example: python docs/draw_network.py
"""

import pathlib

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from keras_s2p.common import config as configs
from keras_s2p.networks.generator import build_generator

PICTURE = pathlib.Path(__file__).parent / "network.png"
SIZE = 256  # pixels, of the sketch that the sizes are given for
# Boxes: layer, what it is, column, and the colour of its kind.
ENCODER = [(f"enc{level}_conv2", f"encoder {level}") for level in range(1, 6)]
DECODER = [(f"dec{level}_conv2", f"decoder {level}") for level in range(1, 6)]
GREY, BLUE, ORANGE, GREEN = "#e8e8ec", "#cfe0f5", "#fbd9b5", "#d3ecd0"


def main():
    """Builds the paper's generator and draws it."""
    generator = build_generator(configs.PRESETS["paper"])
    figure, axes = plt.subplots(figsize=(12, 6.4))
    for i, (layer, name) in enumerate(ENCODER):
        draw_box(axes, i, 4 - i, name, describe(generator, layer, 2**i), BLUE)
    draw_box(axes, 5, -1, "mid level", describe(generator, "mid_relu", 32), ORANGE)
    for i, (layer, name) in enumerate(DECODER):
        text = describe(generator, layer, 2 ** (4 - i))
        draw_box(axes, 6 + i, i, name, text, BLUE)
    draw_box(axes, 0, 5.2, "sketch", f"{SIZE}² x 1", GREY)
    draw_box(axes, 10, 5.2, "painting", f"{SIZE}² x 3", GREY)
    draw_box(axes, 0.6, -2.3, "reference", "hint encoder, frozen", GREY)
    hint = generator.input["hint"].shape[-1]
    draw_box(axes, 2.6, -2.3, "hint", f"{hint} values", ORANGE)
    width = generator.get_layer("hint_dense").units
    draw_box(axes, 5, -2.3, "dense", f"{width}, added everywhere", ORANGE)
    draw_box(axes, 2, 0, "guide 1 (grey)", "from the entry", GREEN)
    draw_box(axes, 8, -1, "guide 2 (colour)", "from the exit", GREEN)

    for i in range(4):
        arrow(axes, (i, 4 - i), (i + 1, 3 - i))
        arrow(axes, (6 + i, i), (7 + i, i + 1))
    arrow(axes, (0, 5.2), (0, 4))
    arrow(axes, (10, 4), (10, 5.2))
    arrow(axes, (4, 0), (5, -1))
    arrow(axes, (5, -1), (6, 0))
    arrow(axes, (0.6, -2.3), (2.6, -2.3))
    arrow(axes, (2.6, -2.3), (5, -2.3))
    arrow(axes, (5, -2.3), (5, -1))
    arrow(axes, (4, 0), (2, 0))
    arrow(axes, (6, 0), (8, -1))
    for level in range(4):
        arrow(axes, (4 - level, level), (6 + level, level), dashed=True)

    axes.set_xlim(-0.8, 10.8)
    axes.set_ylim(-2.9, 5.8)
    axes.axis("off")
    figure.tight_layout(pad=0.2)
    figure.savefig(PICTURE, dpi=110)
    print(f"{PICTURE} written")


def describe(generator, layer, halving):
    """Size and channels of a layer's output."""
    channels = generator.get_layer(layer).output.shape[-1]
    return f"{SIZE // halving}² x {channels}"


def draw_box(axes, x, y, name, text, colour):
    """A box with its middle at (x, y)."""
    axes.text(
        x, y, f"{name}\n{text}", ha="center", va="center", fontsize=8.5, zorder=3,
        bbox={"boxstyle": "round,pad=0.4", "fc": colour, "ec": "#555", "lw": 0.8},
    )  # fmt: skip


def arrow(axes, start, end, dashed=False):
    """An arrow from the middle of one box to that of another, behind both."""
    axes.annotate(
        "", end, start, zorder=1 if not dashed else 0,
        arrowprops={
            "arrowstyle": "-|>", "color": "#999" if dashed else "#333",
            "ls": "--" if dashed else "-", "shrinkA": 24, "shrinkB": 30, "lw": 1,
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
