"""The files of checkpoints: which is the newest whole one, and what a kill left."""

import contextlib
import os
import pathlib
import re
import shutil

import tensorflow as tf

from keras_s2p.common import errors, files, plain_paths

NAMES = "checkpoint"  # TensorFlow's file of the names of those that are kept
NUMBERED = re.compile(r"ckpt-\d+")  # a checkpoint's name
CHECKPOINT = re.compile(r"ckpt-\d+\.(index|data-)")
INDEX = re.compile(r"ckpt-\d+\.index")  # a checkpoint's last file
INDEX_END = bytes.fromhex("57fb808b247547db")  # of any table of LevelDB, which it is


def finish(folder: str):
    """Puts right what killed processes left of checkpoints that they were writing.

    The file `checkpoint`, which names the newest, is written last, so the first one may
    be whole and not named; one without its index, or with a cut one, was not whole.
    """
    names = os.listdir(folder) if os.path.isdir(folder) else []
    for name in names:
        if re.fullmatch(r"ckpt-\d+_temp", name):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        elif re.fullmatch(NAMES + r"\.tmp[0-9a-f]{32}", name):  # before its renaming
            with contextlib.suppress(OSError):
                os.remove(os.path.join(folder, name))
    _remove_halves(folder, names)
    if unnamed := _find_unnamed(folder, names):
        # As tf.train.CheckpointManager writes it; names alone may be moved with theirs.
        lines = [f'model_checkpoint_path: "{unnamed[-1]}"']
        for name in unnamed:
            written = os.path.getmtime(os.path.join(folder, f"{name}.index"))
            lines += [f'all_model_checkpoint_paths: "{name}"']
            lines += [f"all_model_checkpoint_timestamps: {written}"]
        with files.replacing(os.path.join(folder, NAMES)) as partial:
            pathlib.Path(partial).write_text("\n".join(lines) + "\n", "utf-8")


def _remove_halves(folder, names):
    """Removes data whose index is gone: a kill while older ones were removed."""
    latest = _find_named(folder)
    for name in names:
        number = name.partition(".")[0]
        half = CHECKPOINT.match(name) and f"{number}.index" not in names
        if latest and half and os.path.basename(latest) != number:
            with contextlib.suppress(OSError):
                os.remove(os.path.join(folder, name))


def _find_unnamed(folder, names):
    """Whole checkpoints of a folder with such files, newest last, if none is named."""
    if NAMES in names:
        return []
    whole = [name[: -len(".index")] for name in names if INDEX.fullmatch(name)]
    whole = [name for name in whole if _is_whole(os.path.join(folder, name))]
    return sorted(whole, key=lambda name: int(name.rsplit("-", 1)[1]))


def find_latest(folder: str, option: str = "--run-dir"):
    """The newest checkpoint of a folder; None if none was ever written whole.

    Args:
        folder: of the checkpoints; it need not exist.
        option: the option that names another folder to start anew in.

    Raises:
        ValueError: there is none that can be resumed, but there is or was one.
    """
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise ValueError(f"{folder}: no folder of checkpoints")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    left = {name.partition(".")[0] for name in names if CHECKPOINT.match(name)}
    if NAMES not in names:
        unnamed = _find_unnamed(folder, names)
        if unnamed or len(left) < 2:  # a kill while the first is written leaves a half
            return os.path.join(folder, unnamed[-1]) if unnamed else None
    latest = _find_named(folder)
    if latest is None:
        raise ValueError(
            f"{os.path.join(folder, NAMES)}: damaged, gone, or names what is not "
            f"there (there is {', '.join(sorted(left)) or 'nothing'}); put it back, or "
            f"start anew with another {option}"
        )
    return latest


def _find_named(folder):
    """The newest checkpoint by the file of names; None if that or it is not whole."""
    path = os.path.join(folder, NAMES)
    if not os.path.isfile(path):  # a pipe, maybe
        return None
    with contextlib.suppress(ValueError):  # of an empty file, or a huge one
        files.read_text(path, files.MAX_CONFIG_SIZE)
        # Not latest_checkpoint, which takes brackets in a folder's name for a pattern.
        if state := tf.train.get_checkpoint_state(folder):
            name = os.path.basename(state.model_checkpoint_path)
            latest = os.path.join(folder, name)
            newest = os.path.basename([name, *state.all_model_checkpoint_paths][-1])
            if NUMBERED.fullmatch(name) and name == newest and _has_files(latest):
                return latest
    return None


def _has_files(path):
    """Whether a checkpoint has an index, and all its files are regular ones."""
    folder, name = os.path.split(path)
    names = [each for each in os.listdir(folder) if each.startswith(f"{name}.")]
    files_there = all(os.path.isfile(os.path.join(folder, each)) for each in names)
    return f"{name}.index" in names and files_there


def _is_whole(path):
    """Whether it has them, and the index, that is written last, was not cut."""
    if not _has_files(path):
        return False
    with open(f"{path}.index", "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(INDEX_END)))
        return file.read() == INDEX_END


def save(manager, number: int):
    """Writes a checkpoint of that number, and removes those that are not kept.

    Args:
        manager: tf.train.CheckpointManager, which by itself removes no files in a
            folder whose name has brackets, or what else is a pattern, in it.
        number: of the steps done.

    Raises:
        ValueError: something else stands in the place of a checkpoint's file.
    """
    before = manager.checkpoints
    try:
        manager.save(checkpoint_number=number)
    except tf.errors.FailedPreconditionError as error:
        raise ValueError(errors.find_reason(error)) from None
    for path in set(before) - set(manager.checkpoints):
        folder, name = os.path.split(path)
        for file in os.listdir(folder):
            if file.startswith(f"{name}."):
                os.remove(os.path.join(folder, file))


def restore(checkpoint, folder: str, option: str = "--run-dir"):
    """Restores the newest checkpoint of a folder, if there ever was one.

    Args:
        checkpoint: tf.train.Checkpoint.
        folder: as of find_latest.
        option: likewise.

    Raises:
        ValueError: it is damaged or of another network, or as find_latest.
    """
    latest = find_latest(folder, option)
    if latest is None:
        return
    try:
        with plain_paths.without_patterns(latest) as path:
            restored = checkpoint.restore(path)
        restored.assert_existing_objects_matched()  # what was not saved stays random
        restored.expect_partial()
    except (
        tf.errors.OpError, AssertionError, LookupError, RuntimeError, TypeError,
        ValueError,
    ) as error:  # fmt: skip
        reason = errors.find_reason(error)
        raise ValueError(
            f"{latest}: can not be resumed ({reason}); start anew with another {option}"
        ) from None


def find_step(folder: str) -> int:
    """The steps of the newest checkpoint in a folder of checkpoints; 0 without one."""
    latest = find_latest(folder)
    return int(latest.rsplit("-", 1)[1]) if latest else 0
