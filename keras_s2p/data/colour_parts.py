"""Parts of a picture by colour: what has nearly one colour, whatever its shade.

NumPy only, so that every training can use it.

Not in the paper: all of it.
"""

import numpy as np

LIGHTNESS_WEIGHT = 0.3  # of a distance of lightness; shades of a part stay together
RADIUS = 11.0  # nearer colours belong to one part
FLOWING = 1.4  # times as far apart they do if one flows into the other
HALFWAY = 0.12  # of the way between two colours, on each side of its middle
LEAST_FLOW = 0.12  # of the smaller one's pixels are there, if it flows
MIN_SHARE = 0.012  # of the pixels; what is rarer is no part
MAX_PEAKS = 24
CELL = 4.0  # side of the cells in which like colours are counted together
ROUNDS = 8  # of moving the parts' colours to their pixels' means


def group_colours(
    lab, weights=None, radius=RADIUS, lightness=LIGHTNESS_WEIGHT, flowing=FLOWING
):
    """Groups colours into parts.

    Args:
        lab: [N, 3] CIELAB, N at least 1.
        weights: [N], above 0; None weighs all alike.
        radius: nearer colours belong to one part; about delta-E, see find_places.
        lightness: weight of it in that distance.
        flowing: times as far apart they do if one flows into the other.

    Returns:
        [N] int, the number of each colour's part; the largest part's is 0.
    """
    weights = np.ones(len(lab)) if weights is None else weights
    places = find_places(lab, lightness)
    centres = _find_peaks(places, weights / weights.sum(), radius)
    for _ in range(ROUNDS):
        nearest = np.argmin(find_squares(places, centres), axis=1)
        centres = average_by(places, nearest, weights)
    squares = find_squares(places, centres)
    groups = _join_shades(squares, centres, weights, radius, flowing * radius)
    _, numbers = np.unique(groups[np.argmin(squares, axis=1)], return_inverse=True)
    by_share = np.argsort(-np.bincount(numbers, weights), kind="stable")
    return np.argsort(by_share)[numbers]


def average_by(values, numbers, weights):
    """Weighted means [M, 3] of values [N, 3] with the same number, if there are any."""
    totals = np.bincount(numbers, weights)
    sums = [np.bincount(numbers, weights * each) for each in values.T]
    return np.stack(sums, axis=1)[totals > 0] / totals[totals > 0, None]


def find_places(lab, lightness_weight=LIGHTNESS_WEIGHT):
    """CIELAB [..., 3] to places of which shades of one colour are near each other.

    (a, b) / (L + 16) stays the same when a colour is lit less; a dark colour's is not
    trusted.
    """
    lightness = lab[..., :1]
    tint = lab[..., 1:] * 76 / np.maximum(lightness + 16, 46)
    chroma = np.linalg.norm(tint, axis=-1, keepdims=True)
    tint = tint * 25 * np.log1p(chroma / 15) / (chroma + 1e-6)
    return np.concatenate([lightness_weight * lightness, tint], axis=-1)


def find_squares(one, other):
    """Squared distances [N, M] of [N, 3] and [M, 3]."""
    products = one @ other.T
    squares = (one**2).sum(1)[:, None] - 2 * products + (other**2).sum(1)
    return np.maximum(squares, 0)


def _find_peaks(places, weights, radius):
    """The places [P, 3] around which most colours are, apart from each other."""
    cell = CELL * radius / RADIUS
    cells, inverse = np.unique(np.round(places / cell), axis=0, return_inverse=True)
    cells *= cell
    squares = find_squares(cells, cells)
    mass = np.bincount(inverse.ravel(), weights)
    density = np.exp(-squares / (2 * (radius / 3) ** 2)) @ mass
    left = np.ones(len(cells), bool)
    peaks = []
    while left.any() and len(peaks) < MAX_PEAKS:
        best = np.argmax(np.where(left, density, -1))
        within = squares[best] < (0.8 * radius) ** 2
        if mass[within].sum() >= MIN_SHARE or not peaks:
            peaks.append(cells[best])
        left &= ~within
    return np.array(peaks)


def _join_shades(squares, centres, weights, radius, flowing_radius):
    """Numbers [P] of the parts that centres [P, 3] belong to.

    Near ones are one part, and so are those further apart whose shades flow into each
    other: there are pixels half way from one to the other.
    """
    apart = np.sqrt(find_squares(centres, centres))
    nearest = np.argmin(squares, axis=1)
    masses = np.bincount(nearest, weights, len(centres))
    groups = np.arange(len(centres))
    pairs = [(apart[i, j], i, j) for j in range(len(centres)) for i in range(j)]
    for length, i, j in sorted(pairs):
        members = [groups == groups[k] for k in (i, j)]
        means = [np.average(centres[each], 0, masses[each]) for each in members]
        between = np.linalg.norm(means[0] - means[1])
        if between >= radius and between < flowing_radius:
            along = (squares[:, i] - squares[:, j]) / (2 * length**2 + 1e-9)
            beside = squares[:, i] - ((along + 0.5) * length) ** 2
            halfway = (np.abs(along) < HALFWAY) & (beside < (radius / 2) ** 2)
            flow = weights[halfway].sum() / min(masses[i], masses[j])
            between = 0 if flow > LEAST_FLOW else between
        if between < radius:
            groups[members[1]] = groups[i]
    return groups
