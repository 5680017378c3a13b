"""What the `paintings` hint encoder is taught, by heads that are thrown away.

Not in the paper: all of it. Linear heads on the 4096 values of fc1 before its ReLU,
standardised as the generator does, must tell

- the mean colour of hair, skin, eyes, clothes and background, and which of them there
  are, where the dataset knows the regions;
- how the character was drawn (hair, garment, eyes, ...), where it knows the labels;
- the palette, as a histogram of 4 x 4 x 4 colours, and the painting itself at 8 x 8
  pixels, for every picture.

Where the regions are known, each cell of blocks 3 to 5 must tell as well which regions
it shows and in which colours: it is much sooner learnt there than from the hint alone.
"""

import keras
import tensorflow as tf

from keras_s2p.characters import character

HISTOGRAM_BINS = 4  # a channel
THUMBNAIL_SIZE = 8  # pixels
MIN_REGION_SHARE = 0.0005  # of the picture; smaller regions have no colour to learn
# Layers whose cells must tell regions and colours: 4, 8 and 16 pixels a side.
CELL_LAYERS = ("block3_conv4_relu", "block4_conv4_relu", "block5_conv4_relu")
NUM_REGIONS = len(character.REGIONS)


def build_heads(hint_size: int):
    """Linear heads on the standardised hint: a dict of outputs by task."""
    vector = keras.Input((hint_size,), name="hint")
    x = keras.layers.LayerNormalization(
        center=False, scale=False, epsilon=1e-6, dtype="float32", name="hint_norm"
    )(vector)
    # Smaller inputs keep Adam's equal steps for 4096 weights from adding up.
    x = keras.layers.Rescaling(1 / 32, dtype="float32", name="hint_scale")(x)
    sizes = {
        "colours": NUM_REGIONS * 3,
        "present": NUM_REGIONS,
        "histogram": HISTOGRAM_BINS**3,
        "thumbnail": THUMBNAIL_SIZE**2 * 3,
        **{f"label_{name}": size for name, size in character.LABEL_SIZES.items()},
    }
    outputs = {
        name: keras.layers.Dense(size, dtype="float32", name=name)(x)
        for name, size in sizes.items()
    }
    return keras.Model(vector, outputs, name="heads")


class HintTrainer(keras.Model):
    """Encoder and heads; a batch has `painting`, `regions`, `labels`."""

    def __init__(self, encoder, hint_size):
        super().__init__(name="hint_trainer")
        layers = [encoder.get_layer(name).output for name in CELL_LAYERS]
        self.encoder = keras.Model(encoder.input, [encoder.output, *layers])
        self.heads = build_heads(hint_size)
        self.cell_heads = [
            keras.layers.Conv2D(NUM_REGIONS * 4 + 1, 1, dtype="float32", name=name)
            for name in CELL_LAYERS
        ]
        for head, x in zip(self.cell_heads, layers):
            head.build(x.shape)
        names = (
            "loss", "colours", "present", "labels", "histogram", "thumbnail", "cells"
        )  # fmt: skip
        self.means = {name: keras.metrics.Mean(name=name) for name in names}

    def train_step(self, batch):
        with tf.GradientTape() as tape:
            loss = self.compute_losses(batch, training=True)
        self.optimizer.minimize(loss, self.trainable_variables, tape=tape)
        return {name: mean.result() for name, mean in self.means.items()}

    def test_step(self, batch):
        self.compute_losses(batch, training=False)
        return {name: mean.result() for name, mean in self.means.items()}

    def compute_losses(self, batch, training):
        vector, *cells = self.encoder(batch["painting"], training=training)
        outputs = self.heads(vector)
        colours, present, known = region_colours(batch["painting"], batch["regions"])
        shape = tf.shape(colours)
        error = tf.abs(tf.reshape(outputs["colours"], shape) - colours)
        mask = present * known
        results = {
            "colours": weighted_mean(tf.reduce_mean(error, -1), mask),
            "present": weighted_mean(
                tf.nn.sigmoid_cross_entropy_with_logits(present, outputs["present"]),
                known * tf.ones_like(present),
            ),
            "labels": self.label_loss(batch["labels"], outputs),
            "histogram": tf.reduce_mean(
                tf.nn.softmax_cross_entropy_with_logits(
                    histogram(batch["painting"]), outputs["histogram"]
                )
            ),
            "thumbnail": tf.reduce_mean(
                tf.abs(thumbnail(batch["painting"]) - outputs["thumbnail"])
            ),
            "cells": sum(
                cell_loss(head(x), batch["painting"], batch["regions"], known)
                for head, x in zip(self.cell_heads, cells)
            ),
        }
        # Not in the paper: colours are what a painter needs, so they weigh most.
        loss = (
            10 * results["colours"]
            + results["present"]
            + 0.3 * results["labels"]
            + 0.5 * results["histogram"]
            + 3 * results["thumbnail"]
            + results["cells"]
        )
        for name, value in {"loss": loss, **results}.items():
            self.means[name].update_state(value)
        return loss

    def label_loss(self, labels, outputs):
        """Mean cross entropy over the labels that are known (not -1)."""
        total = 0.0
        for i, name in enumerate(character.LABEL_SIZES):
            entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
                tf.maximum(labels[:, i], 0), outputs[f"label_{name}"]
            )
            total += weighted_mean(entropy, tf.cast(labels[:, i] >= 0, tf.float32))
        return total / len(character.LABEL_SIZES)


