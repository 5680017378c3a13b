"""Exports a release or a run as a SavedModel for TensorFlow Serving.

Example: python -m keras_s2p.export models/keras_s2p

Writes OUT/<next free version>/ and, beside it, what TensorFlow Serving is started with:
models.config and docker-compose.yml (`docker compose up` in OUT).
painting_module.py says which signatures the model has.
"""

import argparse
import os
import re
import sys

import keras
import numpy as np
import tensorflow as tf

from keras_s2p.common import console, disk_space, files, locks, plain_paths
from keras_s2p.painting.painter import Painter
from keras_s2p.serving import checksums, painting_module

WARM_UP_FILE = "tf_serving_warmup_requests"  # in assets.extra; the name is Serving's
WARM_UP_SIZE = 64  # pixels
CONFIGS = {
    "models.config": """\
model_config_list {
  config {
    name: "keras_s2p"
    base_path: "/models/keras_s2p"
    model_platform: "tensorflow"
  }
}
""",
    "docker-compose.yml": """\
services:
  keras_s2p:
    image: tensorflow/serving:2.15.1
    ports:
      - "127.0.0.1:8500:8500"  # gRPC
      - "127.0.0.1:8501:8501"  # REST
    volumes:
      - ./:/models/keras_s2p:ro
    command:
      - --model_config_file=/models/keras_s2p/models.config
""",
}


def parse_args(argv):
    """The options of the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", metavar="OUT", help="folder of the versions")
    parser.add_argument(
        "--weights", help="release or run folder (default: the release)"
    )
    parser.add_argument(
        "--size", type=int,
        help="pixels a side that a square is painted at (default: the weights' own)",
    )  # fmt: skip
    parser.add_argument("--vgg-weights", default="imagenet", help="for `paper`")
    parser.add_argument(
        "--bfloat16", action="store_true", help="compute in bfloat16 (default: float32)"
    )
    args = parser.parse_args(argv)
    if args.size is not None and not 32 <= args.size <= 2048:
        parser.error("--size: must be between 32 and 2048")
    return args


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = parse_args(argv)
    policy = keras.mixed_precision.global_policy()
    try:
        if args.bfloat16:
            keras.mixed_precision.set_global_policy("mixed_bfloat16")
        painter = Painter(args.weights, args.size, args.vgg_weights)
        version, warm = export(painter, args.out)
    except (ValueError, OSError) as error:
        console.tell_error("export", error)
        return 1
    finally:
        keras.mixed_precision.set_global_policy(policy)
    if not warm:
        print('No warm-up request: it takes pip install -e ".[serving]"')
    console.say(f"{version} written")
    return 0


def export(painter, folder: str) -> tuple:
    """Writes the next version, whole or not at all.

    Args:
        painter: Painter.
        folder: where the versions are; made if it is missing.

    Returns:
        (folder of the version, whether it has a warm-up request).

    Raises:
        ValueError: another export is writing there, or the disk is full.
        OSError: the folder can not be written to.
    """
    plain_paths.check_readable("--out", folder)
    os.makedirs(folder, exist_ok=True)
    taken = f"{folder}: another export writes there; try again when it has ended"
    full = disk_space.explaining_no_space(folder, "the same command writes it")
    with full, locks.locked(os.path.join(folder, ".lock"), taken):
        names = [name for name in os.listdir(folder) if re.fullmatch("[0-9]+", name)]
        version = os.path.join(folder, str(max(map(int, names), default=0) + 1))
        module = painting_module.PaintingModule(painter)
        with files.replacing(version, folder=True) as partial:
            tf.saved_model.save(module, partial, signatures=module.signatures())
            warm = write_warm_up(partial)
            checksums.write_sums(partial)
            for name, content in CONFIGS.items():
                _write_config(os.path.join(folder, name), content)
    return version, warm


def _write_config(path, content):
    """Writes a file that starts a server, unless it is there: it may be edited."""
    if os.path.exists(path):
        return
    with files.replacing(path) as partial, open(partial, "w", encoding="utf-8") as file:
        file.write(content)


def write_warm_up(folder: str) -> bool:
    """Writes a request that the server runs before it takes others; False if not."""
    try:
        from tensorflow_serving.apis import predict_pb2, prediction_log_pb2
    except ImportError:
        return False
    blank = np.full((WARM_UP_SIZE, WARM_UP_SIZE, 3), 255, np.uint8)
    picture = tf.io.encode_png(blank).numpy()
    request = predict_pb2.PredictRequest()
    request.model_spec.name = "keras_s2p"
    request.model_spec.signature_name = "serving_default"
    for name in ("sketch_bytes", "reference_bytes"):
        request.inputs[name].CopyFrom(tf.make_tensor_proto([picture]))
    log = prediction_log_pb2.PredictionLog(
        predict_log=prediction_log_pb2.PredictLog(request=request)
    )
    extra = os.path.join(folder, "assets.extra")
    os.makedirs(extra)
    with tf.io.TFRecordWriter(os.path.join(extra, WARM_UP_FILE)) as writer:
        writer.write(log.SerializeToString())
    return True


if __name__ == "__main__":
    sys.exit(main())
