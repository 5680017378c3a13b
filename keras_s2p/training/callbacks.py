"""Callbacks of train.py: moving average, checkpoints by steps, sample grids."""

import functools
import os
import tempfile

import keras
import numpy as np
import tensorflow as tf

from keras_s2p.common import console, contact_sheets, images, picture_files
from keras_s2p.networks import weight_files, weights
from keras_s2p.training import checkpoints

HEADINGS = (
    "sketch", "reference A", "painting A", "reference B", "painting B", "truth"
)  # fmt: skip
AVERAGE_EVERY = 10  # steps; across workers each time costs a round of messages


class AverageGenerator(keras.callbacks.Callback):
    """Keeps trainer.averaged the moving average of trainer.generator.

    Not in the paper: the averages of batch normalisation over some ten batches, and the
    weights themselves, wander from step to step; their average paints steadily. Begun
    with a shorter memory, so that it soon forgets the first weights, which the shortest
    trainings would be left with: before the first average it is the generator itself.

    Args:
        trainer: compiled Trainer.
        decay: share of the average that one step leaves, in (0, 1).
    """

    def __init__(self, trainer, decay: float):
        super().__init__()
        self.step = trainer.generator_optimizer.iterations
        self.pairs = list(zip(trainer.averaged.weights, trainer.generator.weights))
        if trainer.encoder_learns:
            self.pairs += zip(
                trainer.averaged_encoder.weights, trainer.hint_encoder.weights
            )
        self.decay = decay
        self.update = tf.function(self.move_average)

    def on_train_batch_end(self, batch, logs=None):
        step = int(self.step.numpy())
        if step < AVERAGE_EVERY or step % AVERAGE_EVERY == 0:
            self.update()

    def move_average(self):
        step = tf.cast(self.step, tf.float32)
        decay = tf.minimum(
            self.decay**AVERAGE_EVERY, step / (step + 10 * AVERAGE_EVERY)
        )
        decay = tf.where(step < AVERAGE_EVERY, 0.0, decay)
        for average, weight in self.pairs:
            average.assign(decay * average + (1 - decay) * weight)


class Checkpoint(keras.callbacks.Callback):
    """Writes and restores networks, both optimizers and their iterations.

    One Keras epoch of train.py is the steps between two checkpoints, so a killed run
    loses at most those.

    Args:
        trainer: compiled Trainer.
        folder: `checkpoints` of the run folder; the newest two are kept.
        chief: with several worker processes, whether this one owns the folder; the
            others must take part in the saving and write to a temporary folder.
    """

    def __init__(self, trainer, folder: str, chief: bool = True):
        super().__init__()
        parts = {
            "generator": trainer.generator,
            "generator_optimizer": trainer.generator_optimizer,
        }
        if trainer.averaged is not trainer.generator:
            parts["averaged"] = trainer.averaged
        # A frozen V lies elsewhere; VGG 19 would add half a gigabyte to each.
        if trainer.config.encoder_share:
            parts["hint_encoder"] = trainer.hint_encoder
            parts["averaged_encoder"] = trainer.averaged_encoder
        if trainer.discriminator is not None:
            parts["discriminator"] = trainer.discriminator
            parts["discriminator_optimizer"] = trainer.discriminator_optimizer
        self.parts = parts
        checkpoint = tf.train.Checkpoint(**parts)
        self.step = trainer.generator_optimizer.iterations
        self.folder = folder
        self.chief = chief
        self.checkpoint = checkpoint
        checkpoints.find_latest(folder)  # the manager would not name the file
        if chief:
            checkpoints.finish(folder)

    @functools.cached_property
    def manager(self):
        """Made while it is trained: where temporary files are in the run folder."""
        folder = self.folder if self.chief else tempfile.mkdtemp()
        return tf.train.CheckpointManager(self.checkpoint, folder, max_to_keep=2)

    def restore(self) -> int:
        """Restores the newest checkpoint, if any, and gives the steps done so far.

        Raises:
            ValueError: the checkpoint is damaged or of another network.
        """
        checkpoints.restore(self.checkpoint, self.folder)
        return int(self.step.numpy())

    def count_bytes(self) -> int:
        """What a checkpoint takes on disk, about."""
        variables = [
            variable for part in self.parts.values() for variable in _variables(part)
        ]
        return sum(4 * int(np.prod(variable.shape)) for variable in variables)

    def on_epoch_end(self, epoch, logs=None):
        checkpoints.save(self.manager, int(self.step.numpy()))


def _variables(part):
    """Of a network, or of an optimizer, where it is a function."""
    return part.variables() if callable(part.variables) else part.variables


