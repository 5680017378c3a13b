"""How a training goes, in words: callbacks and sentences for who waits for it."""

import math
import os
import shutil
import sys
import time

import keras
import numpy as np
import tqdm

from keras_s2p.training import history

# val_shuffled_l1 over val_l1: from here on a reference is followed; below, it is blind.
FOLLOWED, BLIND = 1.2, 1.05
ALIKE = 0.005  # share by which an L1 must change to be called better or worse
FIRST_STEPS, MEASURED_STEPS = 5, 20  # those that compile; those that are timed
STEP_COST = 3.0  # a step takes 2.2 to 3.1 times as long as painting its pictures
MEASURED_SECONDS = 30.0  # in which fewer steps are timed, where each takes long


class Progress(keras.callbacks.Callback):
    """One bar over the whole run; early on, a line that says how long it will take.

    Args:
        step: the optimizer's count of steps.
        steps: of the run.
        shown: whether this process is the one that talks.
    """

    def __init__(self, step, steps: int, shown: bool = True):
        super().__init__()
        self.step, self.steps, self.shown = step, steps, shown
        self.seen, self.begun = 0, None
        # None: no bar where nobody looks, as in a log file.
        self.bar = tqdm.tqdm(
            total=steps, initial=int(step.numpy()), unit="step", dynamic_ncols=True,
            disable=None if shown else True,
        )  # fmt: skip

    def on_train_batch_end(self, batch, logs=None):
        self.seen += 1
        if logs and "l1" in logs:
            self.bar.set_postfix_str(f"L1 {logs['l1']:.3f}", refresh=False)
        self.bar.update()
        if self.seen == FIRST_STEPS:
            self.begun = time.perf_counter()
        elif self.begun is not None:
            self._tell_seconds(time.perf_counter() - self.begun)

    def _tell_seconds(self, passed):
        """Says once how long the rest takes, as soon as enough was timed."""
        timed = self.seen - FIRST_STEPS
        if timed < MEASURED_STEPS and passed < MEASURED_SECONDS:
            return
        self.begun = None
        seconds = passed / timed
        left = self.steps - int(self.step.numpy())
        self.say(
            f"{seconds:.2g} seconds a step: {tell_time(seconds * left)} for the "
            f"{left} steps that are left, and the checkpoints"
        )

    def say(self, line: str):
        """Prints a line above the bar."""
        if self.shown:
            tqdm.tqdm.write(line, file=sys.stdout)
            sys.stdout.flush()

    def close(self):
        """Ends the bar."""
        self.bar.close()


class Report(keras.callbacks.Callback):
    """Says at each checkpoint what it shows; to be called after those that write it.

    Args:
        progress: Progress, which says it.
        before: val_l1 of the run's last checkpoint; NaN if there is none.
        folder: `samples` of the run folder.
    """

    def __init__(self, progress, before: float, folder: str):
        super().__init__()
        self.progress, self.before, self.folder = progress, before, folder

    def on_epoch_end(self, epoch, logs=None):
        step = int(self.progress.step.numpy())
        grid = os.path.join(self.folder, f"{step:07d}.png")
        said = describe_checkpoint(logs or {}, self.before)
        self.progress.say(f"Step {step} of {self.progress.steps}: {said}. See {grid}")
        self.before = (logs or {}).get("val_l1", self.before)


class LogHistory(keras.callbacks.Callback):
    """Adds a checkpoint to the run folder's history.csv, and draws history.png anew.

    Keras's CSVLogger would write what is measured only from some checkpoint on, as a
    validation, into the columns of something else.

    Args:
        folder: the run folder.
        step: variable of the training steps done so far.
    """

    def __init__(self, folder: str, step):
        super().__init__()
        self.folder, self.step = folder, step
        self.rows = history.read_rows(folder)

    def on_epoch_end(self, epoch, logs=None):
        measured = dict(sorted((logs or {}).items()))
        self.rows.append({"epoch": epoch, "step": int(self.step.numpy()), **measured})
        history.write_rows(self.folder, self.rows)
        history.plot(self.folder)


class StopEarly(keras.callbacks.Callback):
    """Ends a training whose val_l1 has risen, or stayed, for some checkpoints.

    Args:
        patience: checkpoints without a lower val_l1 than the lowest.
        progress: Progress, which says so.
        before: val_l1 of the run's checkpoints so far.
    """

    def __init__(self, patience: int, progress, before=()):
        super().__init__()
        self.patience, self.progress = patience, progress
        self.values = list(before)

    def on_epoch_end(self, epoch, logs=None):
        self.values.append((logs or {}).get("val_l1", math.nan))
        end = tell_stop(self.values, self.patience)
        if end:
            self.model.stop_training = True
            self.progress.say(end)


