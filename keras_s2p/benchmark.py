"""Times painting and training on this machine and prints the performance table.

Example: python -m keras_s2p.benchmark

Painting is timed with the weights of --weights; a training step with new networks of
the same sizes and noise for pictures, so that neither disk nor augmentation counts.
The first call of each, which traces and compiles, is left out; the median is printed.
"""

import argparse
import dataclasses
import os
import platform
import statistics
import sys
import time

import numpy as np
import tensorflow as tf

from keras_s2p.common import console
from keras_s2p.common.config import TrainConfig
from keras_s2p.networks import weights
from keras_s2p.painting.painter import Painter
from keras_s2p.training import assembly, strategies

SKETCHES = ((512, 512), (1024, 1024), (2000, 1500))  # (H, W) in pixels
ADVERSARIAL = ("none", "dcgan", "acgan", "shift")
MAX_PIXELS = 64_000_000  # of a batch of pictures
TURNS = 2  # of shift: a step of equation 4 and one of equation 3


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--weights", help="release or run folder (default: the release)")
    add(
        "--vgg-weights", default="imagenet",
        help="Keras's VGG 19 file, for weights of `paper`",
    )  # fmt: skip
    add("--repeats", type=int, default=5, help="of each timing (default: %(default)s)")
    add(
        "--train-size", type=int, default=128,
        help="side of the training pictures in pixels (default: %(default)s)",
    )  # fmt: skip
    add(
        "--batch-size", type=int, default=4,
        help="pictures a training step (section 4: 4; default: %(default)s)",
    )  # fmt: skip
    return parser.parse_args(argv)


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    try:
        if args.repeats < 1 or args.batch_size < 1:
            raise ValueError("--repeats, --batch-size: must be at least 1")
        if args.train_size < 32 or args.train_size % 32:
            raise ValueError("--train-size: must be a multiple of 32")
        if args.batch_size * args.train_size**2 > MAX_PIXELS:
            most = MAX_PIXELS // 1_000_000
            raise ValueError(
                f"--train-size, --batch-size: a batch of more than {most} million "
                "pixels"
            )
        print(describe_machine())
        print("\n| what | seconds | a second |\n|---|---|---|")
        size, batch_size = args.train_size, args.batch_size
        folder, vgg = args.weights, args.vgg_weights
        for what, pictures, seconds in (
            *time_painting(folder, args.repeats, vgg),
            *time_training(folder, size, batch_size, args.repeats, vgg),
        ):
            print(f"| {what} | {seconds:.3f} | {pictures / seconds:.1f} pictures |")
    except tf.errors.ResourceExhaustedError:
        print("benchmark: not enough memory for such a batch", file=sys.stderr)
        return 1
    except (ValueError, OSError) as error:
        console.tell_error("benchmark", error)
        return 1
    return 0


def describe_machine() -> str:
    """TensorFlow, and what it computes on."""
    gpus = tf.config.list_physical_devices("GPU")
    names = [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in gpus
    ]
    device = ", ".join(names) or f"{os.cpu_count()} {platform.machine()} CPU cores"
    return f"TensorFlow {tf.__version__}, {device}"


def time_painting(folder, repeats, vgg_weights="imagenet"):
    """Yields (what, pictures, seconds) of the hint and of painting.

    Args:
        folder: a release or run folder, None for the release.
        repeats: of each timing.
        vgg_weights: as weights.load_networks takes them.
    """
    painter = Painter(folder, vgg_weights=vgg_weights)
    noise = np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)
    seconds = median_seconds(lambda: painter.hint(noise), repeats)
    yield "hint of a reference", 1, seconds
    seconds = median_seconds(lambda: painter.style(noise), repeats)
    yield "style of a reference", 1, seconds
    style = painter.style(noise)
    for height, width in SKETCHES:
        sketch = np.full((height, width), 255, np.uint8)
        sketch[::16] = 0
        seconds = median_seconds(
            lambda sketch=sketch: painter.paint(sketch, style),
            repeats,
        )
        what = f"sketch of {width} x {height}, painted at {painter.size}"
        yield what, 1, seconds


def time_training(folder, size, batch_size, repeats, vgg_weights="imagenet"):
    """Yields (what, pictures, seconds) of training steps with the hint's encoding.

    Args:
        folder: a release or run folder, None for the release.
        size: side of the training pictures in pixels.
        batch_size: pictures a step.
        repeats: of each timing.
        vgg_weights: as weights.load_networks takes them.
    """
    for mixed in (False, True):
        name = "mixed_bfloat16" if mixed else "float32"
        for adversarial in ADVERSARIAL:
            what = (
                f"training step, {batch_size} of {size}², {name}, "
                f"discriminator {adversarial}"
            )
            with strategies.precision(mixed):
                step = make_step(folder, adversarial, size, batch_size, vgg_weights)
                seconds = median_seconds(step, repeats)
            yield what, batch_size, seconds / count_steps(adversarial)


def count_steps(adversarial) -> int:
    """How many training steps a call of make_step's function takes."""
    return TURNS if adversarial == "shift" else 1


def make_step(folder, adversarial, size, batch_size, vgg_weights="imagenet"):
    """A function without arguments that trains new networks by count_steps.

    Args:
        folder: whose hint encoder and sizes of networks to take, None: the release's.
        adversarial: TrainConfig.adversarial.
        size: side of the training pictures in pixels.
        batch_size: pictures a step.
        vgg_weights: as weights.load_networks takes them.
    """
    folder = folder or weights.DEFAULT
    config = weights.read_config(folder)
    config = dataclasses.replace(config, guides=True)  # a release has none
    hint_encoder = weights.load_hint_encoder(config, folder, vgg_weights)
    model = assembly.build_trainer(
        config,
        TrainConfig(adversarial=adversarial, shift_every=1, average=0),
        hint_encoder,
    )
    shape = (batch_size, size, size)
    batch = {
        "sketch": tf.random.uniform([*shape, 1], -1, 1),
        "painting": tf.random.uniform([*shape, 3], -1, 1),
        "reference": tf.random.uniform([*shape, 3], -1, 1),
    }
    batches = iter(tf.data.Dataset.from_tensors(batch).repeat())
    train = model.make_train_function()
    count = count_steps(adversarial)
    return lambda: [float(train(batches)["l1"]) for _ in range(count)]


def median_seconds(function, repeats: int) -> float:
    """The median time of `repeats` calls, after one that does not count."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
