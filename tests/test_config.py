import argparse
import dataclasses

import pytest

from keras_s2p.common import config as configs
from keras_s2p.common.config import PRESETS, GeneratorConfig, TrainConfig


def parse(arguments, config_class, defaults=None):
    parser = argparse.ArgumentParser()
    configs.add_options(parser, config_class, defaults)
    return configs.from_args(config_class, parser.parse_args(arguments))


@pytest.mark.parametrize("config_class", [GeneratorConfig, TrainConfig])
def test_no_option_gives_the_defaults(config_class):
    assert parse([], config_class) == config_class()


def test_options_are_the_fields_in_kebab_case():
    arguments = "--l1-weight 10 --steps 5 --adversarial shift --mixed-precision"
    config = parse(arguments.split(), TrainConfig)
    assert config == TrainConfig(
        l1_weight=10.0, steps=5, adversarial="shift", mixed_precision=True
    )
    assert not parse(["--no-guides"], GeneratorConfig).guides


def test_a_preset_gives_the_defaults_of_the_options():
    config = parse(["--filters", "8"], GeneratorConfig, PRESETS["compact"])
    assert config == dataclasses.replace(PRESETS["compact"], filters=8)


def test_a_number_that_may_be_left_out_is_a_number():
    assert parse(["--size", "64"], TrainConfig) == TrainConfig(size=64)
    assert parse([], TrainConfig, TrainConfig(size=96)) == TrainConfig(size=96)
    for option, value in (("--synchronized", True), ("--no-synchronized", False)):
        assert parse([option], TrainConfig).synchronized is value


def test_the_paper_preset_has_the_numbers_of_the_paper():
    config, train = PRESETS["paper"], TrainConfig()
    assert (config.hint_encoder, config.hint_size) == ("imagenet", 4096)
    assert (config.mid_filters, config.decoder_filters) == (2048, 512)
    assert (train.guide_1_weight, train.guide_2_weight) == (0.3, 0.9)
    assert (configs.SIZE, train.batch_size) == (256, 4)


@pytest.mark.parametrize("config", [PRESETS["compact"], TrainConfig(seed=3)])
def test_json_round_trip(config, tmp_path):
    path = str(tmp_path / "config.json")
    configs.write_json(config, path)
    assert configs.read_json(type(config), path) == config


def test_bad_json_is_named(tmp_path):
    path = tmp_path / "generator.json"
    for text in (
        "{", '{"colour": 3}', "[]", '{"hint_encoder": "vgg"}', '{"hint_encoder": 5}',
        '{"mid_filters": 1000000000}', '{"mid_filters": 1.5}', '{"mid_filters": "2"}',
        '{"filters": 0}', '{"\\n": 0}', '{"guides": 1}', '{"filters": null}',
    ):  # fmt: skip
        path.write_text(text)
        with pytest.raises(ValueError, match="generator.json") as error:
            configs.read_json(GeneratorConfig, str(path))
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["l1_weight", "learning_rate", "steps"])
def test_a_number_that_is_too_large_is_named(tmp_path, name):
    path = tmp_path / "train.json"
    path.write_text(f'{{"{name}": {-(10**400)}}}')
    try:
        config = configs.read_json(TrainConfig, str(path))
        configs.check(config)
    except ValueError as error:
        assert configs.option_name(name) in str(error) and "\n" not in str(error)
    else:
        raise AssertionError("taken")


def test_json_without_an_end_is_refused(tmp_path):
    path = tmp_path / "generator.json"
    path.write_text("[" * 200_000)
    with pytest.raises(ValueError, match="generator.json: not a GeneratorConfig"):
        configs.read_json(GeneratorConfig, str(path))
    path.write_text(" " * 1_000_001)
    with pytest.raises(ValueError, match="generator.json: larger than 1 MB"):
        configs.read_json(GeneratorConfig, str(path))
    with pytest.raises(ValueError, match="/dev/zero: a device, not a file"):
        configs.read_json(GeneratorConfig, "/dev/zero")
    (tmp_path / "link.json").symlink_to("/dev/null")
    with pytest.raises(ValueError, match="link.json: a device, not a file"):
        configs.write_json(TrainConfig(), str(tmp_path / "link.json"))
    assert (tmp_path / "link.json").is_symlink()


@pytest.mark.parametrize(
    "name, value",
    [
        ("size", 100),
        ("steps", 0),
        ("batch_size", 0),
        ("batch_size", 1),
        ("batch_size", 10**9),
        ("hue", 2.0),
        ("l1_weight", -1.0),
        ("learning_rate", float("nan")),
        ("l1_weight", float("inf")),
        ("adam_beta_1", float("nan")),
        ("adam_beta_1", 1.0),
        ("patience", -1),
        ("seed", -1),
        ("seed", 2**32),
        ("validation_batches", -1),
        ("augment_warmup", -1),
        ("steps", configs.MAX_STEPS + 1),
        ("checkpoint_every", 10**18),
        ("patience", 10**30),
        ("learning_rate", 1e39),
        ("eye_weight", 1e7),
    ],  # fmt: skip
)
def test_values_that_can_not_be_trained_with_are_refused(name, value):
    with pytest.raises(ValueError, match=f"--{name.replace('_', '-')}"):
        configs.check(dataclasses.replace(TrainConfig(), **{name: value}))


def test_fields_are_checked_by_type_choice_and_limit():
    configs.check_fields(TrainConfig(learning_rate=1))
    for changes, message in (
        ({"adversarial": "gan"}, "--adversarial: must be one of none, dcgan"),
        ({"steps": True}, "--steps: must be int, not True"),
        ({"hue": float("nan")}, "--hue: must be a number"),
    ):
        with pytest.raises(ValueError, match=message):
            configs.check_fields(TrainConfig(**changes))
    configs.check_fields(configs.RunConfig("data"))
    with pytest.raises(ValueError, match="--guide-filters: must be between 16 and"):
        configs.check_fields(GeneratorConfig(guide_filters=15))  # the fifth box's 0
    with pytest.raises(ValueError, match="--mid-filters: must be between 1 and 4096"):
        configs.check_fields(GeneratorConfig(mid_filters=10**9))
