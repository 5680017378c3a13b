"""Finds the pictures in folders."""

import functools
import os
import re

from keras_s2p.common import console, files, picture_files

UNREAD = (
    ".heic", ".heif", ".jp2", ".jpf", ".j2k", ".jxl", ".tga", ".svg", ".eps", ".clip",
    ".sai", ".sai2", ".mdp", ".xcf", ".procreate", ".psb", ".apng", ".mpo", ".ai",
    ".afphoto", ".pdf", ".ppm", ".pgm", ".pbm", ".pnm", ".exr", ".hdr", ".dng", ".cr2",
    ".cr3", ".nef", ".arw", ".ico", ".pcx", ".dds",
)  # fmt: skip
HIDDEN = re.compile(r"\.[^.]")  # what a file browser does not show; ..x.png is a name


class NoPictureError(picture_files.ImageError):
    """A folder without a picture to take; the text names it."""


def list_images(folder: str, recursive: bool = True) -> list:
    """Paths of the pictures in a folder, sorted, relative to it.

    Links to other folders are followed, to each of them once, and none that leads back.
    Hidden files and folders are left out. So are folders that may not be listed or are
    read already, links that lead back and links to nothing, and pictures of kinds that
    are not read, of which standard error is told once.

    Raises:
        picture_files.ImageError: no such folder; NoPictureError: no picture in it.
    """
    if not os.path.isdir(folder):
        raise picture_files.ImageError(f"{folder}: no such folder")
    found = [os.path.relpath(path, folder) for path in _find_images(folder, recursive)]
    if not found:
        raise NoPictureError(f"{folder}: no picture in this folder")
    return sorted(found)


def _find_images(folder, recursive):
    root = os.path.join(files.find_real(folder), "")
    waiting, links, seen = [folder], [], set()
    while waiting or links:
        parent = waiting.pop() if waiting else links.pop(0)
        real = files.find_real(parent)
        back = root.startswith(os.path.join(real, "")) and parent != folder
        if back:
            tell_left_out(parent, "a link that leads back")
        elif real in seen:
            tell_left_out(parent, "it is read under another name")
        if real in seen or back:
            continue
        seen.add(real)
        try:
            names = sorted(n for n in os.listdir(parent) if not HIDDEN.match(n))
        except OSError as error:
            tell_left_out(parent, f"it can not be listed ({error.strerror})")
            continue
        _tell_unread(parent, names)
        for name in names:
            path = os.path.join(parent, name)
            if os.path.isdir(path):
                (links if os.path.islink(path) else waiting).append(path)
            elif _is_of(name, picture_files.EXTENSIONS):
                yield path
            elif os.path.islink(path) and not os.path.exists(path):
                tell_left_out(path, "a link to nothing")  # a folder, maybe
        if not recursive:
            return


def _tell_unread(folder, names):
    """Says of which pictures in a folder there is none that is read."""
    read = {_stem(name) for name in names if _is_of(name, picture_files.EXTENSIONS)}
    others = [name for name in names if _is_of(name, UNREAD)]
    others = [name for name in others if _stem(name) not in read]
    if others:
        more = f", nor {len(others) - 1} more" if others[1:] else ""
        path = os.path.join(folder, others[0])
        tell_left_out(path, f"pictures of this kind are not read{more}")


def _is_of(name, extensions):
    return name.lower().endswith(extensions)


def _stem(name):
    return os.path.splitext(name)[0]


@functools.lru_cache(maxsize=100_000)  # of a watch, which looks each second
def tell_left_out(folder, reason):
    """Says why a folder is left out; once, however often it is looked at."""
    console.tell(f"{folder}: left out, {reason}")


def list_outside(folder: str, *others) -> list:
    """As list_images, but for what is in other folders below it.

    Args:
        folder: path.
        others: paths; None, and those that are not there, leave nothing out.

    Raises:
        NoPictureError: there is no picture outside.
    """
    names = list_images(folder)
    left_out = {_identify(other) for other in filter(None, others)}
    left_out -= {None, *_find_above(folder)}  # in which the whole folder would be
    inside = functools.lru_cache(
        lambda parent: not left_out.isdisjoint(_find_above(parent))
    )
    names = [n for n in names if not inside(os.path.dirname(os.path.join(folder, n)))]
    if not names:
        outside = f"outside {others[0]}"
        raise NoPictureError(f"{folder}: no picture in this folder {outside}")
    return names


def _find_above(path):
    """What tells a folder, and each above it, from others."""
    path, before = files.find_real(path), None
    while path != before:
        yield _identify(path)
        path, before = os.path.dirname(path), path


def _identify(path):
    """The same wherever a folder is mounted, and however it is called; None if none."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino
