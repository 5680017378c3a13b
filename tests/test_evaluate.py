import json
import os

import h5py
import numpy as np
import pytest

from keras_s2p import evaluate, probe_hint
from keras_s2p.characters import character, palettes
from keras_s2p.common import images, picture_files
from keras_s2p.data import records
from keras_s2p.measuring import cases, measures
from keras_s2p.measuring.cases import FIRST_SEED, Case, character_cases
from keras_s2p.measuring.controls import CONTROLS, paint_controls
from keras_s2p.painting import painter
from keras_s2p.painting.style import Style


def drawn_cases(count=6, size=96):
    rng = np.random.default_rng(0)
    cases = []
    for seed in range(count):
        drawing = character.draw_character(seed, size)
        truth = drawing.paint(palettes.random_palette(rng))
        cases.append(
            Case(
                str(seed), "tests", drawing.sketch()[..., None], truth, truth,
                drawing.regions, True,
            )
        )  # fmt: skip
    return cases, [case.truth for case in cases]


def test_the_truth_scores_perfectly_and_other_colours_badly():
    cases, truths = drawn_cases()
    perfect = measures.measure_regions(truths, cases)
    assert perfect["delta_e"] == 0 and perfect["hair_hue_within_30_degrees"] == 1
    bad = measures.measure_regions([255 - truth for truth in truths], cases)
    assert bad["delta_e"] > 40 and bad["hair_hue_within_30_degrees"] < 0.5


