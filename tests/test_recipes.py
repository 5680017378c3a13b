"""Recipes, and how the options of the training command come about."""

import dataclasses
import pathlib
import re
import shlex

import pytest

from keras_s2p import train
from keras_s2p.common import config as configs
from keras_s2p.common.recipes import QUICK_NETWORK, RECIPES

ROOT = pathlib.Path(__file__).parent.parent


def parse(*options):
    return train.parse_args(["--dataset", "tfrecords/", *options])


def test_without_a_recipe_the_defaults_are_trained():
    assert parse() == [
        configs.RunConfig("tfrecords/"),
        configs.PRESETS["compact"],
        configs.TrainConfig(),
    ]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_what_it_says_and_can_be_trained_with(name):
    recipe = RECIPES[name]
    assert parse("--recipe", name)[1:] == [recipe.generator, recipe.training]
    configs.check(recipe.training)


def test_an_option_overrides_the_recipe():
    options = ["--hue", "0.3", "--no-mixed-precision", "--mid-filters", "64"]
    for order in ([*options, "--recipe", "release"], ["--recipe=release", *options]):
        _, generator, training = parse(*order)
        changed = RECIPES["release"].replace(
            hue=0.3, mixed_precision=False, mid_filters=64
        )
        assert (generator, training) == (changed.generator, changed.training)


def test_a_preset_overrides_the_networks_of_a_recipe_alone():
    _, generator, training = parse("--recipe", "release", "--preset", "paper")
    assert generator == configs.PRESETS["paper"]
    assert training == RECIPES["release"].training


def test_the_paper_is_its_preset_with_what_it_says_and_little_else():
    recipe = RECIPES["paper"]
    assert recipe.generator == configs.PRESETS["paper"]
    training = recipe.training
    assert (training.batch_size, training.size, training.adversarial) == (
        4,
        256,
        "shift",
    )
    assert (training.guide_1_weight, training.guide_2_weight) == (0.3, 0.9)
    assert training.average == training.hue == training.other_reference == 0


def test_changes_go_to_the_config_that_has_the_field():
    recipe = RECIPES["figures"].replace(guides=False, steps=7, **QUICK_NETWORK)
    assert not recipe.generator.guides and recipe.generator.mid_filters == 16
    assert recipe.training == dataclasses.replace(RECIPES["figures"].training, steps=7)
    with pytest.raises(TypeError, match="colour"):
        recipe.replace(colour=3)


def test_help_lists_every_recipe_in_a_line(capsys):
    with pytest.raises(SystemExit):
        parse("--help")
    lines = capsys.readouterr().out.splitlines()
    for name, recipe in RECIPES.items():
        assert any(
            line.split()[:1] == [name] and line.endswith(recipe.text) for line in lines
        )
        assert len(f"  release  {recipe.text}") <= 88


def test_an_unknown_recipe_is_bad_usage(capsys):
    with pytest.raises(SystemExit) as exit_info:
        parse("--recipe", "secret")
    assert exit_info.value.code == 2 and "secret" in capsys.readouterr().err


def test_options_of_different_configs_have_different_names():
    classes = (configs.RunConfig, configs.GeneratorConfig, configs.TrainConfig)
    names = [field.name for each in classes for field in dataclasses.fields(each)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "name", ["README.md", "docs/train_your_own.md", "weights/README.md"]
)
def test_the_training_commands_of_the_documents_are_right(name):
    text = (ROOT / name).read_text().replace("\\\n", " ")
    commands = re.findall(r"python train\.py (--dataset [^`\n#]*)", text)
    assert commands
    for command in commands:
        *_, training = train.parse_args(shlex.split(command))
        configs.check(training)
