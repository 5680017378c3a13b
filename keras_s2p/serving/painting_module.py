"""The module that becomes the SavedModel: Painter as a graph of core operations.

Its paintings are those of Painter.paint to within 1 of 255. N pictures of one request
may differ in size where they are given as bytes.
"""

import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.painting import layers as layering
from keras_s2p.painting import palette as palettes
from keras_s2p.painting import paper
from keras_s2p.painting.base_painter import shrink_reference
from keras_s2p.painting.calibration import NUM_PLACES, calibrate
from keras_s2p.painting.painter import (
    calibrate_reference,
    encode_reference,
    generate_averaged,
)
from keras_s2p.serving import graph_images


class PaintingModule(tf.Module):
    """The signatures of the SavedModel.

    `_bytes` are PNG, JPEG, GIF or BMP in and PNG out, strings [N]; the other tensors
    are named as everywhere in keras_s2p. A picture that can not be read gives
    tf.errors.InvalidArgumentError, whose text names the input.

        serving_default {sketch_bytes, reference_bytes} -> {painting_bytes}
        hint            {reference_bytes} -> {hint}
        palette         {reference_bytes} -> {palette}
        calibration     {reference_bytes, hint} -> {calibration}
        paint_bytes     {sketch_bytes, hint, palette, calibration} -> {painting_bytes}
        layers          {sketch_bytes, hint, palette, calibration, strength}
                            -> {painting_bytes, colour_bytes, lines_bytes}
        paint           {sketch, hint} -> {painting}

    A palette and a calibration of zeros leave the colours as the network paints them,
    as `paint` does.

    Args:
        painter: Painter.
    """

    def __init__(self, painter):
        super().__init__(name="keras_s2p")
        self._painter = painter
        # Alone, not within Keras's objects, so that any Keras may load them.
        self.network_variables = [
            *painter.generator.variables, *painter.hint_encoder.variables
        ]  # fmt: skip

    def signatures(self) -> dict:
        """{name: tf.function} for tf.saved_model.save."""
        sketch_bytes = tf.TensorSpec([None], tf.string, "sketch_bytes")
        reference_bytes = tf.TensorSpec([None], tf.string, "reference_bytes")
        hint = tf.TensorSpec([None, self._painter.hint_size], tf.float32, "hint")
        palette = tf.TensorSpec([None, palettes.NUM_COLOURS, 4], tf.float32, "palette")
        calibration = [None, NUM_PLACES, self._painter.num_features + 3]
        calibration = tf.TensorSpec(calibration, tf.float32, "calibration")
        strength = tf.TensorSpec([None], tf.float32, "strength")
        sketch = tf.TensorSpec([None, None, None, 1], tf.float32, "sketch")
        specs = {
            "serving_default": (self.paint_after, [sketch_bytes, reference_bytes]),
            "hint": (self.hint, [reference_bytes]),
            "palette": (self.palette, [reference_bytes]),
            "calibration": (self.calibration, [reference_bytes, hint]),
            "paint_bytes": (
                self.paint_bytes,
                [sketch_bytes, hint, palette, calibration],
            ),
            "layers": (
                self.layers,
                [sketch_bytes, hint, palette, calibration, strength],
            ),
            "paint": (self.paint, [sketch, hint]),
        }
        return {
            name: tf.function(function, input_signature=inputs, autograph=False)
            for name, (function, inputs) in specs.items()
        }

    def paint_after(self, sketch_bytes, reference_bytes):
        """Paints each sketch after the reference at its place."""
        sketch_bytes = _check_counts(
            sketch_bytes, reference_bytes, "sketch_bytes and reference_bytes"
        )
        references = _read_references(reference_bytes)
        hint = encode_reference(self._painter.hint_encoder, references)
        palette = palettes.find_palette(references)
        calibration = self._calibrate(references, hint)
        return self.paint_bytes(sketch_bytes, hint, palette, calibration)

    def hint(self, reference_bytes):
        """The hint of each reference: [N, hint_size] float32."""
        references = _read_references(reference_bytes)
        return {"hint": encode_reference(self._painter.hint_encoder, references)}

    def palette(self, reference_bytes):
        """The palette of each reference: [N, NUM_COLOURS, 4] float32."""
        return {"palette": palettes.find_palette(_read_references(reference_bytes))}

    def calibration(self, reference_bytes, hint):
        """What a painting of each reference lacks: [N, places, features + 3]."""
        counted = _check_counts(reference_bytes, hint, "reference_bytes and hint")
        return {"calibration": self._calibrate(_read_references(counted), hint)}

    def paint_bytes(self, sketch_bytes, hint, palette, calibration):
        """Paints each sketch after the hint at its place, matched to its palette."""

        def paint(inputs):
            data, hint, palette, calibration = inputs
            sketch = _read_sketch(data)
            small = self._paint_small(sketch, hint[tf.newaxis], calibration[tf.newaxis])
            layers = layering.find_layers(small, sketch, palette[tf.newaxis])
            return graph_images.encode(layering.lay_lines(*layers))

        counted = _check_counts(sketch_bytes, hint, "sketch_bytes and hint")
        counted = _check_counts(counted, palette, "sketch_bytes and palette")
        counted = _check_counts(counted, calibration, "sketch_bytes and calibration")
        inputs = (counted, hint, palette, calibration)
        return {"painting_bytes": _map(paint, inputs, tf.string)}

    def layers(self, sketch_bytes, hint, palette, calibration, strength):
        """Paints with a strength in [0, 1], [N]; also the layers of Painter."""

        def paint(inputs):
            data, hint, palette, calibration, strength = inputs
            sketch, hint = _read_sketch(data), hint[tf.newaxis]
            painting = self._paint_small(sketch, hint, calibration[tf.newaxis])

            def weaken():
                own = self._paint_small(sketch, tf.zeros_like(hint))
                return strength * painting + (1 - strength) * own

            painting = tf.cond(strength < 1, weaken, lambda: painting)
            colour, lines = layering.find_layers(
                painting, sketch, palette[tf.newaxis], strength
            )
            ink = tf.concat([-tf.ones_like(colour), -lines], axis=-1)
            layers = (layering.lay_lines(colour, lines), colour, ink)
            return tuple(graph_images.encode(layer) for layer in layers)

        counted = _check_counts(sketch_bytes, hint, "sketch_bytes and hint")
        counted = _check_counts(counted, palette, "sketch_bytes and palette")
        counted = _check_counts(counted, calibration, "sketch_bytes and calibration")
        counted = _check_counts(counted, strength, "sketch_bytes and strength")
        inputs = (counted, hint, palette, calibration, strength)
        painting, colour, lines = _map(paint, inputs, (tf.string,) * 3)
        return {
            "painting_bytes": painting, "colour_bytes": colour, "lines_bytes": lines
        }  # fmt: skip

    def paint(self, sketch, hint):
        """Paints tensors of one size.

        Args:
            sketch: [N, H, W, 1] in [-1, 1], 1 is paper.
            hint: [N, hint_size].

        Returns:
            painting: [N, H, W, 3] in [-1, 1].
        """
        sketch = _check_counts(sketch, hint, "sketch and hint")
        sketch = graph_images.check_size(sketch, tf.shape(sketch)[1:3], "sketch")
        pixels = images.to_uint8(sketch)
        sketch = _map(paper.whiten_paper, pixels, tf.float32)
        layers = layering.find_layers(self._paint_small(sketch, hint), sketch)
        return {"painting": layering.lay_lines(*layers)}

    def _paint_small(self, sketch, hint, calibration=None):
        """The generator's painting, at the working size."""
        painting, features = self._average(sketch, hint)
        if calibration is None:
            return painting
        return calibrate(painting, features, calibration)

    def _calibrate(self, references, hint):
        """Calibration of [N, 256, 256, 3], one after another."""

        def find(inputs):
            reference, hint = inputs
            return calibrate_reference(
                self._average, reference[tf.newaxis], hint[tf.newaxis]
            )[0]

        return _map(find, (references, hint), tf.float32)

    def _average(self, sketch, hint):
        painter = self._painter
        return generate_averaged(painter.network, sketch, hint, painter.size)


def _read_sketch(data):
    """Bytes as [1, H, W, 1] in [-1, 1] on white paper."""
    sketch = graph_images.decode_sketch(data, "sketch_bytes")
    return paper.whiten_paper(sketch)[tf.newaxis]


def _read_references(reference_bytes):
    """[N] strings to the hint encoder's [N, 256, 256, 3] in [-1, 1]."""

    def read(data):
        reference = graph_images.decode_painting(data, "reference_bytes")
        return shrink_reference(reference)[0]

    return _map(read, reference_bytes, tf.float32)


def _map(function, values, dtype):
    """One picture after another: several at once could take too much memory."""
    return tf.map_fn(function, values, fn_output_signature=dtype, parallel_iterations=1)


def _check_counts(first, second, names):
    same = tf.shape(first)[0] == tf.shape(second)[0]
    return graph_images.checked(first, same, f"{names}: not as many of each")
