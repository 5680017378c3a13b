"""Curves as arrays of points: smooth ones, ones with corners, locks and tubes."""

import functools

import numpy as np

_QUARTER_TURN = np.array([-1.0, 1.0])


@functools.cache
def _steps(n):
    """[n + 1] numbers from 0 to 1."""
    return np.linspace(0, 1, n + 1)


@functools.cache
def points(text: str) -> np.ndarray:
    """[P, C] float64 from text such as "0 1, 0.5 2"; do not write to it."""
    rows = [[float(number) for number in row.split()] for row in text.split(",")]
    array = np.array(rows)
    array.setflags(write=False)
    return array


def curve(anchors, closed=True, n=7):
    """Smooth curve (Catmull-Rom) through anchors: [P, 2] to about [P * n, 2]."""
    p = np.asarray(anchors, float)
    if closed:
        p = np.vstack([p[-1:], p, p[:2]])
    else:
        p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = _steps(n)[:-1, None, None]
    a, b, c, d = p[:-3], p[1:-2], p[2:-1], p[3:]
    square = 2 * a - 5 * b + 4 * c - d
    q = 0.5 * (2 * b + (c - a) * t + square * t**2 + (3 * b - a - 3 * c + d) * t**3)
    q = q.transpose(1, 0, 2).reshape(-1, 2)
    return q if closed else np.vstack([q, p[-2:-1]])


def arc(start, end, bend, n=9):
    """Curve from start to end whose middle is moved by `bend`, (x, y); [n, 2]."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    control = (start + end) / 2 + 2 * np.asarray(bend)
    t = _steps(n - 1)[:, None]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def path(anchors, n=9):
    """Closed curve with corners at its anchors: [P, 3] rows of x, y, bulge.

    The segment after an anchor bends to its left, seen on paper, by `bulge` times its
    length.
    """
    a = np.asarray(anchors, float)
    start, bulge = a[:, :2], a[:, 2:]
    end = np.roll(start, -1, axis=0)
    chord = end - start
    control = (start + end) / 2 + 2 * bulge * chord[:, ::-1] * [1, -1]
    t = _steps(n)[:-1, None, None]
    q = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    return q.transpose(1, 0, 2).reshape(-1, 2)


def ellipse(x, y, width, height, n=28, angle=0.0):
    """Closed curve; width and height are radii."""
    t = 2 * np.pi * _steps(n)[:-1]
    c, s = np.cos(angle), np.sin(angle)
    px, py = width * np.cos(t), height * np.sin(t)
    return np.stack([x + c * px - s * py, y + s * px + c * py], axis=1)


def mirror(shape):
    """The same points on the other side of x = 0."""
    return np.asarray(shape) * [-1, 1]


def both_sides(half):
    """A closed curve of its right half, given from top to bottom, and the left one."""
    return np.vstack([half, mirror(half)[::-1]])


def lock(spine, width, root=0.5, belly=0.35, n=6):
    """The two edges of a lock of hair that ends in a point.

    Args:
        spine: [P, 2] points from the root to the tip.
        width: half of its width at the belly.
        root: share of that width at the root.
        belly: where it is widest, as a share of its length.
        n: points of the edges between two points of the spine.

    Returns:
        Two [N, 2] curves from the root to the tip.
    """
    middle = curve(spine, closed=False, n=n)
    u = np.linspace(0, 1, len(middle))
    rise = root + (1 - root) * np.sin(np.pi / 2 * np.minimum(u / belly, 1))
    fall = np.cos(np.pi / 2 * np.clip((u - belly) / (1 - belly), 0, 1)) ** 1.3
    return _edges(middle, width * rise * fall)


def tube(spine, widths, n=8):
    """The two edges of a limb: [P, 2] spine, [P] half widths at its points."""
    middle = curve(spine, closed=False, n=n)
    along = np.linspace(0, len(widths) - 1, len(middle))
    return _edges(middle, np.interp(along, np.arange(len(widths)), widths))


def _edges(middle, width):
    side = normals(middle) * width[:, np.newaxis]
    return middle + side, middle - side


def normals(open_curve):
    """[N, 2] unit vectors across a curve."""
    p = open_curve
    across = np.empty_like(p)
    across[1:-1] = p[2:] - p[:-2]
    across[0], across[-1] = p[1] - p[0], p[-1] - p[-2]
    across = across[:, ::-1] * _QUARTER_TURN
    return across / np.maximum(np.hypot(across[:, :1], across[:, 1:]), 1e-9)


def split_at_corners(closed_curve, angle=0.9):
    """A closed curve as open ones, from each corner (radians) to the next."""
    p = np.asarray(closed_curve)
    p = p[np.hypot(*(p - np.roll(p, 1, axis=0)).T) > 1e-6]
    step = np.roll(p, -1, axis=0) - p
    heading = np.arctan2(step[:, 1], step[:, 0])
    turn = (heading - np.roll(heading, 1) + np.pi) % (2 * np.pi) - np.pi
    corners = np.flatnonzero(np.abs(turn) > angle)
    if not len(corners):
        return [np.vstack([p, p[:1]])]  # where ink overlaps, it would be left white
    p = np.roll(p, -corners[0], axis=0)
    bounds = [*(corners - corners[0]), len(p)]
    p = np.vstack([p, p[:1]])
    return [p[a : b + 1] for a, b in zip(bounds[:-1], bounds[1:])]
