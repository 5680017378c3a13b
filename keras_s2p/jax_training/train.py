"""Trains hint encoder and generator on one GPU, in as many minutes as there are.

Example: python -m keras_s2p.jax_training.train drawings/ --out runs/gpu --minutes 9 \
--manifest drawings/manifest.csv --initial-weights weights/compact

Builds the networks of keras_s2p/networks, unchanged, under Keras 3 on JAX, in an
environment of its own without TensorFlow: pip install "keras>=3" jax optax numpy pillow
(on a GPU, jax[cuda12]). This is how the shipped weights were finished.

Fast because examples are made on the GPU out of pictures that lie there, while the
processor's cores draw new characters all the time. Writes a run folder as train.py's.

Not in the paper: in the first part of the time the hint encoder learns as well, from
the painter's own L1: what a painter must know. Then it is frozen, as the paper's V is,
and the generator goes on alone.
"""

import argparse
import dataclasses
import functools
import os
import sys
import threading
import time

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the workers are many

import jax
import jax.numpy as jnp
import keras
import numpy as np

from keras_s2p.common import config as configs
from keras_s2p.common import console, picture_files, run_lock, sources, versions
from keras_s2p.jax_training import augment, data
from keras_s2p.jax_training.drawings import hash_drawings, read_drawings
from keras_s2p.jax_training.steps import Steps
from keras_s2p.networks import owners, weights
from keras_s2p.networks.generator import build_generator
from keras_s2p.networks.hint import build_hint_encoder

WARMUP = 200  # steps in which the learning rate rises to its full height
AVERAGE = 0.998  # decay a step of the moving average of the weights
SYNC_EVERY = 10  # steps
REPORT_EVERY = 20  # seconds
SETTINGS_FILE = "settings.json"
SHEET_ROWS = 10  # of drawings, and as many of characters


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        prog="python -m keras_s2p.jax_training.train",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("drawings", help="folder of drawings")
    add(
        "--manifest",
        required=True,
        help="CSV that names them: file, use (train), split_group",
    )
    add("--initial-weights", required=True, help="release or run folder to begin with")
    add("--out", required=True, help="run folder to write")
    number = functools.partial(add, type=float, metavar="X")
    add("--steps", type=int, metavar="N", help="end after these, if sooner")
    number("--minutes", default=9, help="start and end included (default: 9)")
    number(
        "--encoder-share", default=0.45, help="of the time, in which V learns (0.45)"
    )
    number("--learning-rate", default=1.2e-3, help="Adam's, falling to 0 (0.0012)")
    number("--eye-weight", default=5, help="as train.py's (5)")
    number("--hue", default=0.15, help="largest change, in half turns (0.15)")
    number("--all-hues", default=0.3, help="share whose hue may become any (0.3)")
    count = functools.partial(add, type=int, metavar="N")
    count("--palettes", default=4, help="new ones that each drawing comes in too (4)")
    count("--size", default=192, help="side in pixels (192)")
    count("--group", default=3, help="sketches of each look and scale a step (3)")
    count("--characters", default=40_000, help="on the GPU, the newest (40000)")
    count("--first-characters", default=1024, help="drawn before the first step (1024)")
    count("--workers", default=max(1, (os.cpu_count() or 2) - 2), help="processes")
    count("--seed", default=0, help="of every random choice (0)")
    args = parser.parse_args(argv)
    try:
        owners.check(args.out, "--out")
    except ValueError as error:
        parser.error(str(error))
    return args


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    chunks = data.start_workers(args.workers, args.seed)
    try:
        with run_lock.locked(args.out, "--out"):
            train(args, chunks)
    except (ValueError, OSError) as error:
        console.tell_error("jax_training.train", error)
        return 1
    return 0


