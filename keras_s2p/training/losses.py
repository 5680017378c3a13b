"""Equations 1 to 5, one function each."""

import tensorflow as tf

from keras_s2p.common import images


def l1_loss_colour_guides(painting, outputs, guide_1_weight, guide_2_weight):
    """Equation 1: both guide decoders learn the painting in colour.

    Args:
        painting: [B, H, W, 3] float32 in [-1, 1], y.
        outputs: dict of the generator's outputs; guides that are missing count 0, and
            guide_1 may have one channel or three.
        guide_1_weight: alpha; section 3.1 recommends 0.3.
        guide_2_weight: beta; section 3.1 recommends 0.9.

    Returns:
        Scalar, averaged over batch, pixels and channels.
    """
    loss = mean_absolute_error(painting, outputs["painting"])
    if "guide_1" in outputs:
        loss += guide_1_weight * mean_absolute_error(painting, outputs["guide_1"])
        loss += guide_2_weight * mean_absolute_error(painting, outputs["guide_2"])
    return loss


def l1_loss(painting, outputs, guide_1_weight, guide_2_weight):
    """Equation 2: as equation 1, but guide decoder 1 learns T(y), the grey painting.

    Args and result are those of l1_loss_colour_guides; guide_1 is [B, H, W, 1].
    """
    loss = mean_absolute_error(painting, outputs["painting"])
    if "guide_1" in outputs:
        gray = images.to_gray(painting)
        loss += guide_1_weight * mean_absolute_error(gray, outputs["guide_1"])
        loss += guide_2_weight * mean_absolute_error(painting, outputs["guide_2"])
    return loss


def eye_loss(painting, output, eyes):
    """What the eyes add to the L1 of the painting, so that their colour is learnt.

    Not in the paper.

    Args:
        painting: [B, H, W, 3] float32 in [-1, 1], y.
        output: [B, H, W, 3], the generator's painting.
        eyes: [B, H, W, 1] in [0, 1], 1 inside the irises.

    Returns:
        Scalar, averaged over all pixels, so that a weight of 1 counts eyes twice.
    """
    return mean_absolute_error(eyes * painting, eyes * tf.cast(output, eyes.dtype))


def acgan_losses(real_scores, fake_scores, hint):
    """Equation 3, read as soft targets.

    As printed, Log(D(y) + (1 - V(y))) is undefined for an unbounded V. The text says
    that the outputs "will all be minimized to 0 when the input is fake and approach to
    the same value of VGG 19's fc1 when the input is real". So D's sigmoid approaches
    sigmoid(V(y)) for a real painting and 0 for a fake, by cross entropy.
    Not in the paper: the generator's side; it moves D's outputs on its painting towards
    sigmoid(V(y)), which is the gradient "to tell the style" that section 3.2 asks for.

    Args:
        real_scores: [B, hint_size], D(y) before its sigmoid.
        fake_scores: [B, hint_size], D(G_f(x, V)) before its sigmoid.
        hint: [B, hint_size], V, unbounded.

    Returns:
        (d_loss, g_loss): scalars, averaged over batch and outputs.
    """
    style = tf.sigmoid(hint)
    d_loss = cross_entropy(style, real_scores) + cross_entropy(
        tf.zeros_like(style), fake_scores
    )
    return d_loss, cross_entropy(style, fake_scores)


def acgan_losses_literal(real_scores, fake_scores, hint):
    """Equation 3 as printed: Log(D(y) + (1 - V(y))) + Log(1 - D(G_f(x, V(x)))).

    Not in the paper: V(y) goes through a sigmoid, without which the logarithm is of
    negative numbers. Args and result are those of acgan_losses; the generator minimises
    the second term.
    """
    real = tf.sigmoid(real_scores) + (1 - tf.sigmoid(hint))
    real = tf.math.log(tf.maximum(real, 1e-6))
    fake = tf.math.log_sigmoid(-fake_scores)  # log(1 - sigmoid(s)), without overflow
    fake = tf.reduce_mean(fake)
    return -(tf.reduce_mean(real) + fake), fake


def dcgan_losses(real_scores, fake_scores):
    """Equation 4: Log(D(y)) + Log(1 - D(G_f(x, V(x)))).

    Not in the paper: the generator maximises Log(D(G_f)), DCGAN's own form, whose
    gradient does not vanish while D wins.

    Args:
        real_scores: [B, 1], D(y) before its sigmoid.
        fake_scores: [B, 1], D(G_f(x, V)) before its sigmoid.

    Returns:
        (d_loss, g_loss): scalars, averaged over the batch.
    """
    ones = tf.ones_like(real_scores)
    d_loss = cross_entropy(ones, real_scores) + cross_entropy(
        tf.zeros_like(ones), fake_scores
    )
    return d_loss, cross_entropy(ones, fake_scores)


def generator_loss(adversarial_loss, l1, l1_weight):
    """Equation 5, what the generator minimises: L_GAN + lambda L_l1.

    Args:
        adversarial_loss: scalar, the generator's side of equation 3 or 4.
        l1: scalar, equation 1 or 2.
        l1_weight: lambda, which the paper does not give.
    """
    return adversarial_loss + l1_weight * l1


def mean_absolute_error(target, output):
    """Mean of |target - output| over all axes, in the target's precision: float32."""
    return tf.reduce_mean(tf.abs(target - tf.cast(output, target.dtype)))


def cross_entropy(target, scores):
    """Mean binary cross entropy of scores before their sigmoid."""
    return tf.reduce_mean(
        tf.nn.sigmoid_cross_entropy_with_logits(labels=target, logits=scores)
    )
