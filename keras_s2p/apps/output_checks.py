"""What a painting and its layers may replace: nothing that others wrote or saved.

Paintings, layers and overviews say of themselves what they are, and are sealed.
"""

import os

from keras_s2p.apps import made
from keras_s2p.common import layered_files, picture_files, seals

LAYER_ENDS = "_colour", "_lines"  # of names of PNG layers


def find_label(job) -> str:
    """What a layer says of the painting that it is of: x.png has others than x.jpg."""
    return f"({os.path.splitext(job.output)[1]})"


def is_layer(path: str, label: str) -> bool:
    """Whether a file is a layer of a label, or of any, and nobody saved it since."""
    layered = path.lower().endswith(layered_files.EXTENSIONS)
    is_one = layered or picture_files.is_described(path, f"{made.LAYER} {label}")
    return is_one and seals.is_sealed(path, label)


def check_layer(path: str, job, is_beside: bool):
    """Raises ImageError if a job's layer would replace what is none, or was saved.

    Args:
        path: of the layer.
        job: Job.
        is_beside: whether it lies beside the painting. A file that the user named may
            be of another one.
    """
    if not os.path.exists(path) or is_layer(path, find_label(job) if is_beside else ""):
        return
    if is_beside:
        reason = f"is no layer of {job.output}, or was saved since"
        advice = "move it away, or rename one of them"
    else:
        reason = "is there, and no file of layers as paint wrote it"
        advice = "move it away, or give --layers another name"
    raise picture_files.ImageError(f"{path}: {reason}; {advice}")


def check_alias(path: str, job, other: str, owner):
    """Raises ImageError if a job's path is another Job's, on a disk that ignores case.

    Args:
        path: of the job.
        job: Job.
        other: the path as the other one has it.
        owner: the other Job; or this one, before its sketch was renamed.
    """
    if path == other:
        return
    sketches = job.sketch, owner.sketch
    is_own = not os.path.exists(owner.sketch) or os.path.samefile(*sketches)
    if not is_own or job.references != owner.references:
        raise picture_files.ImageError(
            f"{path}: is {other} on this disk, painted of {owner.sketch}; rename one "
            "of them"
        )


def check_place(path: str, is_named: bool):
    """Raises ImageError if a painting would replace what is not its own to replace.

    Names that nobody gave take no PNG that is no painting as `paint` wrote it; of other
    files nothing can be told.

    Args:
        path: of the painting.
        is_named: whether the user gave this name, to one painting: it takes all but
            another one's layers.
    """
    if not os.path.exists(path):
        return
    if picture_files.is_described(path, made.LAYER):
        raise picture_files.ImageError(
            f"{path}: is a layer of another painting; rename one of them"
        )
    is_painting = picture_files.is_described(path, made.PAINTING)
    root, extension = os.path.splitext(path)
    if extension.lower() != ".png" or (is_painting and is_named):
        return
    for end in LAYER_ENDS:
        is_called_so = root.endswith(end) and not is_painting
        for each in picture_files.EXTENSIONS if is_called_so else ():
            owner = root.removesuffix(end) + each
            if os.path.exists(owner):
                raise picture_files.ImageError(
                    f"{path}: may be a layer of {owner} that was saved since; move it "
                    "away, or rename the sketch"
                )
    if not is_named:
        check_kind(path, made.PAINTING)


def check_kind(path: str, kind: str):
    """Raises ImageError if a file is there that is not of a kind, or was saved since.

    The place of a link may be taken: what it leads to stays. What is no file is refused
    by who writes.

    Args:
        path: of what is written.
        kind: made.PAINTING or made.ALL_IN_ONE.
    """
    if os.path.islink(path) or not os.path.isfile(path):
        return
    if not (picture_files.is_described(path, kind) and seals.is_sealed(path)):
        raise picture_files.ImageError(
            f"{path}: is there, but not as paint wrote it; move it away, or choose "
            "another -o"
        )
