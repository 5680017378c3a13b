import numpy as np
import pytest

from keras_s2p.painting.base_painter import BasePainter
from keras_s2p.painting.motion import find_motion
from keras_s2p.painting.video import Video, to_layers

SIZE = 160
SKIN, SKY = (230, 190, 160), (120, 160, 220)
SHIFTS = [(0, 0), (1, 0), (2, 1), (3, 1), (5, 2), (6, 4), (7, 5), (8, 5), (10, 6),
          (11, 8), (12, 9), (13, 9)]  # fmt: skip


class Flickering(BasePainter):
    """Paints what is inside a line in one colour and the rest in another, or others."""

    hint_size = 4

    def __init__(self, inside=SKIN, outside=SKY):
        self.colours = [inside, outside]
        self.turns = 0

    def _paint(self, sketch, style, strength, layers, hints):
        from keras_s2p.measuring.clicks import find_fillable

        areas = find_fillable(sketch)
        outer = np.isin(areas, [areas[0, 0], 0])[..., np.newaxis]
        colour = np.where(outer, self.colours[1], self.colours[0])
        if self.turns % 2:
            colour = np.where(colour < 128, colour + 60, colour - 60)
        self.turns += 1
        if hints is not None:
            marked = np.isin(areas, np.unique(areas[hints[..., 3] > 0]))
            colour[marked] = hints[hints[..., 3] > 0][0, :3]
        ink = 0.9 * (255.0 - sketch[..., 0])
        painted = to_layers(colour.astype(np.float32), ink)
        return painted if layers else painted.painting


def ring(row, column, radius=28, page=None):
    """A page [SIZE, SIZE] uint8 with a circle of a cross and a dot."""
    page = np.full((SIZE, SIZE), 255, np.uint8) if page is None else page.copy()
    y, x = np.mgrid[:SIZE, :SIZE]
    distance = np.hypot(y - row, x - column)
    page[np.abs(distance - radius) < 1.5] = 0
    page[(np.abs(y - row) < 1) & (np.abs(x - column + radius / 3) < 5)] = 0
    page[np.hypot(y - row - 9, x - column - 8) < 3] = 0
    return page


def paint(video, page, **others):
    return np.asarray(video.paint(page, **others).painting).astype(int)


def share_of_jumps(pictures):
    """The greatest share of pixels that jump by more than 24 levels."""
    jumps = [np.abs(b - a).max(axis=-1) > 24 for a, b in zip(pictures, pictures[1:])]
    return max(jump.mean() for jump in jumps)


def undo(picture, shift):
    """What all of the shifted frames show, at one place."""
    x, y = shift
    return picture[y : SIZE - 16 + y, x : SIZE - 16 + x]


@pytest.mark.slow
@pytest.mark.parametrize("video", [True, False])
def test_shifted_frames_of_one_drawing_hold_their_colours(video):
    painter = Flickering()
    video = Video(painter) if video else None
    pictures = []
    for x, y in SHIFTS:
        page = ring(70 + y, 66 + x)
        picture = paint(video, page) if video else np.asarray(painter.paint(page))
        pictures.append(undo(picture.astype(int), (x, y)))
    assert (share_of_jumps(pictures) <= 0.002) == bool(video)


def test_what_moves_by_itself_takes_its_colour_along():
    video = Video(Flickering())
    still = ring(110, 110, 22)
    first = paint(video, ring(50, 40, 24, still))
    assert np.abs(first[50, 44] - SKIN).max() <= 1
    for step in range(1, 7):
        column = 40 + 4 * step
        picture = paint(video, ring(50, column, 24, still))
        y, x = np.mgrid[:SIZE, :SIZE]
        rings = [(50, column, 24), (110, 110, 22)]
        distance = np.min([np.hypot(y - r, x - c) - k for r, c, k in rings], axis=0)
        marks = [np.hypot(y - r, x - c) < 16 for r, c, _ in rings]
        inside = (distance < -4) & ~np.any(marks, axis=0)
        assert np.abs(picture[inside] - SKIN).max() <= 24, step
        assert np.abs(picture[distance > 4] - SKY).max() <= 24, step


def test_another_scene_and_a_new_area_take_what_is_painted():
    painter = Flickering()
    video = Video(painter)
    paint(video, ring(60, 50))
    painter.colours = [(20, 200, 40), (250, 240, 90)]
    painter.turns = 0
    both = paint(video, ring(122, 122, 24, ring(60, 50)))
    assert np.abs(both[60, 60] - SKIN).max() <= 24
    assert np.abs(both[10, 10] - SKY).max() <= 24
    assert np.abs(both[128, 112] - (20, 200, 40)).max() <= 24
    painter.turns = 0
    rng = np.random.default_rng(0)
    other = np.full((SIZE, SIZE), 255, np.uint8)
    other[rng.random((SIZE, SIZE)) < 0.05] = 0
    other[:, ::23], other[::31] = 0, 0
    alone = np.asarray(painter.paint(other)).astype(int)
    painter.turns = 0
    assert (np.abs(paint(video, other) - alone).max(axis=-1) > 24).mean() < 0.01


def test_a_frame_of_another_size_begins_a_new_video():
    painter = Flickering()
    video = Video(painter)
    paint(video, ring(60, 50))
    page = ring(60, 50)[:, :140]
    expected = np.asarray(painter.paint(page)).astype(int)
    painter.turns -= 1
    np.testing.assert_array_equal(paint(video, page), expected)


def test_a_hint_counts_more_than_the_frame_before_and_is_kept():
    video = Video(Flickering())
    paint(video, ring(60, 50))
    hinted = paint(video, ring(60, 52), hints=[(66, 60, "#ff0000")])
    assert np.abs(hinted[60, 66] - (255, 0, 0)).max() <= 1
    assert np.abs(hinted[10, 10] - SKY).max() <= 24
    after = paint(video, ring(61, 54))
    assert np.abs(after[61, 68] - (255, 0, 0)).max() <= 1


def test_a_whole_frame_s_motion_is_exact():
    ink = 1 - ring(60, 50).astype(np.float32) / 255
    moved = np.roll(ink, (-7, 12), axis=(0, 1))
    motion = find_motion(moved, ink)
    np.testing.assert_array_equal(motion.bring(ink), moved)
    assert motion.trust[20:120, 20:120].min() == 1 and motion.same.all()
    assert motion.trust[:, :12].max() == 0  # that was outside
