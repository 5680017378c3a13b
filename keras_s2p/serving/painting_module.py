"""The module that becomes the SavedModel: Painter as a graph of core operations.

Its paintings are those of Painter.paint to within 1 of 255. N pictures of one request
may differ in size where they are given as bytes.
"""

import functools

import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.common.graph_bytes import checked
from keras_s2p.painting import colour_hints, stages
from keras_s2p.painting import layers as layering
from keras_s2p.painting.palette import NUM_COLOURS
from keras_s2p.painting.style import LARGEST, NO_VALUE, Style, part_shapes
from keras_s2p.serving import graph_images

ROUNDING = 1e-3  # by which a sketch may be out of [-1, 1]


class PaintingModule(tf.Module):
    """The signatures of the SavedModel.

    `_bytes` are PNG, JPEG or BMP in and PNG out, strings [N]; the other tensors
    are named as everywhere in keras_s2p. A picture that can not be read, and a number
    that is not finite or out of its range, gives
    tf.errors.InvalidArgumentError, whose text names the input. STYLE is hint, palette
    and places, of which zeros mean nothing. hints_bytes are PNGs of the sketches'
    sizes, transparent but where a colour is wanted, or empty strings: none.

        serving_default {sketch_bytes, reference_bytes} -> {painting_bytes}
        hint            {reference_bytes} -> {hint}
        style           {reference_bytes} -> {STYLE}
        paint_bytes     {sketch_bytes, STYLE, hints_bytes} -> {painting_bytes}
        layers          {sketch_bytes, STYLE, hints_bytes, strength}
                            -> {painting_bytes, colour_bytes, lines_bytes}
        paint           {sketch, hint, hints_bytes} -> {painting}

    Args:
        painter: Painter.
    """

    def __init__(self, painter):
        super().__init__(name="keras_s2p")
        self._hint_encoder = painter.hint_encoder
        self._size = painter.size
        self._embed = painter.place_encoder and functools.partial(
            stages.embed, painter.place_encoder
        )
        shapes = part_shapes(painter.hint_size)
        self._style_specs = Style(
            *(
                tf.TensorSpec([None, *shape], tf.float32, name)
                for name, shape in zip(Style._fields, shapes)
            )
        )
        # Each of these is one graph in all signatures that paint.
        sketch = tf.TensorSpec([None, None, None, 1])
        strength = tf.TensorSpec([])
        generate = functools.partial(
            stages.generate, painter.generator, size=painter.size
        )
        self._generate = _traced_once(generate, sketch, self._style_specs.hint)
        self._compose = _traced_once(
            stages.compose,
            *[tf.TensorSpec([1, None, None, 3])] * 2,
            tf.TensorSpec([1, None, None, 1]),
            tf.TensorSpec([1, NUM_COLOURS, 4]),
            strength,
            tf.TensorSpec([1, None, None, 4]),
        )
        data = tf.TensorSpec([], tf.string)
        parts = Style(*(tf.TensorSpec(shape) for shape in shapes))
        self._find_style = _traced_once(self._find_style, data)
        self._find_layers = _traced_once(self._find_layers, data, parts, data, strength)
        # Alone, not within Keras's objects, so that any Keras may load them.
        self.network_variables = [
            variable for network in painter.networks() for variable in network.variables
        ]

    def signatures(self) -> dict:
        """{name: tf.function} for tf.saved_model.save."""
        sketch_bytes = tf.TensorSpec([None], tf.string, "sketch_bytes")
        reference_bytes = tf.TensorSpec([None], tf.string, "reference_bytes")
        hints_bytes = tf.TensorSpec([None], tf.string, "hints_bytes")
        strength = tf.TensorSpec([None], tf.float32, "strength")
        sketch = tf.TensorSpec([None, None, None, 1], tf.float32, "sketch")
        style = self._style_specs
        specs = {
            "serving_default": (self.paint_after, [sketch_bytes, reference_bytes]),
            "hint": (self.hint, [reference_bytes]),
            "style": (self.style, [reference_bytes]),
            "paint_bytes": (self.paint_bytes, [sketch_bytes, *style, hints_bytes]),
            "layers": (self.layers, [sketch_bytes, *style, hints_bytes, strength]),
            "paint": (self.paint, [sketch, style.hint, hints_bytes]),
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
        style = self.style(reference_bytes)
        none = tf.fill(tf.shape(sketch_bytes), "")
        return self.paint_bytes(sketch_bytes, **style, hints_bytes=none)

    def hint(self, reference_bytes):
        """The hint of each reference: [N, hint_size] float32."""

        def encode(data):
            reference = graph_images.decode_painting(data, "reference_bytes")
            return stages.encode(self._hint_encoder, stages.view_reference(reference))[
                0
            ]

        return {"hint": _map(encode, reference_bytes, tf.float32)}

    def style(self, reference_bytes):
        """The style of each reference: the parts of Style, each [N, ...] float32."""
        dtypes = Style(*[tf.float32] * len(Style._fields))
        return _map(self._find_style, reference_bytes, dtypes)._asdict()

    def paint_bytes(self, sketch_bytes, hint, palette, places, hints_bytes):
        """Paints each sketch in the style at its place."""

        def paint(inputs):
            colour, lines = self._find_layers(*inputs, 1.0)
            return graph_images.encode(layering.lay_lines(colour, lines))

        style = Style(hint, palette, places)
        inputs = (_check_inputs(sketch_bytes, style, hints_bytes), style, hints_bytes)
        return {"painting_bytes": _map(paint, inputs, tf.string)}

    def layers(self, sketch_bytes, hint, palette, places, hints_bytes, strength):
        """Paints with a strength in [0, 1], [N]; also the layers of Painter."""

        def paint(inputs):
            colour, lines = self._find_layers(*inputs)
            ink = tf.concat([-tf.ones_like(colour), -lines], axis=-1)
            layers = (layering.lay_lines(colour, lines), colour, ink)
            return tuple(graph_images.encode(layer) for layer in layers)

        style = Style(hint, palette, places)
        counted = _check_inputs(sketch_bytes, style, hints_bytes)
        counted = _check_counts(counted, strength, "sketch_bytes and strength")
        inside = tf.reduce_all((strength >= 0) & (strength <= 1))
        counted = checked(counted, inside, "strength: must be between 0 and 1")
        inputs = (counted, style, hints_bytes, strength)
        painted = _map(paint, inputs, (tf.string,) * 3)
        return dict(zip(("painting_bytes", "colour_bytes", "lines_bytes"), painted))

    def paint(self, sketch, hint, hints_bytes):
        """Paints tensors of one size.

        Args:
            sketch: [N, H, W, 1] in [-1, 1], 1 is paper.
            hint: [N, hint_size].
            hints_bytes: [N] string.

        Returns:
            painting: [N, H, W, 3] in [-1, 1].
        """
        sketch = _check_counts(sketch, hint, "sketch and hint")
        sketch = _check_counts(sketch, hints_bytes, "sketch and hints_bytes")
        sketch = _check_values(sketch, hint, "hint")
        shape = tf.shape(sketch)
        sketch = graph_images.check_size(sketch, shape[1:3], "sketch")
        inside = tf.reduce_all(tf.abs(sketch) <= 1 + ROUNDING)
        sketch = checked(sketch, inside, "sketch: must be between -1 and 1")
        painting = tf.cond(
            shape[0] > 0,
            lambda: self._paint_tensors(sketch, hint, hints_bytes),
            lambda: tf.zeros([0, shape[1], shape[2], 3]),
        )
        return {"painting": painting}

    def _paint_tensors(self, sketch, hint, hints_bytes):
        """What `paint` gives, of at least one sketch."""
        whiten = functools.partial(_map, lambda x: stages.whiten(x)[0])
        sketch = whiten(images.to_uint8(sketch), tf.float32)
        painting = self._generate(sketch, hint)

        def lay(inputs):
            painting, sketch = (x[tf.newaxis] for x in inputs[:2])
            hints = _read_hints(inputs[2], sketch)
            palette = tf.zeros([1, NUM_COLOURS, 4])
            layers = self._compose(painting, painting, sketch, palette, 1.0, hints)
            return layering.lay_lines(*layers)[0]

        return _map(lay, (painting, sketch, hints_bytes), tf.float32)

    def _find_style(self, data):
        """The Style of a reference's bytes, of parts without a first dimension."""
        reference = graph_images.decode_painting(data, "reference_bytes")
        found = stages.find_style(self._hint_encoder, self._embed, reference)
        return Style(*(part[0] for part in found))

    def _find_layers(self, data, style, hints_bytes, strength):
        """Colour and lines of a sketch's bytes, in the style of [...] parts."""
        sketch = stages.whiten(graph_images.decode_sketch(data, "sketch_bytes"))
        style = Style(*(part[tf.newaxis] for part in style))
        hints = _read_hints(hints_bytes, sketch)
        painted = stages.paint_small(
            self._generate, self._embed, sketch, style, self._size
        )
        return self._compose(*painted, sketch, style.palette, strength, hints)


def _traced_once(function, *inputs):
    """A function of tensors like `inputs` as a graph of its own."""
    return tf.function(function, input_signature=inputs, autograph=False)


def _read_hints(data, sketch):
    """Bytes as the hints of colour_hints.apply_hints for a sketch [1, H, W, 1]."""
    shape = tf.shape(sketch)[1:3]
    return colour_hints.to_hints(graph_images.decode_hints(data, shape, "hints_bytes"))


def _map(function, values, dtype):
    """One picture after another: several at once could take too much memory."""
    return tf.map_fn(function, values, fn_output_signature=dtype, parallel_iterations=1)


def _check_inputs(sketch_bytes, style, hints_bytes):
    for name, part in {**style._asdict(), "hints_bytes": hints_bytes}.items():
        sketch_bytes = _check_counts(sketch_bytes, part, f"sketch_bytes and {name}")
    for name, part in style._asdict().items():
        sketch_bytes = _check_values(sketch_bytes, part, name)
    return sketch_bytes


def _check_counts(first, second, names):
    same = tf.shape(first)[0] == tf.shape(second)[0]
    return checked(first, same, f"{names}: not as many of each")


def _check_values(value, part, name):
    """`value`, unless a part of a style is none, as style.check_style says."""
    given = tf.reduce_all(tf.abs(part) <= LARGEST)
    return checked(value, given, f"{name}: {NO_VALUE}")