def tell_stop(values: list, patience: int):
    """The sentence that says that validation ends a training, or None: it goes on.

    Args:
        values: val_l1 of the run's checkpoints; NaN where there was no validation.
        patience: checkpoints without a lower one than the lowest; 0: it never ends.
    """
    values = [value for value in values if not math.isnan(value)]
    if not patience or not values:
        return None
    since = len(values) - 1 - int(np.argmin(values))
    if since < patience:
        return None
    return (
        f"Stopped early: the validation's L1 has not fallen for {since} checkpoints "
        f"below {min(values):.3f}; --patience sets more"
    )


def tell_end(folder: str, done: int, config):
    """The sentence that says why a run has ended already, or None: it is to go on.

    Args:
        folder: the run folder.
        done: the training steps done so far.
        config: TrainConfig.
    """
    if done >= config.steps:
        return f"{folder} has its {done} steps already; --steps sets more"
    values = history.read(folder).get("val_l1", []) if done else []
    stop = tell_stop(values, config.patience)
    return stop and f"{folder} has {done} steps. {stop}"


def describe_checkpoint(logs: dict, before: float = math.nan) -> str:
    """What a checkpoint's numbers mean.

    Args:
        logs: Keras's of the epoch.
        before: val_l1 of the checkpoint before; NaN if there is none.
    """
    if "val_l1" not in logs:
        return f"L1 {logs.get('l1', math.nan):.3f} in training, without a validation"
    own, other = logs["val_l1"], logs["val_shuffled_l1"]
    ratio = other / max(own, 1e-9)
    if ratio >= FOLLOWED:
        verdict = "the reference is followed"
    elif ratio >= BLIND:
        verdict = "the reference begins to be followed"
    else:
        verdict = "blind to the reference so far"
    said = f"L1 {own:.3f}, under another's reference {other:.3f}: {verdict}"
    if math.isnan(before):
        return said
    change = own / max(before, 1e-9) - 1
    word = "better" if change < -ALIKE else "worse" if change > ALIKE else "as good"
    than = "as" if word == "as good" else "than"
    return f"{said}; {word} {than} at the last checkpoint ({before:.3f})"


def tell_time(seconds: float) -> str:
    """Seconds in words, as exact as an estimate is."""
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"about {seconds / length:.2g} {unit}"
    return f"about {max(1, round(seconds))} seconds"


def time_painting(trainer, batch) -> float:
    """Seconds a picture that encoding a reference and painting after it take.

    Args:
        trainer: Trainer. With several workers each must call this.
        batch: of the pipeline, such as pipeline.sample_batch.
    """
    for _ in range(2):  # the first time is slow
        begun = time.perf_counter()
        hint = trainer.encode_averaged(batch["reference"])
        inputs = {"sketch": batch["sketch"], "hint": hint}
        trainer.averaged(inputs, training=False)["painting"].numpy()
    return (time.perf_counter() - begun) / len(batch["sketch"])


def tell_roughly(seconds: float, pictures: int) -> str:
    """A sentence, before the first step, about the time that a run takes.

    Args:
        seconds: of time_painting.
        pictures: of all steps that are left, on one device of several.
    """
    roughly = tell_time(STEP_COST * seconds * pictures).replace("about", "roughly")
    return f"Takes {roughly}, as far as can be told before the first steps"


def tell_no_validation(pictures: int, batch_size: int) -> str:
    """A sentence for a training that is not validated.

    Args:
        pictures: of the dataset's validation split.
        batch_size: of the training.
    """
    if pictures >= batch_size:
        return "Without a validation: --validation-batches 0 leaves it out"
    return (
        f"Without a validation: its {pictures} pictures do not fill a batch of "
        f"{batch_size}; make_dataset --validation-share keeps more of them"
    )


def tell_disk(folder: str, checkpoint_bytes: int, checkpoints: int, size: int) -> str:
    """A sentence about the disk that a run takes.

    Args:
        folder: of the run, which is there.
        checkpoint_bytes: of one; two are kept, and the weights to paint with besides.
        checkpoints: how many are still to come; each leaves a sample grid, in the run
            folder and for TensorBoard.
        size: side of the training pictures in pixels.
    """
    grid = 8 * 6 * size**2 * 3 // 2  # half of what the pixels take, as PNG has it
    needed = 3 * checkpoint_bytes + 2 * grid * checkpoints
    free = shutil.disk_usage(folder).free
    said = f"Takes about {needed / 1e9:.2g} GB of disk; {free / 1e9:.3g} GB are free"
    return said + (": too little" if needed > free else "")
