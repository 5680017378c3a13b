"""Batch normalisation that sees the examples of all replicas of a training."""

import keras


def synchronize(network):
    """The same network with batch normalisation over all replicas.

    Not in the paper: of the few pictures that a replica may hold ("no more than 4" in
    all), means and variances differ much from those of the whole batch.

    Args:
        network: keras.Model of build_generator, build_discriminator or
            build_hint_encoder; to be called in the scope of the training's strategy.

    Returns:
        keras.Model of layers of its own, with the same names, inputs, outputs and
        weights.
    """
    clone = keras.models.clone_model(network, clone_function=_synchronize_layer)
    clone.set_weights(network.get_weights())
    clone.trainable = network.trainable
    return clone


def _synchronize_layer(layer):
    config = layer.get_config()
    if isinstance(layer, keras.layers.BatchNormalization):
        # The variance is found as a difference of two means, for which bfloat16 is too
        # coarse.
        config.update(synchronized=True, dtype="float32")
    return type(layer).from_config(config)
