"""Neck, torso, arms and hands. Head units as in face.py; shoulders are at y = 1.8."""

import dataclasses

import numpy as np

from keras_s2p.characters.curves import arc, both_sides, curve, points, tube

POSES_BESIDE = ("down", "hip", "raised", "front", "bent")
POSES_BEFORE = ("front", "bent")  # the forearm lies before the body
POSES = ("down", "front", "hip", "behind", "raised", "bent")
BOTTOM = 10.0  # below any framing

# Elbow and wrist from the shoulder's end; x is outwards.
_ARMS = {
    "down": points("0.05 3.3, 0.0 4.75"),
    "front": points("0.1 3.25, -1.15 4.1"),
    "hip": points("0.65 3.05, -0.2 4.1"),
    "behind": points("0.2 3.25, -0.55 4.3"),
    "raised": points("0.55 3.0, 0.35 1.55"),
    "bent": points("0.1 3.2, -0.65 2.75"),
}
# A hand that hangs from its wrist at (0, 0); unit: half an arm's width.
_HAND = points(
    "-0.5 -0.4, -0.62 0.4, -0.5 1.2, -0.25 1.75, 0.15 1.8, 0.45 1.3, 0.55 0.4,0.5 -0.4"
)


@dataclasses.dataclass(frozen=True)
class Build:
    """Half widths of the body's parts, and what the arms do."""

    neck: float
    shoulder: float
    waist: float
    hip: float
    arm: float
    cuff: str  # slot of the cuffs; None: no cuffs
    poses: tuple  # of the arm at -x and the arm at +x


def random_build(rng):
    """A body; both arms do the same in half of them."""
    weights = [0.4, 0.12, 0.12, 0.16, 0.1, 0.1]
    pose, other = rng.choice(len(POSES), 2, p=weights)
    if rng.random() < 0.5:
        other = pose
    shoulder = rng.uniform(1.12, 1.5)
    return Build(
        neck=rng.uniform(0.25, 0.33),
        shoulder=shoulder,
        waist=shoulder * rng.uniform(0.56, 0.74),
        hip=shoulder * rng.uniform(0.72, 0.85),
        arm=rng.uniform(0.26, 0.33),
        cuff=("accent", "clothes", None)[rng.integers(3)],
        poses=(POSES[pose], POSES[other]),
    )


def draw_neck(canvas, build, bare=True):
    """The neck and, if bare, the skin that an open collar shows."""
    n = build.neck
    edge = np.vstack([points("1 0.6, 0.96 1.0, 1.02 1.3") * [n, 1], [(n + 0.16, 1.5)]])
    rest = [(0.9, 1.75), (0.8, 2.3)] if bare else [(n, 1.7)]
    canvas.fill(both_sides(np.vstack([edge, rest])), "skin")
    for side in (-1, 1):
        canvas.stroke(curve(edge, closed=False) * [side, 1], 1.0, 1.0, 0.6)


def draw_torso(canvas, build, rng, top=None):
    """Torso in the main colour; top: right half of its upper edge, from the middle."""
    n, s = build.neck, build.shoulder
    if top is None:
        top = [(0.0, 1.5), (n + 0.06, 1.44), (0.55, 1.6), (s - 0.2, 1.74), (s, 2.0)]
    w, h = build.waist, build.hip
    side = [(s - 0.12, 2.35), (s - 0.2, 2.8), (w, 3.75), (h, 4.9), (1.12 * h, BOTTOM)]
    side = curve(side, closed=False)
    outline = both_sides(np.vstack([top, side]))
    canvas.fill(outline, "clothes")
    canvas.shade(outline, "clothes_shadow", 0.3)
    for sign in (-1, 1):
        canvas.stroke(side * [sign, 1], 1.0, 0.3, 1.0)
        canvas.stroke(np.array(top)[1:] * [sign, 1], 1.0, 0.6, 0.6)
    for _ in range(rng.integers(1, 5)):
        sign, y = rng.choice([-1, 1]), rng.uniform(3.2, 4.1)
        x = sign * build.waist * 0.95
        fold = arc((x, y), (0.45 * x, y + rng.uniform(-0.25, 0.35)), (0, 0.06))
        canvas.stroke(fold, 0.8, 0.8, 0.1)


def draw_arms(canvas, build, sleeve, poses, forearm=False):
    """The arms that do one of the poses.

    Args:
        canvas: the Canvas to draw on.
        build: whose arms.
        sleeve: "long", "short", "none", "wide" or "glove".
        poses: which of POSES to draw.
        forearm: draw them from the elbow on only.
    """
    for side, pose in zip((-1, 1), build.poses):
        if pose in poses:
            _draw_arm(canvas, build, side, pose, sleeve, 2 if forearm else 0)


