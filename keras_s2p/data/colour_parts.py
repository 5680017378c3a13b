"""Parts of a picture by colour: what has nearly one colour, whatever its shade.

NumPy only, so that every training can use it.

Not in the paper: all of it.
"""

import numpy as np

LIGHTNESS_WEIGHT = 0.3  # of a distance of lightness; shades of a part stay together
RADIUS = 11.0  # nearer colours belong to one part
FLOWING_RADIUS = 15.0  # nearer colours do if one flows into the other
HALFWAY = 0.12  # of the way between two colours, on each side of its middle
LEAST_FLOW = 0.12  # of the smaller one's pixels are there, if it flows
MIN_SHARE = 0.012  # of the pixels; what is rarer is no part
MAX_PEAKS = 24
CELL = 4.0  # side of the cells in which like colours are counted together
ROUNDS = 8  # of moving the parts' colours to their pixels' means


def group_colours(lab, weights=None):
    """Groups colours into parts.

    Args:
        lab: [N, 3] CIELAB, N at least 1.
        weights: [N], above 0; None weighs all alike.

    Returns:
        [N] int, the number of each colour's part; the largest part's is 0.
    """
    weights = np.ones(len(lab)) if weights is None else weights
    places = find_places(lab)
    centres = _find_peaks(places, weights / weights.sum())
    for _ in range(ROUNDS):
        nearest = np.argmin(find_squares(places, centres), axis=1)
        centres = average_by(places, nearest, weights)
    squares = find_squares(places, centres)
    groups = _join_shades(squares, centres, weights)
    _, numbers = np.unique(groups[np.argmin(squares, axis=1)], return_inverse=True)
    by_share = np.argsort(-np.bincount(numbers, weights), kind="stable")
    return np.argsort(by_share)[numbers]


def average_by(values, numbers, weights):
    """Weighted means [M, 3] of values [N, 3] with the same number, if there are any."""
    totals = np.bincount(numbers, weights)
    sums = [np.bincount(numbers, weights * each) for each in values.T]
    return np.stack(sums, axis=1)[totals > 0] / totals[totals > 0, None]


def find_places(lab):
    """CIELAB [..., 3] to places of which shades of one colour are near each other.

    (a, b) / (L + 16) stays the same when a colour is lit less; a dark colour's is not
    trusted.
    """
    lightness = lab[..., :1]
    tint = lab[..., 1:] * 76 / np.maximum(lightness + 16, 46)
    chroma = np.linalg.norm(tint, axis=-1, keepdims=True)
    tint = tint * 25 * np.log1p(chroma / 15) / (chroma + 1e-6)
    return np.concatenate([LIGHTNESS_WEIGHT * lightness, tint], axis=-1)


def find_squares(one, other):
    """Squared distances [N, M] of [N, 3] and [M, 3]."""
    products = one @ other.T
    squares = (one**2).sum(1)[:, None] - 2 * products + (other**2).sum(1)
    return np.maximum(squares, 0)


def _find_peaks(places, weights):
    """The places [P, 3] around which most colours are, apart from each other."""
    cells, inverse = np.unique(np.round(places / CELL), axis=0, return_inverse=True)
    cells *= CELL
    squares = find_squares(cells, cells)
    mass = np.bincount(inverse.ravel(), weights)
    density = np.exp(-squares / (2 * (RADIUS / 3) ** 2)) @ mass
    left = np.ones(len(cells), bool)
    peaks = []
    while left.any() and len(peaks) < MAX_PEAKS:
        best = np.argmax(np.where(left, density, -1))
        within = squares[best] < (0.8 * RADIUS) ** 2
        if mass[within].sum() >= MIN_SHARE or not peaks:
            peaks.append(cells[best])
        left &= ~within
    return np.array(peaks)


def _join_shades(squares, centres, weights):
    """Numbers [P] of the parts that centres [P, 3] belong to.

    Near ones are one part, and so are those further apart whose shades flow into each
    other: there are pixels half way from one to the other.
    """
    distances = np.sqrt(squares)
    apart = np.sqrt(find_squares(centres, centres))
    nearest = np.argmin(distances, axis=1)
    masses = np.bincount(nearest, weights, len(centres))
    groups = np.arange(len(centres))
    pairs = [(apart[i, j], i, j) for j in range(len(centres)) for i in range(j)]
    for length, i, j in sorted(pairs):
        along = (distances[:, i] ** 2 - distances[:, j] ** 2) / (2 * length**2 + 1e-9)
        beside = distances[:, i] ** 2 - ((along + 0.5) * length) ** 2
        halfway = (np.abs(along) < HALFWAY) & (beside < (RADIUS / 2) ** 2)
        flow = weights[halfway].sum() / min(masses[i], masses[j])
        members = [groups == groups[k] for k in (i, j)]
        means = [np.average(centres[each], 0, masses[each]) for each in members]
        reach = FLOWING_RADIUS if flow > LEAST_FLOW else RADIUS
        if np.linalg.norm(means[0] - means[1]) < reach:
            groups[members[1]] = groups[i]
    return groups
