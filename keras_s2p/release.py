"""Makes a release out of a run: the generator without guides, in half precision.

Example: python -m keras_s2p.release runs/compact weights/compact
"""

import argparse
import contextlib
import dataclasses
import os
import pathlib
import sys

from keras_s2p.common import config as configs
from keras_s2p.common import console, disk_space, files, locks, sources
from keras_s2p.networks import owners, weights


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
        if os.path.realpath(args.run) == os.path.realpath(args.out):
            raise ValueError(f"OUT: {args.out} is what is read; name another folder")
        owners.check(args.out, "OUT", owners.RELEASE)
        config, hint_encoder = weights.read_config(args.run), None
        if config.hint_encoder == "paintings":
            config, generator, hint_encoder = weights.load_networks(args.run)
        else:
            config, generator = weights.load_generator(args.run)
        if args.working_size is not None:
            config = dataclasses.replace(config, working_size=args.working_size)
            configs.check_fields(config)
        os.makedirs(args.out, exist_ok=True)
        vgg = sources.read(args.run).get(weights.VGG_OPTION)
        with disk_space.explaining_no_space(args.out, "the same command writes it"):
            write_release(args.out, config, generator, hint_encoder, vgg)
    except (ValueError, OSError) as error:
        console.tell_error("release", error)
        return 1
    console.say(f"{args.out} written")
    return 0


def write_release(folder, config, generator, hint_encoder, vgg=None):
    """Writes what paint.py needs.

    All files are written before any takes its place. While they do, in the place of
    those of an earlier release, generator.json is gone: whoever loads the folder then,
    or after a kill, is told so instead of painting with one release's generator and
    another one's hint encoder.

    Args:
        folder: of the release, which is there.
        config: GeneratorConfig.
        generator: keras.Model.
        hint_encoder: keras.Model; None with `imagenet`, whose V comes from Keras.
        vgg: sha256 of VGG 19's file that the run was trained with; None: not known.

    Raises:
        ValueError: another process writes one there, or a weight is too large for half
            precision.
    """
    config = dataclasses.replace(config, guides=False)
    path = os.path.join(folder, weights.CONFIG_FILE)
    source = os.path.join(folder, sources.FILE)
    networks = {}
    if hint_encoder is not None:
        networks[weights.HINT_ENCODER_FILE] = hint_encoder
    # The last takes its place first: by it owners.find_owner knows a release.
    networks[weights.GENERATOR_FILE] = generator
    taken = f"{folder}: another release is being written there"
    with contextlib.ExitStack() as stack:  # whose first file takes its place last
        stack.enter_context(locks.locked(os.path.join(folder, ".lock"), taken))
        partial = stack.enter_context(files.replacing(path))
        pathlib.Path(partial).write_text(configs.json_text(config), "utf-8")
        if vgg or os.path.exists(source):  # which may be an earlier release's
            known = {weights.VGG_OPTION: vgg} if vgg else {}
            partial = stack.enter_context(files.replacing(source))
            pathlib.Path(partial).write_text(configs.json_text(known), "utf-8")
        stack.enter_context(weights.replacing(networks, folder, half=True))
        if os.path.exists(path):
            os.remove(path)


if __name__ == "__main__":
    sys.exit(main())