def cell_loss(outputs, painting, regions, known):
    """How well cells tell their regions and the regions' mean colours.

    Args:
        outputs: [B, h, w, R + 1 + 3 R], logits of the R regions and of none of them,
            then the colours; h and w divide H and W.
        painting: as for region_colours.
        regions: as for region_colours.
        known: [B, 1], of region_colours.

    Returns:
        cross entropy of the regions' shares plus 3 times the L1 of the colours.
    """
    cell = painting.shape[1] // outputs.shape[1]
    masks = tf.one_hot(regions[..., 0], NUM_REGIONS)  # [B, H, W, R]
    coloured = masks[..., None] * painting[..., None, :]
    coloured = tf.reshape(coloured, [*painting.shape[:3], NUM_REGIONS * 3])
    shares = tf.nn.avg_pool2d(masks, cell, cell, "VALID")
    colours = tf.nn.avg_pool2d(coloured, cell, cell, "VALID")
    colours /= tf.repeat(tf.maximum(shares, 1e-6), 3, axis=-1)

    none = 1 - tf.reduce_sum(shares, -1, keepdims=True)
    entropy = tf.nn.softmax_cross_entropy_with_logits(
        tf.concat([shares, none], -1), outputs[..., : NUM_REGIONS + 1]
    )
    error = tf.abs(outputs[..., NUM_REGIONS + 1 :] - colours)
    mask = tf.repeat(tf.cast(shares > 0.1, tf.float32), 3, axis=-1)
    return weighted_mean(entropy, known[..., None] * tf.ones_like(entropy)) + (
        3 * weighted_mean(error, mask)
    )


def region_colours(painting, regions):
    """Mean colour of each region.

    Args:
        painting: [B, H, W, 3] in [-1, 1].
        regions: [B, H, W, 1] uint8; 255 everywhere if not known.

    Returns:
        colours [B, R, 3], present [B, R] and known [B, 1], 0 or 1, for the R regions of
        character.REGIONS.
    """
    masks = tf.one_hot(regions[..., 0], NUM_REGIONS)  # [B, H, W, R]
    share = tf.reduce_mean(masks, axis=[1, 2])
    colours = tf.einsum("bhwr,bhwc->brc", masks, painting)
    colours /= tf.maximum(tf.reduce_sum(masks, axis=[1, 2])[..., None], 1)
    present = tf.cast(share > MIN_REGION_SHARE, tf.float32)
    known = tf.cast(tf.reduce_sum(share, -1, keepdims=True) > 0, tf.float32)
    return colours, present, known


def histogram(painting):
    """Share of each of the 4 x 4 x 4 colours: [B, H, W, 3] to [B, 64]."""
    levels = tf.cast((painting + 1) * (HISTOGRAM_BINS / 2), tf.int32)
    levels = tf.clip_by_value(levels, 0, HISTOGRAM_BINS - 1)
    bins = tf.reduce_sum(levels * [HISTOGRAM_BINS**2, HISTOGRAM_BINS, 1], axis=-1)
    return tf.reduce_mean(tf.one_hot(bins, HISTOGRAM_BINS**3), axis=[1, 2])


def thumbnail(painting):
    """The painting at 8 x 8 pixels: [B, H, W, 3] to [B, 192]."""
    small = tf.image.resize(painting, [THUMBNAIL_SIZE] * 2, method="area")
    return tf.reshape(small, [-1, THUMBNAIL_SIZE**2 * 3])


def weighted_mean(values, mask):
    """Mean of the values where the mask is 1; 0 if it is nowhere."""
    return tf.reduce_sum(values * mask) / tf.maximum(tf.reduce_sum(mask), 1)
