"""Trains the `paintings` hint encoder: a network that knows what is painted how.

Example: python -m keras_s2p.pretrain_hint --dataset tfrecords/ --out runs/hint

Section 4 asks for "a classification network only for paintings". Not in the paper: what
it learns, which hint_trainer.py says. The encoder is frozen from then on.
"""

import argparse
import sys

from keras_s2p.common import config as configs
from keras_s2p.common import console


def parse_args(argv):
    """The configs that the options describe: HintTrainConfig and GeneratorConfig."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    configs.add_options(parser, configs.HintTrainConfig)
    configs.add_options(parser, configs.GeneratorConfig, configs.PRESETS["compact"])
    args = parser.parse_args(argv)
    classes = (configs.HintTrainConfig, configs.GeneratorConfig)
    return [configs.from_args(each, args) for each in classes]


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    config, generator_config = parse_args(argv)
    from keras_s2p.training.hint_run import pretrain  # TensorFlow takes seconds

    try:
        pretrain(config, generator_config)
    except (ValueError, OSError) as error:
        console.tell_error("pretrain_hint", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