def test_delta_e_is_the_mean_over_four_regions():
    cases, truths = drawn_cases()
    results = measures.measure_regions([truth // 2 for truth in truths], cases)
    by_region = results["delta_e_by_region"]
    main = [by_region[name] for name in ("hair", "skin", "clothes", "background")]
    assert abs(results["delta_e"] - np.mean(main)) < 0.01


def test_pictures_are_measured_in_the_fields_units():
    truth = np.full((200, 200, 3), 100, np.uint8)
    found = measures.measure_pictures([truth + 51], [truth])
    assert found["l1"] == 0.2
    np.testing.assert_allclose(found["psnr"], 20 * np.log10(5), atol=0.01)
    same = measures.measure_pictures([truth], [truth])
    assert same["ssim"] == same["ms_ssim"] == 1


def test_a_character_is_painted_after_its_partner(partners):
    cases = character_cases(3)
    assert len(partners) == 3
    for i, (case, (drawing, partner)) in enumerate(zip(cases, partners)):
        rng = np.random.default_rng(FIRST_SEED + 2 * i)
        palette = palettes.random_palette(rng)
        np.testing.assert_array_equal(case.truth, drawing.paint(palette))
        np.testing.assert_array_equal(case.reference, partner.paint(palette))


def test_a_shuffled_reference_is_the_picture_half_of_all_away():
    class Recorder:
        def style(self, reference):
            return Style(*[reference[:1, :1, 0].astype(np.float32)] * 3)

        def no_style(self):
            return Style(*[np.zeros((1, 1))] * 3)

        def paint(self, sketch, style):
            return np.concatenate(style).ravel()

    cases = [
        Case(str(i), source, None, np.full((1, 1, 3), i), None, None, False)
        for i, source in enumerate("abaabaa")
    ]
    paintings = paint_controls(Recorder(), cases)
    expected = [[i] * 3 for i in (3, 4, 5, 6, 0, 1, 2)]
    assert np.array_equal(paintings["shuffled"], expected)
    assert np.array_equal(paintings["reference"], [[i] * 3 for i in range(7)])
    assert not np.any(paintings["zero_hint"])
    alone = paint_controls(Recorder(), cases, match=False, carry=False)
    assert np.array_equal(alone["reference"], [[i, 0, 0] for i in range(7)])


@pytest.mark.slow
@pytest.mark.parametrize("match", [True, False])
def test_the_ceiling_is_near_the_truth_and_nearer_at_its_own_size(
    match, weights_folder
):
    cases, truths = drawn_cases(1, size=256)
    psnr = {}
    for size in (96, 256):
        networks = painter.Painter(weights_folder, size=size)
        ceiling = evaluate.paint_ceiling(networks, cases[0], match)
        psnr[size] = measures.measure_pictures([ceiling], truths)["psnr"]
    assert 18 < psnr[96] < psnr[256] - 3, psnr


def test_the_response_is_how_far_two_references_pull_a_sketch_apart():
    cases, truths = drawn_cases(2, size=192)
    white = [np.full_like(truth, 255) for truth in truths]
    black = [np.zeros_like(truth) for truth in truths]
    paintings = {"reference": white, "shuffled": black, "zero_hint": white}
    results = measures.measure_sources({}, cases, paintings)["tests"]
    assert abs(results["response"] - 100) < 0.1
    assert results["pictures"] == 2


def test_distributions_are_nearest_to_themselves():
    cases, truths = drawn_cases(4)
    encoders = {"distance": lambda pixels: pixels.mean(axis=(0, 1))}
    paintings = {"same": truths, "dark": [truth // 4 for truth in truths]}
    results = measures.measure_distributions(encoders, paintings, truths)
    assert results["same"]["distance"] == 0 < results["dark"]["distance"]
    alone = measures.measure_distributions(encoders, {"same": truths[:1]}, truths[:1])
    assert alone["same"]["distance"] is None


@pytest.mark.slow
def test_characters_are_measured_with_controls(weights_folder, tmp_path):
    arguments = f"--weights {weights_folder} --count 3 --size 64 --out {tmp_path}"
    assert evaluate.main(arguments.split()) == 0
    results = json.loads((tmp_path / "results.json").read_text())["sources"]
    assert results.keys() == {"characters"}
    for control in (*CONTROLS, "ceiling"):
        assert {"l1", "psnr", "delta_e", "delta_e_by_region", "frechet_of_hints"} <= (
            set(results["characters"][control])
        )
    gallery = picture_files.read_painting(str(tmp_path / "gallery.png"))
    assert gallery.shape == (3 * 256, 6 * 256, 3)
    triples = picture_files.read_painting(str(tmp_path / "triples.png"))
    assert triples.shape == (128, 12 * 128, 3)
    reference = images.resize_uint8(gallery[:256, 256:512], (128, 128))
    assert np.array_equal(triples[:, 128:256], reference)


@pytest.mark.slow
@pytest.mark.long
def test_a_dataset_is_measured_by_source(weights_folder, dataset_folder, tmp_path):
    arguments = (
        f"--weights {weights_folder} --dataset {dataset_folder} --split all "
        f"--size 32 --count 5 --out {tmp_path}"
    )
    assert evaluate.main(arguments.split()) == 0
    results = json.loads((tmp_path / "results.json").read_text())["sources"]
    assert results["tests"]["pictures"] > 4
    for control in CONTROLS:
        assert results["tests"][control]["delta_e"] > 0


def test_only_the_pictures_that_are_asked_for_are_decoded(dataset_folder, monkeypatch):
    decoded = []
    parse = records.parse_example

    def record(serialized):
        decoded.append(serialized)
        return parse(serialized)

    everything = cases.dataset_cases(dataset_folder, "all", 200)
    monkeypatch.setattr(records, "parse_example", record)
    some = cases.dataset_cases(dataset_folder, "all", 3)
    assert len(decoded) == 3 and len(everything) == 12
    names = [case.name for case in everything]
    assert names == sorted(names)
    assert [case.name for case in some] == names[:3]
    np.testing.assert_array_equal(some[2].truth, everything[2].truth)


@pytest.mark.slow
def test_an_inception_that_is_none_is_said_in_a_sentence(
    weights_folder, tmp_path, capsys
):
    os.mkfifo(tmp_path / "pipe.h5")
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        file.create_dataset("kernel", (1 << 40,), "float32", chunks=True)
    for name, reason in (("none", "no such"), ("pipe", "no such"), ("huge", "bytes")):
        options = f"--weights {weights_folder} --inception-weights {tmp_path}/{name}.h5"
        assert evaluate.main(options.split()) == 1
        error = capsys.readouterr().err
        assert "--inception-weights" in error and reason in error
        assert error.count("\n") == 1


def test_missing_weights_are_said_in_a_sentence(tmp_path, capsys):
    assert evaluate.main(["--weights", str(tmp_path / "none")]) == 1
    assert "no such folder" in capsys.readouterr().err


def test_all_splits_are_those_that_have_examples(write_dataset, character_examples):
    folder = write_dataset(96, {"train": character_examples["train"]})
    assert len(cases.dataset_cases(folder, "all", 200)) == 6
    with pytest.raises(ValueError, match="no example in the validation split"):
        cases.dataset_cases(folder, "validation", 200)


@pytest.mark.parametrize("count", ["0", "-1"])
def test_a_count_of_nothing_is_named(count, capsys):
    for command, options in ((evaluate, []), (probe_hint, ["--drawings", "none"])):
        assert command.main([*options, "--count", count]) == 1
        assert "--count: must be at least 1" in capsys.readouterr().err


def test_pictures_of_the_galleries_names_are_not_replaced(tmp_path, capsys):
    drawing = tmp_path / "gallery.png"
    drawing.write_bytes(b"precious")
    assert evaluate.main(["--drawings", "none", "--out", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert f"--out: {drawing} is no evaluation's; choose another folder" in error
    results = tmp_path / "results.json"
    for text in ("{}", '{"my": 1}', "[{}]", "notes"):
        results.write_text(text)
        with pytest.raises(ValueError, match=f"{results} is no evaluation's"):
            evaluate.check_out(str(tmp_path))
    results.write_text('{"painted_at": 256, "sources": {}}')
    evaluate.check_out(str(tmp_path))  # an evaluation's may be replaced
    measured = tmp_path / "clicks.json"
    evaluate.check_out(str(tmp_path), True)
    measured.write_text('{"left": 3}')
    with pytest.raises(ValueError, match=f"{measured} is no evaluation's"):
        evaluate.check_out(str(tmp_path), True)
    measured.write_text(json.dumps({evaluate.clicks.MEAN: {}}))
    evaluate.check_out(str(tmp_path), True)


def test_what_can_be_no_folder_is_told_before_anything_is_measured(tmp_path, capsys):
    file = tmp_path / "file"
    file.write_text("")
    for out in (file, file / "deep"):
        assert evaluate.main(["--count", "2", "--out", str(out)]) == 1
        error = capsys.readouterr().err
        assert error == f"evaluate: {out}: no folder can be made, {file} is a file\n"
