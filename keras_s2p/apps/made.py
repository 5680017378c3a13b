"""What pictures say of themselves that paint made them."""

import functools
import os

from keras_s2p.apps.watch import find_state
from keras_s2p.common import picture_files, picture_folders, seals

# What PNGs say that they are.
LAYER, PAINTING = "Layer of a painting by keras_s2p", "Painting by keras_s2p"
ALL_IN_ONE = "Overview of paintings by keras_s2p"
PSD = ".psd"  # of the files of layers, the one that is read as a picture


def is_made(path: str) -> bool:
    """Whether a file says of itself that paint made it."""
    return _is_made(path, find_state(path))


@functools.lru_cache(maxsize=100_000)  # of a watch, which looks each second
def _is_made(path, state):
    if path.lower().endswith(PSD):
        return seals.is_sealed(path)
    try:
        kinds = PAINTING, LAYER, ALL_IN_ONE
        return any(picture_files.is_described(path, kind) for kind in kinds)
    except picture_files.ImageError:
        return False


def list_outside(folder: str, *others) -> list:
    """As picture_folders.list_outside, but for what an earlier call made below.

    That is what in sub-folders says that paint made it: of two watches, whose folders
    of -o lie among the sketches, each would paint what the other did.

    Raises:
        NoPictureError: there is no picture outside, or none that paint did not make.
    """
    names = picture_folders.list_outside(folder, *others)
    below = [name for name in names if os.path.dirname(name)]
    made = {name for name in below if is_made(os.path.join(folder, name))}
    for parent in sorted({os.path.dirname(name) for name in made}):
        path = os.path.join(folder, parent, "*")
        why = "which an earlier call made; it is read where its folder is named"
        picture_folders.tell_left_out(path, why)
    left = [name for name in names if name not in made]
    if not left:
        none = "no picture in this folder that paint did not make"
        raise picture_folders.NoPictureError(f"{folder}: {none}")
    return left
