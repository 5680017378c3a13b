"""Frames of a video: each keeps the colours of the one before.

Painted each for itself, frames flicker: what the generator paints changes with a pixel
that a line moves. Here the colour of the frame before is brought along with the lines.
Where lines do not show where a place was, as where an arm comes out from behind a back,
colour flows in from the same area; an area that is new, and the first frame of another
scene, take what is painted.

Example:
    from keras_s2p.painting.video import Video
    video = Video(painter)
    pictures = [video.paint(sketch, style).painting for sketch in sketches]

Not in the paper: all of it.
"""

import numpy as np
import PIL.Image
import tensorflow as tf

from keras_s2p.common import images, picture_colours
from keras_s2p.painting import areas, layers
from keras_s2p.painting.base_painter import BasePainter, Layers, read_sketch
from keras_s2p.painting.colour_hints import working_shape
from keras_s2p.painting.motion import find_motion
from keras_s2p.painting.paper import strengthen_ink, whiten_paper

CELLS = ((8, 60), (4, 20), (2, 8))  # of areas.level_areas
BESIDE = 5  # pixels around a line that has changed, which are filled anew
LITTLE = 0.05  # trust in these; there may be nothing else in a narrow area
OLD_AREA = (0.1, 0.3)  # mean trust in an area: it is new, and it is an old one
INK_WINDOW = 9  # pixels, in which lines are equally dark
LEAST = 1e-6


class Video:
    """Paints the frames of a video in their order.

    Args:
        painter: a BasePainter.
    """

    def __init__(self, painter: BasePainter):
        self.painter = painter
        self.before = None  # ink, colour and darkness of lines of the last frame

    def paint(self, sketch, style=None, strength=1.0, hints=None) -> Layers:
        """Paints the next frame; arguments are those of BasePainter.paint.

        A frame of another size than the one before begins a new video. Hints count
        more than what was before, and are kept in the frames that follow.
        """
        pixels = read_sketch(sketch)
        painted = self.painter.paint(pixels, style, strength, True)
        white = whiten_paper(pixels)[tf.newaxis]
        ink = (1 - white[0, ..., 0].numpy()) / 2
        colour = np.asarray(painted.colour, np.float32)
        alpha = np.asarray(painted.lines, np.float32)[..., 3]
        darkness = find_darkness(alpha, ink)
        if self.before is not None and self.before[0].shape == ink.shape:
            motion = find_motion(ink, self.before[0])
            colour = hold_colour(motion, self.before[1], colour, white)
            held = motion.bring(self.before[2])
            held = darkness + motion.trust * (held - darkness)
            alpha = np.clip(alpha * held / np.maximum(darkness, LEAST), 0, 255)
            darkness = held
        if hints is not None:
            hinted = self.painter.paint(sketch, style, strength, True, hints).colour
            hinted = np.asarray(hinted, np.float32)
            changed = hinted != np.asarray(painted.colour, np.float32)
            colour = np.where(changed.any(axis=-1, keepdims=True), hinted, colour)
        self.before = ink, colour, darkness
        return to_layers(colour, alpha)


def find_darkness(alpha, ink):
    """How dark lines are painted, of how dark they are drawn.

    Args:
        alpha: [H, W] in [0, 255], of the painted lines.
        ink: [H, W] in [0, 1], of the sketch.

    Returns:
        [H, W] float32, 1 where there are no lines.
    """
    both = np.stack([alpha / 255 + LEAST, ink + LEAST], axis=-1)[np.newaxis]
    means = tf.nn.avg_pool2d(both.astype(np.float32), INK_WINDOW, 1, "SAME")[0].numpy()
    return means[..., 0] / means[..., 1]


def hold_colour(motion, before, colour, sketch):
    """The colour of a frame, as much of the one before as is known.

    Args:
        motion: Motion.
        before: [H, W, 3] in [0, 255], the colour without lines of the frame before.
        colour: [H, W, 3], as this frame alone is painted.
        sketch: [1, H, W, 1] in [-1, 1] on white paper.

    Returns:
        [H, W, 3] float32.
    """
    brought, trust = motion.bring(before), motion.trust[..., np.newaxis]
    if trust.min() == 1 and motion.same.all():
        return brought
    sketch = strengthen_ink(sketch)
    lines = 1 - layers.find_paper(sketch)[0].numpy()
    beside = tf.nn.max_pool2d(lines[np.newaxis], BESIDE, 1, "SAME")[0].numpy()
    sure = trust * np.where(motion.same[..., np.newaxis], 1, 1 - beside)
    weight = np.maximum(sure, LITTLE * trust)
    weighted = np.concatenate([weight * brought, weight, trust], axis=-1)
    shape = working_shape(sketch.shape[1:3])
    small = images.resize(sketch, shape)
    passable = layers.find_passable(small)
    flow = areas.level_areas(
        images.resize(weighted[np.newaxis], shape), passable, CELLS
    )
    known = (flow[..., 4:] - OLD_AREA[0]) / (OLD_AREA[1] - OLD_AREA[0])
    known = tf.clip_by_value(known, 0, 1)
    filled = flow[..., :3] / tf.maximum(flow[..., 3:4], LEAST)
    filled = layers.enlarge(tf.concat([known * filled, known], -1), sketch)[0].numpy()
    filled = filled[..., :3] + (1 - filled[..., 3:]) * colour
    return (sure * brought + (1 - sure) * filled).astype(np.float32)


def to_layers(colour, alpha) -> Layers:
    """Layers of a colour [H, W, 3] and of the opacity [H, W] of its lines, to 255."""
    colour, alpha = (np.round(each).astype(np.uint8) for each in (colour, alpha))
    painting = np.round(colour * (1 - alpha[..., np.newaxis] / np.float32(255)))
    lines = np.zeros((*alpha.shape, 4), np.uint8)
    lines[..., 3] = alpha
    pictures = painting.astype(np.uint8), colour, lines
    found = Layers(*map(PIL.Image.fromarray, pictures))
    picture_colours.say_srgb(*found)
    return found
