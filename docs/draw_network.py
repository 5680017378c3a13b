"""Draws docs/network.png: the generator as it is built, with its sizes.

Where Graphviz and pydot are installed, also docs/model.png: the two parts of the whole
network and what goes through them, as keras.utils.plot_model draws it.

Example: python docs/draw_network.py
"""

import pathlib

import keras
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from keras_s2p.common import config as configs
from keras_s2p.networks.style2paints import build_style2paints

FOLDER = pathlib.Path(__file__).parent
PICTURE, MODEL_PICTURE = FOLDER / "network.png", FOLDER / "model.png"
SIZE = 256  # pixels, of the sketch that the sizes are given for
# Boxes: layer, what it is, column, and the colour of its kind.
ENCODER = [(f"enc{level}_conv2", f"encoder {level}") for level in range(1, 6)]
DECODER = [(f"dec{level}_conv2", f"decoder {level}") for level in range(1, 6)]
GREY, BLUE, ORANGE, GREEN = "#e8e8ec", "#cfe0f5", "#fbd9b5", "#d3ecd0"


def main():
    """Builds the paper's network and draws it."""
    network = build_style2paints(configs.PRESETS["paper"])
    generator = network.get_layer("generator")
    figure, axes = plt.subplots(figsize=(12, 6.4))
    axes.set_xlim(-0.8, 10.8)
    axes.set_ylim(-2.9, 5.8)
    axes.axis("off")
    figure.tight_layout(pad=0.2)
    boxes = draw_boxes(axes, generator)
    figure.canvas.draw()  # so that arrows find the edges of the boxes
    draw_arrows(axes, boxes)
    figure.savefig(PICTURE, dpi=110)
    print(f"{PICTURE} written")
    draw_model(network)


def draw_model(network):
    """Draws MODEL_PICTURE, or says what it lacks."""
    try:
        keras.utils.plot_model(network, MODEL_PICTURE, show_shapes=True, dpi=110)
    except (ImportError, OSError):
        print("Not drawn by Keras: it takes Graphviz and pip install pydot")
    else:
        print(f"{MODEL_PICTURE} written")


def draw_boxes(axes, generator):
    """Name to box, for each of the generator's levels and what is around it."""

    def draw(x, y, name, text, colour):
        return {name: draw_box(axes, x, y, name, text, colour)}

    boxes = {}
    for i, (layer, name) in enumerate(ENCODER):
        boxes |= draw(i, 4 - i, name, describe(generator, layer, 2**i), BLUE)
    boxes |= draw(5, -1, "mid level", describe(generator, "mid_relu", 32), ORANGE)
    for i, (layer, name) in enumerate(DECODER):
        text = describe(generator, layer, 2 ** (4 - i))
        boxes |= draw(6 + i, i, name, text, BLUE)
    hint = generator.input["hint"].shape[-1]
    width = generator.get_layer("hint_dense").units
    for box in (
        (0, 5.2, "sketch", f"{SIZE}² x 1", GREY),
        (10, 5.2, "painting", f"{SIZE}² x 3", GREY),
        (0.6, -2.3, "reference", "hint encoder, frozen", GREY),
        (2.6, -2.3, "hint", f"{hint} values", ORANGE),
        (5, -2.3, "dense", f"{width}, added everywhere", ORANGE),
        (2, 0, "guide 1 (grey)", "from the entry", GREEN),
        (8, -1, "guide 2 (colour)", "from the exit", GREEN),
    ):
        boxes |= draw(*box)
    return boxes


def draw_arrows(axes, boxes):
    """What leads to what; the skips are dashed."""
    chain = ["sketch", *(name for _, name in ENCODER), "mid level"]
    chain += [*(name for _, name in DECODER), "painting"]
    pairs = [*zip(chain, chain[1:])]
    pairs += [("reference", "hint"), ("hint", "dense"), ("dense", "mid level")]
    pairs += [("encoder 5", "guide 1 (grey)"), ("decoder 1", "guide 2 (colour)")]
    for start, end in pairs:
        draw_arrow(axes, boxes[start], boxes[end])
    for level in range(1, 5):
        start, end = boxes[f"encoder {6 - level}"], boxes[f"decoder {level}"]
        draw_arrow(axes, start, end, dashed=True)


def describe(generator, layer, halving):
    """Size and channels of a layer's output."""
    channels = generator.get_layer(layer).output.shape[-1]
    return f"{SIZE // halving}² x {channels}"


def draw_box(axes, x, y, name, text, colour):
    """A box with its middle at (x, y)."""
    return axes.text(
        x, y, f"{name}\n{text}", ha="center", va="center", fontsize=8.5, zorder=3,
        bbox={"boxstyle": "round,pad=0.4", "fc": colour, "ec": "#555", "lw": 0.8},
    )  # fmt: skip


def draw_arrow(axes, start, end, dashed=False):
    """An arrow from the edge of one box to that of another."""
    axes.annotate(
        "", end.get_position(), start.get_position(), zorder=2,
        arrowprops={
            "arrowstyle": "-|>", "color": "#999" if dashed else "#333",
            "ls": "--" if dashed else "-", "lw": 1, "shrinkA": 0, "shrinkB": 0,
            "patchA": start.get_bbox_patch(), "patchB": end.get_bbox_patch(),
        },
    )  # fmt: skip


if __name__ == "__main__":
    main()
