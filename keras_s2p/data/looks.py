"""The looks of extracted lines, and what finding them is measured with.

Not in the paper: all of it. sketch.py says how lines are found; this module needs no
TensorFlow, so that jax_training/sketch.py draws the same lines.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Look:
    """How lines are drawn; contrasts are distances in RGB with channels in [0, 1]."""

    sigma: float  # pixels; the fine Gaussian, and so the width of the lines
    threshold: float  # contrast below which there is no line
    softness: float  # contrast from the threshold to full ink
    edge: tuple = (0.25, 0.75)  # shares of the line's contrast: no ink, full ink
    ink: float = 1.0  # darkness of full ink
    shade: float = 0.0  # darkness of shading
    blur: float = 0.0  # pixels; blur of the finished lines


ALL_LOOKS = {
    "thin": Look(sigma=0.7, threshold=0.1, softness=0.1, edge=(0.25, 0.7)),
    "thick": Look(sigma=1.1, threshold=0.1, softness=0.1, edge=(0.1, 0.5)),
    "pencil": Look(sigma=0.8, threshold=0.06, softness=0.5, ink=0.85),
    "shaded": Look(sigma=0.7, threshold=0.12, softness=0.2, shade=0.35),
    "scanned": Look(sigma=0.8, threshold=0.12, softness=0.04, ink=0.9, blur=0.7),
}
REACH = 2.5  # standard deviations at which a Gaussian ends
RATIO = 1.6  # of the two Gaussians' widths; Marr and Hildreth's
STEP_RESPONSE = 0.1116  # largest response of that difference to a step of 1
SIDE = 1 / 64  # of the contrast; a side lighter by as much has none of the line
INK_SIGMA = 0.5  # of the look's sigma; inked lines are looked for in finer detail
INK_WIDTH = 7  # pixels; wider dark shapes are drawn as outlines
SURROUND = 15  # pixels; side of the square whose texture raises the threshold
SUPPRESSION = 0.9  # how much it does
PEAK = 5  # pixels; side of the square in which a line is the darkest
SPECK = 7  # pixels; side of the square in which a line must have a length
SPECK_INK = 0.05  # share of ink in it, below which there is no line; a whole from twice
SHADE_SIGMA = 1.0  # pixels; blur of what shading is made from
SHADE_FROM = 0.1  # darker than the picture's mean: where shading begins
SHADE_RISE = 6.0  # share of full shading for each step of 1 beyond
