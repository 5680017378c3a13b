"""The parts of drawings: the colours an artist gave to hair, skin and each garment.

Not in the paper: all of it. A part is a cluster of colours, found over all pictures of
one character together, so that a part has the same number in each. Lightness counts
little, since a shaded part is one part.
"""

import numpy as np

MAX_PARTS = 12
LIGHTNESS = 0.4  # what a difference in lightness counts, beside one in colour
MERGED = 9.0  # parts nearer than this are one
LEAST_SHARE = 0.004  # of the pixels; smaller clusters are no part
SAMPLES = 4000  # pixels of a picture that are looked at
ROUNDS = 12  # of k-means
MARGIN = 10  # largest difference of a channel inside a ground of one colour
# Linear RGB to CIE XYZ over the white D65.
TO_XYZ = np.array(
    [
        [0.4339, 0.3763, 0.1898],
        [0.2126, 0.7152, 0.0722],
        [0.0177, 0.1095, 0.8728],
    ]
)


def to_lab(pixels):
    """uint8 RGB [..., 3] to CIELAB [..., 3] float32: L in [0, 100], a and b."""
    rgb = np.asarray(pixels, np.float32) / 255.0
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = np.maximum(linear @ TO_XYZ.T, 0.0)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16.0 / 116.0)
    light = 116.0 * f[..., 1] - 16.0
    a, b = 500.0 * (f[..., 0] - f[..., 1]), 200.0 * (f[..., 1] - f[..., 2])
    return np.stack([light, a, b], axis=-1).astype(np.float32)


def find_figure(picture):
    """The figure on a ground of one colour.

    Args:
        picture: [H, W, 3] uint8.

    Returns:
        [H, W] bool, True on the figure; None if most of the border is not of one
        colour.
    """
    border = np.concatenate(
        [picture[0], picture[-1], picture[:, 0], picture[:, -1]]
    ).astype(np.int16)
    ground = np.median(border, axis=0)
    if (np.abs(border - ground).max(axis=-1) <= MARGIN).mean() < 0.55:
        return None
    like = np.abs(picture.astype(np.int16) - ground).max(axis=-1) <= MARGIN
    reached = np.zeros_like(like)
    reached[[0, -1]], reached[:, [0, -1]] = like[[0, -1]], like[:, [0, -1]]
    while True:
        grown = reached.copy()
        grown[1:] |= reached[:-1]
        grown[:-1] |= reached[1:]
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        grown &= like
        if grown.sum() == reached.sum():
            break
        reached = grown
    figure = ~reached
    return figure if 0.02 < figure.mean() < 0.98 else None


def find_parts(pictures, figures, rng):
    """Centres of the parts over all pictures of a character.

    Args:
        pictures: list of [H, W, 3] uint8.
        figures: list of [H, W] bool or None.
        rng: numpy.random.Generator.

    Returns:
        [K, 5] float32, K at most MAX_PARTS: lightness, a, b, the share of the pixels,
        and the number of the part; largest first. Shades of one part have its number,
        which is that of its largest row.
    """
    samples = []
    for picture, figure in zip(pictures, figures):
        pixels = picture.reshape(-1, 3) if figure is None else picture[figure]
        samples.append(pixels[rng.integers(len(pixels), size=SAMPLES)])
    lab = to_lab(np.concatenate(samples))
    scaled = lab * [LIGHTNESS, 1.0, 1.0]
    centres = _spread(scaled, MAX_PARTS)
    for _ in range(ROUNDS):
        nearest = _nearest(scaled, centres)
        centres = np.stack(
            [
                scaled[nearest == k].mean(axis=0) if (nearest == k).any() else centre
                for k, centre in enumerate(centres)
            ]
        )
    centres = _merge(scaled, centres)
    nearest = _nearest(scaled, centres)
    shares = np.bincount(nearest, minlength=len(centres)) / len(scaled)
    order = [k for k in np.argsort(-shares) if shares[k] >= LEAST_SHARE]
    rows = [[*np.median(lab[nearest == k], axis=0), shares[k]] for k in order]
    rows = np.array(rows, np.float32).reshape(-1, 4)
    return np.column_stack([rows, _join_shades(rows[:, :3])]).astype(np.float32)


def _join_shades(centres):
    """The part of each centre [K, 3], largest first: shades have the same hue."""
    numbers = []
    for i, (light, *ab) in enumerate(centres):
        found = i
        for j in sorted(set(numbers)):
            difference = abs(light - centres[j, 0])
            one, other = np.hypot(*ab), np.hypot(*centres[j, 1:])
            if min(one, other) > 10:
                turn = np.dot(ab, centres[j, 1:]) / (one * other)
                alike = turn > np.cos(np.radians(18)) and difference < 24
                alike = alike and min(one, other) > 0.5 * max(one, other)
            else:
                alike = difference < 14 and np.hypot(*(ab - centres[j, 1:])) < 8
            if alike:
                found = j
                break
        numbers.append(found)
    return np.array(numbers, np.float32)


def same_colours(first, second):
    """How much of each picture is in colours of the other, the lesser of both shares.

    Args:
        first: (picture, figure) as find_parts takes them.
        second: the same of another picture.
    """
    rng = np.random.default_rng(0)
    shares = []
    for one, other in ((first, second), (second, first)):
        parts = find_parts([other[0]], [other[1]], rng)
        pixels = one[0].reshape(-1, 3) if one[1] is None else one[0][one[1]]
        scaled = to_lab(pixels[rng.integers(len(pixels), size=SAMPLES)])
        scaled = scaled * [LIGHTNESS, 1.0, 1.0]
        near = np.min(_squares(scaled, parts[:, :3] * [LIGHTNESS, 1, 1]), axis=1)
        shares.append((near < 12.0**2).mean())
    return min(shares)


def _squares(points, centres):
    """Squared distances [N, K]."""
    return ((points[:, None] - centres[None]) ** 2).sum(axis=-1)


def _nearest(points, centres):
    return _squares(points, centres).argmin(axis=1)


def _spread(points, count):
    """Centres to begin with: each far from those before it, but not an outlier."""
    centres = [np.median(points, axis=0)]
    least = ((points - centres[0]) ** 2).sum(axis=-1)
    for _ in range(count - 1):
        far = np.flatnonzero(least >= np.quantile(least, 0.985))
        centres.append(points[far[len(far) // 2]])
        least = np.minimum(least, ((points - centres[-1]) ** 2).sum(axis=-1))
    return np.stack(centres)


def _merge(points, centres):
    """Joins the nearest two until all are further apart than MERGED."""
    centres = list(centres)
    while len(centres) > 1:
        array = np.stack(centres)
        squares = _squares(array, array) + np.eye(len(array)) * 1e9
        i, j = np.unravel_index(squares.argmin(), squares.shape)
        if squares[i, j] > MERGED**2:
            break
        counts = np.bincount(_nearest(points, array), minlength=len(array)) + 1e-3
        joined = (array[i] * counts[i] + array[j] * counts[j]) / (
            counts[i] + counts[j]
        )
        centres = [c for k, c in enumerate(centres) if k not in (i, j)] + [joined]
    return np.stack(centres)
