import json

import numpy as np

from keras_s2p import characters, evaluate, images


def drawings(count=6):
    rng = np.random.default_rng(0)
    made = [characters.draw_character(seed, 96) for seed in range(count)]
    palettes = [characters.random_palette(rng) for _ in made]
    paintings = [drawing.paint(palette) for drawing, palette in zip(made, palettes)]
    return paintings, [drawing.regions for drawing in made]


def test_the_truth_scores_perfectly_and_other_colours_badly():
    truths, regions = drawings()
    perfect = evaluate.measure_regions(truths, truths, regions)
    assert perfect["delta_e"] == 0 and perfect["l1"] == 0
    assert perfect["hair_hue_within_30_degrees"] == 1
    inverted = [255 - truth for truth in truths]
    bad = evaluate.measure_regions(inverted, truths, regions)
    assert bad["delta_e"] > 40 and bad["hair_hue_within_30_degrees"] < 0.5


def test_delta_e_is_the_mean_over_four_regions():
    truths, regions = drawings()
    results = evaluate.measure_regions([t // 2 for t in truths], truths, regions)
    by_region = results["delta_e_by_region"]
    main = [by_region[name] for name in ("hair", "skin", "clothes", "background")]
    assert abs(results["delta_e"] - np.mean(main)) < 0.01


def test_pictures_are_measured_in_the_fields_units():
    truth = np.full((200, 200, 3), 100, np.uint8)
    measures = evaluate.measure_pictures([truth + 51], [truth])
    assert measures["l1"] == 0.2
    np.testing.assert_allclose(measures["psnr"], 20 * np.log10(5), atol=0.01)
    same = evaluate.measure_pictures([truth], [truth])
    assert same["ssim"] == same["ms_ssim"] == 1


def test_characters_are_measured_with_controls(weights_folder, tmp_path):
    arguments = f"--weights {weights_folder} --count 3 --size 64 --out {tmp_path}"
    assert evaluate.main(arguments.split()) == 0
    results = json.loads((tmp_path / "results.json").read_text())
    assert {"reference", "shuffled", "zero_hint", "response"} <= set(results)
    gallery = images.read_painting(str(tmp_path / "gallery.png"))
    assert gallery.shape == (3 * 256, 6 * 256, 3)


def test_a_dataset_is_measured_by_source(weights_folder, dataset_folder, tmp_path):
    arguments = (
        f"--weights {weights_folder} --dataset {dataset_folder} "
        f"--size 64 --out {tmp_path}"
    )
    assert evaluate.main(arguments.split()) == 0
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["tests"]["pictures"] == 4
    assert set(results["tests"]["shuffled"]) == {"l1", "psnr", "ssim", "ms_ssim"}


def test_missing_weights_are_said_in_a_sentence(tmp_path, capsys):
    assert evaluate.main(["--weights", str(tmp_path / "none")]) == 1
    assert "no such folder" in capsys.readouterr().err
