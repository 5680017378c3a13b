"""A short training on some logical devices, or as one of several workers.

Run by test_synchronized.py. Prints one JSON line: the losses of each step, and where
the weights went. With TF_CONFIG in the environment it is one of the workers.
"""

import dataclasses
import json
import os
import sys

import keras
import numpy as np
import tensorflow as tf
from conftest import TINY

from keras_s2p.common.config import TrainConfig
from keras_s2p.data.pipeline import add_other_references
from keras_s2p.networks.hint import build_hint_encoder
from keras_s2p.training import assembly, strategies

EXAMPLES, BATCH_SIZE = 37, 12  # an odd number, of which none share a batch


def make_batches():
    """Batches of noise, in an order that does not depend on the devices.

    The first pictures of a batch are dark and nearly flat, the last ones of full
    contrast, so that those of one replica tell little of those of another.
    """
    rng = np.random.default_rng(0)
    shape = (EXAMPLES, 32, 32)
    pictures = {
        name: rng.uniform(-1, 1, (*shape, channels)).astype(np.float32)
        for name, channels in (("sketch", 1), ("painting", 3), ("reference", 3))
    }
    contrast = np.linspace(0.05, 1, BATCH_SIZE, dtype=np.float32)[:, None, None, None]

    def darken(batch):
        return {name: x * contrast + contrast - 1 for name, x in batch.items()}

    data = tf.data.Dataset.from_tensor_slices(pictures).repeat()
    data = data.batch(BATCH_SIZE, drop_remainder=True).map(darken)
    return data.map(add_other_references)


def main(replicas, adversarial, synchronized, mixed):
    """Trains, and prints what came out."""
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0],
        [tf.config.LogicalDeviceConfiguration()] * replicas,
    )
    several = "multiworker" if "TF_CONFIG" in os.environ else "mirrored"
    strategy, _ = strategies.make_strategy(several)
    choices = {"auto": None, "yes": True, "no": False}
    config = TrainConfig(
        size=32, batch_size=BATCH_SIZE, adversarial=adversarial, shift_every=1,
        encoder_share=0.5, synchronized=choices[synchronized],
    )  # fmt: skip
    keras.utils.set_random_seed(0)
    with strategies.precision(mixed == "mixed"), strategy.scope():
        trainer = assembly.build_trainer(
            dataclasses.replace(TINY, guides=False), config, build_hint_encoder(TINY),
            synchronized=strategies.is_synchronized(strategy, config),
        )  # fmt: skip
        if trainer.discriminator is not None:
            # What is drawn for it depends on what else was built before it.
            rng = np.random.default_rng(1)
            trainer.discriminator.set_weights(
                [
                    rng.normal(0, 0.02, x.shape) if x.ndim > 1 else x
                    for x in trainer.discriminator.get_weights()
                ]
            )
        # Adam would make much of the smallest differences.
        trainer.compile(*(keras.optimizers.SGD(1e-4) for _ in range(2)))
        before = np.concatenate([x.ravel() for x in trainer.network.get_weights()])
        losses = []
        record = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda batch, logs: losses.append(
                [logs["g_loss"], logs["d_loss"]]
            )
        )
        data = make_batches()
        steps = 20 if adversarial == "none" else 4  # equations 3 and 4 part sooner
        trainer.fit(data, steps_per_epoch=steps, verbose=0, callbacks=[record])
        after = np.concatenate([x.ravel() for x in trainer.network.get_weights()])
        moved = (after - before).astype(float).tolist()
    print("RESULT " + json.dumps({"losses": losses, "moved": moved}, default=float))


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
