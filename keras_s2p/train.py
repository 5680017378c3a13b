"""Trains the generator, and the discriminator, on a dataset of make_dataset.

Example: keras-s2p train --dataset tfrecords/ --recipe release --size 128 --steps 5000

The same command again resumes the run. Every setting of the paper and every choice it
leaves open is an option below; a recipe is a set of them under a name.
"""

import argparse
import sys

from keras_s2p.common import config as configs
from keras_s2p.common import console, recipes


def parse_args(argv):
    """The configs that the options describe: RunConfig, GeneratorConfig, TrainConfig.

    What --recipe or --preset says are the defaults of the other options.
    """
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    add = first.add_argument
    sizes = "of the networks, figure 2's or narrower (default: the recipe's, compact)"
    add("--recipe", choices=recipes.RECIPES, help="a set of options, listed below")
    add("--preset", choices=sorted(configs.PRESETS), help=f"sizes {sizes}")
    names, _ = first.parse_known_args(argv)
    recipe = recipes.RECIPES.get(names.recipe, recipes.DEFAULT)
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[first],
        allow_abbrev=False,
        epilog=recipes.describe(),
    )
    network = configs.PRESETS.get(names.preset, recipe.generator)
    add_group, add_options = parser.add_argument_group, configs.add_options
    add_options(parser, configs.RunConfig)
    add_options(add_group("network"), configs.GeneratorConfig, network)
    add_options(add_group("training"), configs.TrainConfig, recipe.training)
    args = parser.parse_args(argv)
    classes = (configs.RunConfig, configs.GeneratorConfig, configs.TrainConfig)
    return [configs.from_args(each, args) for each in classes]


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    all_configs = parse_args(argv)
    try:
        from keras_s2p.training.run import run  # TensorFlow takes seconds

        run(*all_configs)
    except (ValueError, OSError) as error:
        console.tell_error("train", error)
        return 1
    except KeyboardInterrupt:
        print("\ntrain: stopped; the same command resumes", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