class SaveNetworks(keras.callbacks.Callback):
    """Writes the latest generator into the run folder, and V if it learns, to paint."""

    def __init__(self, trainer, run_folder: str):
        super().__init__()
        self.networks = {weights.GENERATOR_FILE: trainer.averaged}
        self.trained = [trainer.generator]  # what the checkpoint will hold, besides
        if trainer.config.encoder_share:
            self.networks[weights.HINT_ENCODER_FILE] = trainer.averaged_encoder
            self.trained.append(trainer.hint_encoder)
        if trainer.discriminator is not None:
            self.trained.append(trainer.discriminator)
        self.folder = run_folder

    def on_epoch_end(self, epoch, logs=None):
        for network in self.trained:  # the average may follow in some steps only
            path = os.path.join(self.folder, weights.GENERATOR_FILE)
            weights.check_trained(network, path)
        self._write()

    def mend(self):
        """Writes the networks if a file of theirs is missing, damaged or older."""
        paths = {name: os.path.join(self.folder, name) for name in self.networks}
        bad = [
            paths[name]
            for name, network in self.networks.items()
            if not weights.is_whole(network, paths[name])
        ]
        pairs = [] if bad else map(weight_files.read_pair, paths.values())
        if len(set(map(str, pairs))) > 1:
            bad = list(paths.values())
        if bad:
            self._write()
        for path in bad:
            console.say(
                f"{path} was missing, damaged or of another step, and is written anew"
            )

    def _write(self):
        with weights.replacing(self.networks, self.folder):
            pass  # together, as neither paints with another step's


class StopElsewhere(keras.callbacks.Callback):
    """Ends a training whose run folder is gone, before another one's is written to.

    Its lock went with it: where the folder is made anew, another may train in it.

    Args:
        folder: the run folder.
    """

    def __init__(self, folder: str):
        super().__init__()
        self.folder, self.status = folder, os.stat(folder)

    def on_epoch_end(self, epoch, logs=None):
        try:
            same = os.path.samestat(self.status, os.stat(self.folder))
        except FileNotFoundError:
            same = False
        if not same:
            raise ValueError(f"{self.folder}: was removed or replaced meanwhile")


class StopAtNaN(keras.callbacks.Callback):
    """Ends a training whose loss is no number, before anything is saved.

    Args:
        step: the optimizer's count of steps.
        folder: of the checkpoints.
    """

    def __init__(self, step, folder: str):
        super().__init__()
        self.step, self.folder = step, folder

    def on_train_batch_end(self, batch, logs=None):
        for name, value in (logs or {}).items():
            if not np.isfinite(value):
                kept = checkpoints.find_step(self.folder)
                left = f"the checkpoint of step {kept} is kept" if kept else ""
                raise ValueError(
                    f"{name}: the loss is no number at step {int(self.step)}; "
                    f"{left or 'there is no checkpoint yet'}; a lower "
                    "--learning-rate, with another --run-dir, may help"
                )


class SampleGrid(keras.callbacks.Callback):
    """Paints fixed sketches under two different references, to a PNG and TensorBoard.

    HEADINGS says what a row shows; the truth is that of reference A. If paintings A and
    B are alike the network is reference-blind.

    Args:
        trainer: the Trainer.
        batch: a batch of the validation data; its references, rolled by one row, are
            the second references.
        folder: `samples` of the run folder.
        logs: TensorBoard's folder.
    """

    def __init__(self, trainer, batch, folder: str, logs: str):
        super().__init__()
        self.generator = trainer.averaged
        self.step = trainer.generator_optimizer.iterations
        self.batch = batch
        self.references = [batch["reference"], tf.roll(batch["reference"], 1, axis=0)]
        self.encode_hint = trainer.encode_averaged
        self.folder = folder
        # TensorFlow's errors would name no file.
        for each in (folder, logs, os.path.join(logs, "train")):
            os.makedirs(each, exist_ok=True)
        self.writer = tf.summary.create_file_writer(logs)

    def on_epoch_end(self, epoch, logs=None):
        step = int(self.step.numpy())
        grid = self.paint_grid()
        picture_files.write_image(os.path.join(self.folder, f"{step:07d}.png"), grid)
        # The TensorBoard callback lets summaries through at some steps only.
        with self.writer.as_default(), tf.summary.record_if(True):
            tf.summary.image("samples", grid[np.newaxis], step=step)
            self.writer.flush()

    def paint_grid(self) -> np.ndarray:
        """The grid as [strip + rows * H, 6 * W, 3] uint8."""
        sketch = self.batch["sketch"]
        paintings = [
            self.generator({"sketch": sketch, "hint": hint}, training=False)["painting"]
            for hint in map(self.encode_hint, self.references)
        ]
        columns = [tf.image.grayscale_to_rgb(sketch)]
        for reference, painting in zip(self.references, paintings):
            columns += [images.resize(reference, sketch.shape[1:3]), painting]
        columns.append(self.batch["painting"])
        rows = tf.concat(columns, axis=2)  # [B, H, 6 * W, 3]
        pixels = images.to_uint8(tf.concat(tf.unstack(rows), axis=0)).numpy()
        return contact_sheets.add_headings(pixels, HEADINGS)
