"""How far augmentation goes, in tf.data (augment.py) and on a GPU (gpu/augment.py).

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
CLEAN = 0.4  # share of sketches that stay as they are
