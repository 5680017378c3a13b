"""Paints with an exported SavedModel: with any newer TensorFlow, and without Keras.

Example:
    from keras_s2p.serving.saved_model import SavedModelPainter
    SavedModelPainter("models/keras_s2p").paint("sketch.png", "reference.png")
"""

import io
import os

import numpy as np
import PIL.Image
import tensorflow as tf

from keras_s2p.common import errors, files, plain_paths
from keras_s2p.painting.base_painter import BasePainter, Layers
from keras_s2p.painting.style import Style
from keras_s2p.serving import checksums


class SavedModelPainter(BasePainter):
    """Paints as Painter does; BasePainter says how to call it.

    Args:
        folder: a version written by `python -m keras_s2p.export`, or the folder of the
            versions, of which the newest is taken.

    Raises:
        ValueError: there is no such model, or it is damaged, in one sentence.
    """

    def __init__(self, folder):
        path = find_version(os.fspath(folder))
        files.check_regular(path)  # TensorFlow would wait for a pipe
        checksums.check_sums(path)
        try:
            with plain_paths.without_patterns(path) as plain:
                self.model = tf.saved_model.load(plain)
            self.signatures = self.model.signatures
            hint = self.signatures["hint"].structured_outputs["hint"]
            self.hint_size = hint.shape[-1]
            self.signatures["style"].structured_outputs["places"]
        except (
            OSError, LookupError, AttributeError, RuntimeError, TypeError, ValueError,
            tf.errors.OpError,
        ) as error:  # fmt: skip
            reason = errors.find_reason(error)
            raise ValueError(f"{path}: not an exported model ({reason})") from None

    def _encode(self, reference):
        reference_bytes = tf.constant([_to_png(reference)])
        return self.signatures["hint"](reference_bytes=reference_bytes)["hint"]

    def _find_style(self, reference):
        reference_bytes = tf.constant([_to_png(reference)])
        return Style(**self.signatures["style"](reference_bytes=reference_bytes))

    def _paint(self, sketch, style, strength, layers, hints):
        inputs = {name: tf.constant(part) for name, part in style._asdict().items()}
        inputs["sketch_bytes"] = tf.constant([_to_png(sketch)])
        inputs["hints_bytes"] = tf.constant([b"" if hints is None else _to_png(hints)])
        name = "paint_bytes"
        if layers or strength < 1:
            name = "layers"
            inputs["strength"] = tf.constant([strength], tf.float32)
        painted = self.signatures[name](**inputs)
        painting = _from_png(painted["painting_bytes"])
        if not layers:
            return painting
        lines = _from_png(painted["lines_bytes"])
        return Layers(painting, _from_png(painted["colour_bytes"]), lines)


def find_version(folder: str) -> str:
    """The version's folder itself, or the newest of those in `folder`.

    Raises:
        ValueError: neither.
    """
    if os.path.isfile(os.path.join(folder, "saved_model.pb")):
        return folder
    names = os.listdir(folder) if os.path.isdir(folder) else []
    versions = [name for name in names if name.isascii() and name.isdigit()]
    if not versions:
        raise ValueError(f"{folder}: no exported model")
    return os.path.join(folder, max(versions, key=int))


def _to_png(pixels):
    """[H, W, 1, 3 or 4] uint8 as the bytes of a PNG."""
    return tf.io.encode_png(pixels, compression=1).numpy()


def _from_png(data):
    """The first of [N] PNGs as a PIL image."""
    image = PIL.Image.open(io.BytesIO(np.asarray(data)[0]), formats=["PNG"])
    image.load()
    return image
