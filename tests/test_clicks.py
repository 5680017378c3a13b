import json

import numpy as np
import pytest
from test_drawing_cases import make_case
from test_parts import HAIR, SHIRT, drawing

from keras_s2p import evaluate
from keras_s2p.common import picture_files
from keras_s2p.measuring import clicks
from keras_s2p.measuring.parts import NO_PART


class FakePainter:
    """Paints grey; a hint makes the half of the picture that it lies in right."""

    def __init__(self, truth):
        self.truth = truth

    def style(self, reference):
        return None

    def paint(self, sketch, style, hints=()):
        painting = np.full_like(self.truth, 128)
        middle = self.truth.shape[1] // 2
        for x, _, _ in hints:
            half = np.s_[:, :middle] if x < middle else np.s_[:, middle:]
            painting[half] = self.truth[half]
        return painting


def test_pieces_are_joined_and_of_one_part():
    regions = np.full((20, 40), NO_PART, np.uint8)
    regions[2:8, 2:38] = 0
    regions[12:18, 2:15] = 0
    regions[12:18, 15:38] = 1
    regions[10, 2] = 2  # too small
    pieces = clicks.find_pieces(regions)
    assert len(np.unique(pieces)) == 4 and pieces[10, 2] == 0
    for place in (np.s_[2:8, 2:38], np.s_[12:18, 2:15], np.s_[12:18, 15:38]):
        assert np.ptp(pieces[place]) == 0 and pieces[place].min() > 0


def test_a_hint_lies_in_the_middle_of_the_piece_and_has_the_truth_s_colour():
    mask = np.zeros((40, 40), bool)
    mask[10:21, 5:36] = True
    truth = np.full((80, 80, 3), 255, np.uint8)
    truth[20:42, 10:72] = (200, 60, 40)
    x, y, colour = clicks.find_point(mask, truth)
    assert abs(y - 31) <= 1 and 20 <= x <= 61
    assert np.abs(np.subtract(colour, (200, 60, 40))).max() <= 1


def test_the_most_wrong_area_is_the_first():
    case = make_case("a")
    pieces = clicks.find_pieces(case.regions)
    left = set(np.unique(pieces[pieces > 0]))
    painting = case.truth.copy()
    painting[(painting == SHIRT).all(axis=-1)] = (0, 255, 0)
    worst = clicks.find_worst(painting, case.truth, pieces, left)
    assert (case.truth[pieces == worst] == SHIRT).all(axis=-1).mean() > 0.9
    assert clicks.find_worst(painting, case.truth, pieces, left - {worst}) != worst


def test_errors_fall_with_the_hints_and_flood_fill_stops_at_lines():
    case = make_case("a")
    results = clicks.measure_clicks(FakePainter(case.truth), [case], (0, 1, 3))
    hints = results["a"]["hints"]
    assert hints[0] > hints[1] > hints[3] and hints[3] < 1
    assert results[clicks.MEAN]["hints"] == hints
    assert results["a"]["flood_fill"][3] < hints[0]
    *_, last = clicks.format_table(results).splitlines()
    assert last.startswith("| mean of sources | 1 | ")
    assert last.count("(") == 3


def fill(painting, sketch, points):
    return clicks.flood_fill(painting, sketch, clicks.find_fillable(sketch), points)


def test_flood_fill_goes_through_gaps_and_keeps_lines():
    sketch = np.full((40, 60, 1), 255, np.uint8)
    sketch[:, 30] = 0
    painting = np.full((40, 60, 3), 128, np.uint8)
    filled = fill(painting, sketch, [(10, 10, HAIR)])
    assert (filled[:, :30] == HAIR).all() and (filled[:, 30:] == 128).all()
    sketch[20, 30] = 255
    filled = fill(painting, sketch, [(10, 10, HAIR)])
    assert (filled[:, 31:] == HAIR).all() and (filled[0, 30] == 128).all()
    on_line = fill(painting, sketch, [(30, 10, HAIR)])
    np.testing.assert_array_equal(on_line, painting)


@pytest.mark.long
@pytest.mark.slow
def test_a_hint_in_the_truth_s_colour_mends_a_painting(weights_folder, tmp_path):
    rows = ["file,source,split_group,use"]
    for number in range(2):
        picture_files.write_image(str(tmp_path / f"{number}.png"), drawing()[0])
        rows.append(f"{number}.png,one,alike,evaluate")
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    arguments = f"--weights {weights_folder} --size 64 --out {tmp_path}/out".split()
    arguments += ["--drawings", str(tmp_path), "--clicks", "--count", "1"]
    assert evaluate.main(arguments) == 0
    results = json.loads((tmp_path / "out" / "clicks.json").read_text())
    hints = results["one"]["hints"]
    assert hints["3"] < 0.3 * hints["0"]


def test_clicks_without_drawings_are_refused(capsys):
    assert evaluate.main(["--clicks"]) == 1
    assert capsys.readouterr().err == "evaluate: --clicks: needs --drawings\n"
