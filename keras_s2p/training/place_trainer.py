"""What the place encoder is taught: like places are those of one colour.

Not in the paper: all of it. A sketch and its reference show the same colours. So the
places of the reference that have the colour of a place of the sketch are its partners,
and they shall have its embedding (InfoNCE with several right answers; van den Oord et
al. 2018). Rare colours weigh as much as common ones. Of the sketch the encoder sees
lines and what the frozen painter makes of them, of the reference lines and colours.
"""

import keras
import tensorflow as tf

from keras_s2p.common import images, lab
from keras_s2p.common.place_drawings import SIZE, STRIDE, stack_drawing
from keras_s2p.data.sketch import extract_sketch
from keras_s2p.painting import correspondence

DECISIVENESS = 20.0  # gentler than painting's, so that near misses teach too
SAMPLES = 600  # places of a sketch that are compared in a step
LIKE = 8.0  # delta-E; a colour this far weighs exp(-1/2)
SHOWN = 0.4  # of that weight; a place with no partner as good as this is left out
RARITY = 0.03  # share of a picture below which rare colours weigh no more
RIGHT = 20.0  # delta-E within which a carried colour is right


class PlaceTrainer(keras.Model):
    """Trains a place encoder; a batch is one of pipeline.train_batches.

    Args:
        encoder: keras.Model of build_place_encoder.
        generator, hint_encoder: the painter's networks, which stay as they are.
    """

    def __init__(self, encoder, generator, hint_encoder):
        super().__init__(name="place_trainer")
        generator.trainable = hint_encoder.trainable = False
        self.encoder, self.generator = encoder, generator
        self.hint_encoder = hint_encoder
        names = "loss", "delta_e", "right"
        self.means = {name: keras.metrics.Mean(name=name) for name in names}

    def train_step(self, batch):
        """One step of the optimizer on the encoder alone."""
        with tf.GradientTape() as tape:
            loss = self.compute_losses(batch, training=True)
        self.optimizer.minimize(loss, self.encoder.trainable_variables, tape=tape)
        return {name: mean.result() for name, mean in self.means.items()}

    def test_step(self, batch):
        """The same measures without a step."""
        self.compute_losses(batch, training=False)
        return {name: mean.result() for name, mean in self.means.items()}

    @property
    def metrics(self):
        """What is set to nothing between epochs."""
        return list(self.means.values())

    def compute_losses(self, batch, training):
        """The loss, a scalar; the measures are kept in the means."""
        sketch = batch["sketch"]
        reference = images.resize(batch["reference"], (SIZE, SIZE))
        lines = tf.map_fn(
            extract_sketch,
            reference,
            fn_output_signature=tf.TensorSpec([SIZE, SIZE, 1]),
        )
        hint = self.hint_encoder(batch["reference"], training=False)
        inputs = {"sketch": sketch, "hint": hint}
        guess = tf.stop_gradient(self.generator(inputs, training=False)["painting"])
        embeddings = self.encoder(stack_drawing(sketch, guess, False), training)
        theirs = self.encoder(stack_drawing(lines, reference, True), training)
        places = correspondence.find_places(
            reference, lines, correspondence.normalise(theirs)
        )
        own = _sample_places(batch["painting"], sketch, embeddings)
        loss, delta_e, right = compare(own, places)
        for name, value in zip(self.means, (loss, delta_e, right)):
            self.means[name].update_state(value)
        return loss


def _sample_places(painting, sketch, embeddings):
    """Some places of the truth, [B, SAMPLES, E + 4] as those of a reference."""
    shape = tf.shape(sketch)[1:3] // STRIDE
    places = correspondence.find_places(
        painting, sketch, correspondence.normalise(embeddings), shape
    )
    chosen = tf.random.shuffle(tf.range(tf.shape(places)[1]))[:SAMPLES]
    return tf.gather(places, chosen, axis=1)


def compare(own, theirs):
    """How well colours are carried from a reference's places.

    Args:
        own: [B, N, E + 4] of correspondence.find_places, of a sketch's truth.
        theirs: [B, M, E + 4], of the reference.

    Returns:
        loss, delta-E and share of right colours, scalars; places whose colour the
        reference does not show count nothing.
    """
    size = own.shape[-1] - 4
    embeddings, colours, weights = tf.split(own, [size, 3, 1], axis=-1)
    _, their_colours, their_weights = tf.split(theirs, [size, 3, 1], axis=-1)
    logits = correspondence.compare_places(embeddings, theirs, DECISIVENESS)
    shares = tf.nn.softmax(logits)
    colours, their_colours = to_lab(colours), to_lab(their_colours)
    squares = tf.maximum(correspondence.find_squares(colours, their_colours), 0)
    like = tf.exp(-squares / (2 * LIKE**2))
    known = tf.linalg.matrix_transpose(their_weights)  # [B, 1, M]
    best = tf.reduce_max(like * tf.cast(known > 0.3, tf.float32), axis=-1)
    rarity = tf.reduce_mean(like * known, axis=-1) + RARITY
    weights = weights[..., 0] * tf.cast(best > SHOWN, tf.float32) / rarity
    found = tf.reduce_sum(shares * like, axis=-1) / tf.maximum(best, SHOWN)
    errors = tf.norm(tf.matmul(shares, their_colours) - colours + 1e-4, axis=-1)

    def mean(values):
        return tf.math.divide_no_nan(
            tf.reduce_sum(weights * values), tf.reduce_sum(weights)
        )

    right = tf.cast(errors <= RIGHT, tf.float32)
    return mean(-tf.math.log(found + 0.02)), mean(errors), mean(right)


def to_lab(colours):
    """[..., 3] in [-1, 1] to CIELAB, with a gradient; common/lab.py has NumPy's."""
    rgb = tf.clip_by_value((colours + 1) / 2, 0, 1)
    linear = tf.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = tf.constant(lab.SRGB_TO_XYZ.T / lab.D65, tf.float32)
    xyz = tf.tensordot(linear, matrix, 1)
    root = tf.maximum(xyz, 1e-6) ** (1 / 3)
    root = tf.where(xyz > 216 / 24389, root, (24389 / 27 * xyz + 16) / 116)
    x, y, z = tf.unstack(root, axis=-1)
    return tf.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
