"""Trains the place encoder, which tells like places of two drawings.

Example: python -m keras_s2p.pretrain_places --dataset tfrecords/ --out runs/places

Not in the paper: all of it; training/place_trainer.py says what it learns. The painter
beside it (--weights) stays as it is.
"""

import argparse
import sys

from keras_s2p.common import config as configs
from keras_s2p.common import console
from keras_s2p.training.place_config import PlaceTrainConfig


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    configs.add_options(parser, PlaceTrainConfig)
    config = configs.from_args(PlaceTrainConfig, parser.parse_args(argv))
    from keras_s2p.training.place_run import pretrain  # TensorFlow takes seconds

    try:
        pretrain(config)
    except (ValueError, OSError) as error:
        console.tell_error("pretrain_places", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