def _draw_arm(canvas, build, side, pose, sleeve, first):
    thick = build.arm
    shoulder = np.array([build.shoulder - 0.05 - thick, 2.08])
    elbow, wrist = _ARMS[pose] + [build.shoulder - 0.1, 0]
    spine = [shoulder, 0.5 * (shoulder + elbow) + [0.04, 0], elbow,
             0.5 * (elbow + wrist), wrist]  # fmt: skip

    def draw_limb(widths, slot, closed_end=True, spine=spine, first=first):
        widths = thick * np.array(widths[first:])
        return _draw_limb(canvas, spine[first:], widths, side, slot, closed_end)

    _draw_hand(canvas, elbow, wrist, side, thick)
    if sleeve in ("short", "none", "glove"):
        draw_limb([0.95, 0.85, 0.75, 0.72, 0.52], "skin", closed_end=False)
    if sleeve == "short" and not first:
        half = [shoulder, 0.6 * shoulder + 0.4 * elbow, 0.35 * shoulder + 0.65 * elbow]
        draw_limb([1, 1.1, 1.2], "clothes", spine=half)
    elif sleeve == "wide":
        draw_limb([1.0, 1.1, 1.4, 1.9, 2.4], "clothes")
    elif sleeve == "glove":
        draw_limb([0, 0, 0.95, 0.9, 0.7], "accent", first=2)
    elif sleeve == "long":
        edges = draw_limb([1.0, 1.0, 0.95, 0.95, 0.85], "clothes")
        _draw_folds(canvas, *edges, side, build.cuff)


def _draw_folds(canvas, left, right, side, cuff):
    """Folds at a long sleeve's elbow, and its cuff."""
    middle = len(left) // 2
    for k in (-2, 1):
        end = 0.4 * left[middle + k] + 0.6 * right[middle]
        fold = arc(left[middle + k], end, (0, 0.05))
        canvas.stroke(fold * [side, 1], 0.8, 0.8, 0.1)
    if cuff:
        band = np.vstack([left[-4:], right[-4:][::-1]])
        band = (band - band.mean(0)) * 1.08 + band.mean(0)
        canvas.shape(band * [side, 1], cuff, 0.9, shadow=0.08)


def _draw_limb(canvas, spine, widths, side, slot, closed_end=False):
    """A tube whose root merges with the shoulder; returns its edges, not mirrored."""
    left, right = tube(spine, widths)
    root, radius = np.asarray(spine[0]), widths[0]
    angles = np.linspace(0, np.pi, 8)[1:-1]
    start = np.arctan2(*(left[0] - root)[::-1])
    cap = root + radius * np.stack([np.cos(start + angles), np.sin(start + angles)], 1)
    outline = np.vstack([left[::-1], cap, right]) * [side, 1]
    canvas.fill(outline, slot)
    canvas.shade(outline, f"{slot}_shadow", 0.1)
    outer = np.vstack([cap[2:], right])
    canvas.stroke(outer * [side, 1], 1.0, 0.4, 1.0)
    canvas.stroke(left[len(left) // 6 :] * [side, 1], 1.0, 0.2, 1.0)
    if closed_end:
        canvas.stroke(np.stack([left[-1], right[-1]]) * [side, 1], 1.0, 1, 1)
    return left, right


def _draw_hand(canvas, elbow, wrist, side, thick):
    way = (wrist - elbow) / np.hypot(*(wrist - elbow))
    across = np.array([-way[1], way[0]])
    frame = np.stack([across, way]) * thick
    hand = (curve(_HAND) @ frame + wrist) * [side, 1]
    canvas.shape(hand, "skin", 0.9, shadow=0.06)
    for x in (-0.22, 0.06):
        finger = points("0 1.05, 0 1.7") + [x, 0]
        canvas.stroke((finger @ frame + wrist) * [side, 1], 0.7)
    thumb = points("-0.5 0.1, -0.85 0.55, -0.75 1.0, -0.45 0.8")
    thumb = (curve(thumb, closed=False) @ frame + wrist) * [side, 1]
    canvas.fill(thumb, "skin")
    canvas.stroke(thumb, 0.8)


def draw_skirt(canvas, build, slot, rng):
    """A pleated skirt from the waist down."""
    top, w, h = rng.uniform(3.9, 4.3), build.waist * 1.06, build.hip
    wide = h * rng.uniform(1.2, 2.2)
    right = [(w, top), (w + 0.02, top + 0.22), (h * 1.15, 5.1), (wide * 1.2, BOTTOM)]
    outline = both_sides(np.array(right))
    canvas.shape(outline, slot, 1.0, shadow=0.3)
    for x in np.linspace(-0.8, 0.8, rng.integers(4, 8)):
        pleat = [(x * w, top + 0.24), (1.2 * x * h, 5.2), (x * wide * 1.2, BOTTOM)]
        canvas.stroke(curve(pleat, closed=False), 0.8, 0.9, 0.9)
    belt = both_sides(np.array(right[:2]))
    canvas.shape(belt, slot, 0.9)
