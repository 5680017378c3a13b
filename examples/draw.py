"""Draws two sketches and two references again, from seeds no training has seen.

The other examples are by an artist; see CREDITS.md.

Example: python examples/draw.py
"""

import os

import numpy as np

from keras_s2p.characters import character, palettes
from keras_s2p.common import picture_files

HERE = os.path.dirname(os.path.abspath(__file__))
SIZE = 512  # pixels, twice what the generator paints at
# Chosen by eye for variety of framing and of palette.
SKETCHES = {"aiko": 2, "yuki": 24}
REFERENCES = {"meadow": 22, "blossom": 29}
FIRST_SEED = 2_000_000_000


def main():
    """Writes sketches/ and references/."""
    for name, seed in SKETCHES.items():
        sketch = character.draw_character(FIRST_SEED + seed, SIZE).sketch()
        path = os.path.join(HERE, "sketches", f"{name}.png")
        picture_files.write_image(path, sketch[..., np.newaxis])
    for name, seed in REFERENCES.items():
        palette = palettes.random_palette(np.random.default_rng(FIRST_SEED + seed))
        painting = character.draw_character(FIRST_SEED + seed, SIZE).paint(palette)
        picture_files.write_image(
            os.path.join(HERE, "references", f"{name}.png"), painting
        )


if __name__ == "__main__":
    main()
