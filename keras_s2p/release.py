"""Makes a release out of a run: the generator without guides, in half precision.

Example: python -m keras_s2p.release runs/compact weights/compact
"""

import argparse
import dataclasses
import os
import sys

from keras_s2p.common import config as configs
from keras_s2p.common import console, sources
from keras_s2p.networks import weights


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", help="run folder of train.py")
    parser.add_argument("out", help="folder of the release")
    parser.add_argument(
        "--working-size", type=int, help="side painted at (default: the run's)"
    )
    args = parser.parse_args(argv)
    try:
        check_out(args.run, args.out)
        config, generator = weights.load_generator(args.run)
        if args.working_size is not None:
            config = dataclasses.replace(config, working_size=args.working_size)
            configs.check_fields(config)
        hint_encoder = None
        if config.hint_encoder == "paintings":
            hint_encoder = weights.load_hint_encoder(config, args.run)
        os.makedirs(args.out, exist_ok=True)
        write_release(args.out, config, generator, hint_encoder)
        vgg = sources.read(args.run).get(weights.VGG_OPTION)
        path = os.path.join(args.out, sources.FILE)
        if vgg or os.path.exists(path):  # which may be an earlier release's
            configs.write_json({weights.VGG_OPTION: vgg} if vgg else {}, path)
    except (ValueError, OSError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    print(f"{args.out} written")
    return 0


def check_out(run: str, out: str):
    """Raises ValueError if a release in the folder `out` would replace a run."""
    same = os.path.realpath(run) == os.path.realpath(out)
    if same or os.path.exists(os.path.join(out, configs.TRAIN_FILE)):
        raise ValueError(f"{out}: is a run's; name another folder for the release")


def write_release(folder, config, generator, hint_encoder):
    """Writes what paint.py needs.

    Args:
        folder: of the release, which is there.
        config: GeneratorConfig.
        generator: keras.Model.
        hint_encoder: keras.Model; None with `imagenet`, whose V comes from Keras.
    """
    config = dataclasses.replace(config, guides=False)
    configs.write_json(config, os.path.join(folder, weights.CONFIG_FILE))
    weights.write_weights(
        generator, os.path.join(folder, weights.GENERATOR_FILE), half=True
    )
    if hint_encoder is not None:
        weights.write_weights(
            hint_encoder, os.path.join(folder, weights.HINT_ENCODER_FILE), half=True
        )


if __name__ == "__main__":
    sys.exit(main())
