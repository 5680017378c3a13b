import json

import numpy as np
import pytest
from test_parts import HAIR, SHIRT, drawing

from keras_s2p import evaluate
from keras_s2p.common import picture_files
from keras_s2p.measuring import drawing_cases, drawing_measures, parts
from keras_s2p.measuring.cases import Case

OTHER = {"hair": (90, 150, 60), "shirt": (240, 200, 60)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Drawings: two of one palette, two of different ones, one alone, one to train."""
    folder = tmp_path_factory.mktemp("drawings")
    pictures = {
        "one/alike_1.png": ("alike", drawing()),
        "one/alike_2.png": ("alike", drawing()),
        "two/episode_1.png": ("episode", drawing()),
        "two/episode_2.png": ("episode", drawing(**OTHER)),
        "two/alone.png": ("alone", drawing(**OTHER)),
        "two/train.png": ("alone", drawing(**OTHER)),
    }
    lines = ["file,source,split_group,use,line"]
    for file, (group, (pixels, sketch)) in pictures.items():
        picture_files.write_image(str(folder / file), pixels)
        line = f"lines/{file}" if file == "one/alike_2.png" else ""
        if line:
            picture_files.write_image(str(folder / line), sketch)
        use = "train" if "train" in file else "evaluate"
        lines.append(f"{file},{file[:3]},{group},{use},{line}")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return str(folder)


def find_cases(folder, **options):
    return drawing_cases.drawing_cases(folder, f"{folder}/manifest.csv", **options)


def test_a_drawing_is_painted_after_another_one_of_its_group_in_its_colours(folder):
    cases = find_cases(folder)
    assert [case.name for case in cases] == ["one/alike_1.png", "one/alike_2.png"]
    for case in cases:
        assert case.crossed and case.group == "alike" and case.source == "one"
        assert np.array_equal(case.truth, drawing()[0])
        assert parts.count_parts(case.regions) == 2


def test_drawn_lines_are_taken_where_there_are_some(folder):
    extracted, drawn = find_cases(folder)
    assert np.array_equal(drawn.sketch, drawing()[1])
    assert not np.array_equal(extracted.sketch, drawing()[1])
    assert extracted.sketch.shape == drawn.sketch.shape


def test_all_drawings_may_be_painted_after_themselves(folder):
    cases = find_cases(folder, own_reference=True)
    assert len(cases) == 5 and not any(case.crossed for case in cases)


def test_a_source_is_limited_and_the_choice_repeats(folder):
    names = [
        [case.name for case in find_cases(folder, own_reference=True, count=2)]
        for _ in range(2)
    ]
    assert names[0] == names[1] and len(names[0]) == 4


def test_other_rows_may_be_used(folder):
    cases = find_cases(folder, use="train", own_reference=True)
    assert [case.name for case in cases] == ["two/train.png"]


def test_a_recoloured_drawing_and_its_reference_change_alike(folder):
    old, new = find_cases(folder)[0], find_cases(folder, recoloured=True)[0]
    assert np.array_equal(old.sketch, new.sketch)
    assert np.array_equal(old.regions, new.regions)
    errors, background = parts.part_errors(new.truth, old.truth, old.regions)
    assert errors.max() > 15 and background < 1
    for number, place in ((0, np.s_[60, 100]), (1, np.s_[60, 40])):
        colour = new.truth[place].astype(int)
        near = np.abs(new.reference.astype(int) - colour).max(axis=-1) <= 3
        shown = np.abs(old.reference.astype(int) - old.truth[place]).max(axis=-1) <= 3
        assert near.sum() == pytest.approx(shown.sum(), rel=0.1), number


def test_a_framed_reference_is_mirrored_and_smaller_on_its_own_ground():
    pixels, _ = drawing(ground=(0, 90, 0))
    framed = drawing_cases.frame_reference(pixels, np.random.default_rng(0))
    assert framed.shape == pixels.shape
    assert np.array_equal(framed[0, 0], (0, 90, 0))
    columns = {
        name: np.flatnonzero((framed == colour).all(axis=-1).any(axis=0))
        for name, colour in (("hair", HAIR), ("shirt", SHIRT))
    }
    assert columns["shirt"].max() < columns["hair"].min()
    assert 0.5 < len(columns["shirt"]) / 76 < 0.95


def test_drawings_without_a_reference_are_said_in_a_sentence(folder):
    with pytest.raises(ValueError, match=r"manifest.csv: no drawing has another"):
        find_cases(folder, use="train")


def make_case(source, **colours):
    truth, sketch = drawing(**colours)
    return Case(
        "", source, sketch, truth, truth, parts.find_parts(truth, sketch), False
    )


def test_sources_count_alike_in_their_mean():
    cases = [make_case("a"), make_case("a"), make_case("b")]
    truths = [case.truth for case in cases]
    black = [0 * truth for truth in truths]
    paintings = {"reference": [*truths[:2], black[2]], "shuffled": black}
    results = drawing_measures.measure_drawings(cases, paintings)
    assert results["a"]["pictures"] == 2 and results["b"]["pictures"] == 1
    assert results["a"]["reference"]["part_delta_e"] == 0
    assert results["a"]["reference"]["parts_right"] == 1
    wrong = results["b"]["reference"]
    assert wrong == results["b"]["shuffled"] and wrong["background_delta_e"] > 99
    mean = results[drawing_measures.MEAN]["reference"]
    assert mean["part_delta_e"] == pytest.approx(wrong["part_delta_e"] / 2, abs=0.001)
    assert mean["shading_correlation"] is None


def test_a_table_has_a_row_for_each_source_and_the_controls_in_brackets():
    case = make_case("a")
    paintings = {"reference": [case.truth], "shuffled": [0 * case.truth]}
    results = drawing_measures.measure_drawings([case], paintings)
    table = drawing_measures.format_table(results, ["reference", "shuffled"])
    *_, source, mean = table.splitlines()
    assert source.startswith("| a | 1 | 0.0 (") and "100% (0%)" in source
    assert mean.startswith("| mean of sources | 1 |")


@pytest.mark.slow
def test_drawings_are_measured_by_the_command(folder, weights_folder, tmp_path, capsys):
    arguments = f"--weights {weights_folder} --size 64 --out {tmp_path}".split()
    assert evaluate.main([*arguments, "--drawings", folder, "--recoloured"]) == 0
    results = json.loads((tmp_path / "results.json").read_text())["sources"]
    assert results.keys() == {"one", drawing_measures.MEAN}
    for control in ("reference", "shuffled", "zero_hint", "ceiling"):
        assert results["one"][control]["part_delta_e"] > 0
    assert "| one | 2 |" in capsys.readouterr().out
    gallery = picture_files.read_painting(str(tmp_path / "gallery.png"))
    assert gallery.shape == (2 * 256, 6 * 256, 3)


def test_a_missing_manifest_is_said_in_a_sentence(weights_folder, tmp_path, capsys):
    arguments = ["--weights", weights_folder, "--drawings", str(tmp_path)]
    assert evaluate.main(arguments) == 1
    assert "manifest.csv" in capsys.readouterr().err
