"""How far augmentation goes, in tf.data and in jax_training, which read it from here.

Not in the paper: all of it.
"""

ZOOM = 1.25  # a crop shows at least 1 / ZOOM of the short side
ROTATION = 8.0  # degrees, largest rotation of sketch and painting
ROTATED = 0.3  # share of examples that are rotated
SATURATION = (0.5, 1.4)  # range of the saturation's factor
CURVE = 0.2  # largest change of a mid tone by a channel's tone curve
CURVED = 0.3  # share of examples with a tone curve for each channel
WARP = 0.03  # standard deviation of a smooth shift, in sides of the reference
WARP_WAVES = 4  # cosines along each axis of which a warp is made
REFERENCE_ZOOM = 1.4  # a warped reference shows at least 1 / this of each side
# Lines are extracted from a painting up to this many times as large as the training's:
# shrunk to it, they are as fine as those of a large sketch that Painter shrinks.
FINEST_LINES = 2.5

CLEAN = 0.4  # share of sketches that stay as they are
# Of the others, a share has each of these faults, by a random amount of 0 to 1.
UNEVEN = 0.4  # the pen was pressed unevenly
UNEVEN_CELL = 6  # pixels between changes of the pressure
ERASED = 0.2  # places were rubbed out
ERASED_CELL = 12  # pixels, side of such a place
ERASED_AREA = 0.04  # share of the sketch
SPECKLED = 0.2  # dust
SPECKS = 0.002  # share of pixels that are specks, at most
SOFT = 0.4  # out of focus
SOFT_KERNEL = (0.25, 0.5, 0.25)  # of the blur, in pixels
FADED = 0.6  # share of its darkness that all ink loses, at most
TINTED = 0.3  # the paper is grey
TINT = 55 / 255  # how dark it is, at most