def train(args, chunks):
    """The stages of the training, top to bottom."""
    begun = time.time()

    def log(text):
        print(f"{time.time() - begun:5.0f} s: {text}", flush=True)

    read = read_drawings(
        args.drawings, args.manifest, palettes=args.palettes, workers=args.workers
    )
    log(f"{len(read[0])} drawings read, new palettes included")
    keras.config.set_dtype_policy("mixed_bfloat16")
    config, generator, encoder = load_networks(args.initial_weights)
    steps = Steps(generator, encoder, args.eye_weight)
    state = steps.start()
    drawings = jax.device_put(read)
    people = data.Characters(chunks, args.characters // data.CHUNK * data.CHUNK)

    # Compile the first part; the second while the first one runs.
    make_batch = functools.partial(data.make_batch, size=args.size, group=args.group)
    example = (jax.random.key(0), *drawings, people.arrays, 1, 0.0, 0.0)
    make_batch = jax.jit(make_batch).lower(*example).compile()
    batch = make_batch(*example)
    shapes = jax.eval_shape(lambda *x: x, state, batch)

    def compile_step(learn_encoder):
        step = functools.partial(steps.train, learn_encoder=learn_encoder)
        return jax.jit(step, donate_argnums=0).lower(*shapes, 0.0, 0.0).compile()

    compiled = {True: compile_step(True)}
    people.take(wait_for=args.first_characters)
    log(f"compiled; {people.total} characters drawn")
    check = make_batch(
        jax.random.key(1), *drawings, people.arrays, people.count, 0.0, 0.0
    )
    check_step = jax.jit(steps.check)

    def compile_second():
        compiled[False] = compile_step(False)

    thread = threading.Thread(target=compile_second)
    thread.start()

    key = jax.random.key(args.seed)
    first, end = time.time(), begun + 60 * args.minutes
    step, reported, learn_encoder = 0, first, True
    while True:
        done = (time.time() - first) / max(1.0, end - first)
        if args.steps:
            done = max(done, step / args.steps)
        if done >= 1:
            break
        if learn_encoder and done >= args.encoder_share:
            thread.join()
            log(f"step {step}: the hint encoder is frozen")
            learn_encoder, state = False, steps.freeze(state)
        key, part = jax.random.split(key)
        batch = make_batch(
            part, *drawings, people.arrays, people.count, args.hue, args.all_hues
        )
        rate = args.learning_rate * min(1.0, (step + 1) / WARMUP)
        rate *= 0.5 * (1 + np.cos(np.pi * done))
        decay = min(AVERAGE, (step + 1) / (step + 20))
        state, losses = compiled[learn_encoder](state, batch, float(rate), float(decay))
        step += 1
        if step % SYNC_EVERY == 0:
            jax.block_until_ready(losses)
            people.take()
            if time.time() - reported > REPORT_EVERY:
                reported = time.time()
                values = ", ".join(f"{k} {float(v):.4f}" for k, v in losses.items())
                log(f"step {step}, {people.total} characters, {values}")
    thread.join()
    log(f"{step} steps of {len(batch['sketch'])} pictures")
    l1, painting, hints = check_step(state, check)
    print_check(l1, data.batch_parts(args.group)[0])
    steps.keep_average(state)
    scale_hints(encoder, float(hints.std(axis=1).mean()))
    write_run(args.out, config, generator, encoder)
    write_origin(args)
    sheet = make_sheet(check, painting)
    picture_files.write_image(os.path.join(args.out, "sheet.png"), sheet)
    log(f"{args.out} written")


def load_networks(folder):
    """(config, generator, hint encoder), with guide decoders and to be trained.

    Raises:
        ValueError: a file is missing, damaged or of another network.
    """
    folder = weights.find_folder(folder)
    config = weights.read_config(folder)
    if config.hint_encoder != "paintings":
        path = os.path.join(folder, weights.CONFIG_FILE)
        raise ValueError(f"{path}: only the `paintings` hint encoder can be trained")
    config = dataclasses.replace(config, guides=True)
    generator = build_generator(config)
    encoder = build_hint_encoder(config, trainable=True)
    # A release has no guides; they begin anew then.
    path = os.path.join(folder, weights.GENERATOR_FILE)
    pair = weights.read_weights(generator, path, optional="guide")
    path = os.path.join(folder, weights.HINT_ENCODER_FILE)
    weights.check_pair(folder, pair, weights.read_weights(encoder, path))
    return config, generator, encoder


def print_check(l1, num_drawings):
    """The L1 of drawings (trained on) and of characters, with the controls."""
    for name, part in (
        ("drawings", l1[:, :num_drawings]),
        ("characters", l1[:, num_drawings:]),
    ):
        own, shuffled, zero = np.asarray(part).mean(axis=1)
        print(f"{name}: L1 {own:.4f}, shuffled {shuffled:.4f}, zero hint {zero:.4f}")


def scale_hints(encoder, deviation):
    """Divides the hints, so that their standard deviation of `deviation` becomes 1.

    The generator normalises them and paints the same, but the sigmoid of equation 3
    does not saturate.
    """
    for variable in encoder.get_layer("fc1").weights:
        variable.assign(variable / deviation)


def write_run(folder, config, generator, encoder):
    """Writes what paint.py and release read."""
    os.makedirs(folder, exist_ok=True)
    configs.write_json(config, os.path.join(folder, weights.CONFIG_FILE))
    networks = {weights.GENERATOR_FILE: generator, weights.HINT_ENCODER_FILE: encoder}
    with weights.replacing(networks, folder):
        pass  # together


def write_origin(args):
    """Writes of what, how and by what the run was trained: settings, hashes, versions.

    Where things lie is left out; which they were is told by their SHA-256.
    """
    folder = weights.find_folder(args.initial_weights)
    paths = {
        "--manifest": args.manifest,
        "--initial-weights": os.path.join(folder, weights.GENERATOR_FILE),
        "--hint-weights": os.path.join(folder, weights.HINT_ENCODER_FILE),
    }
    sources.write(args.out, paths, anew=True)
    places = ("drawings", "manifest", "initial_weights", "out")
    settings = {name: x for name, x in vars(args).items() if name not in places}
    settings["drawings_sha256"] = hash_drawings(args.drawings, args.manifest)
    configs.write_json(settings, os.path.join(args.out, SETTINGS_FILE))
    versions.write(args.out, jax, keras, np)


def make_sheet(batch, painting):
    """Rows of sketch, reference, painting, truth: drawings left, characters right."""
    columns = [
        jnp.repeat(batch["sketch"], 3, axis=-1),
        jax.image.resize(batch["reference"], painting.shape, "linear"),
        painting,
        batch["painting"],
    ]
    rows = augment.to_uint8(jnp.concatenate(columns, axis=2))
    count = min(SHEET_ROWS, len(rows) // 2)
    halves = [np.concatenate(part) for part in (rows[:count], rows[-count:])]
    return np.concatenate(halves, axis=1)


if __name__ == "__main__":
    sys.exit(main())
