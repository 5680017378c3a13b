"""Checks of jobs and paths before anything is painted."""

import itertools
import os

from keras_s2p.common import files, picture_files, picture_folders


def check_outputs(jobs: list, layers=None, others=(), waiting=()):
    """Raises ValueError if an output can not be a file of its own.

    It would replace an input or another output, or, if there is one job alone,
    something that is no regular file.

    Args:
        jobs: list of Job.
        layers: as of Job.paths.
        others: paths that are written besides.
        waiting: jobs whose inputs are not to be replaced either.
    """
    inputs, written = find_inputs([*jobs, *waiting]), set()
    for path in itertools.chain(others, *(job.paths(layers) for job in jobs)):
        check_unread([path], inputs)
        place = _find_place(path)
        if place in written:
            raise ValueError(f"{path}: would be written twice")
        if len(jobs) == 1 or path in others:  # else its own job fails, and no other
            files.check_replaceable(path)
        written.add(place)


def find_inputs(jobs: list) -> set:
    """Where what the jobs read lies, for check_unread."""
    return {_find_place(path) for job in jobs for path in job.inputs()}


def check_unread(paths, inputs: set):
    """Raises ImageError if a path leads to one of find_inputs, links followed."""
    for path in paths:
        if _find_place(path) in inputs:
            raise picture_files.ImageError(f"{path}: is read; choose another output")


def _find_place(path):
    """The same for all paths of a place, also where a folder is mounted twice."""
    real = real_path(path)
    parent, name = os.path.split(real)
    try:
        status = os.stat(parent)
    except (OSError, ValueError):
        return real
    return status.st_dev, status.st_ino, name


def real_path(path: str) -> str:
    """The path that links lead to; the path itself if it can be none."""
    try:
        return files.find_real(path)
    except ValueError:  # a zero byte: whoever reads or writes it will name it
        return path


def check_hints(jobs: list, folder: str):
    """Raises ValueError if a picture in a folder of hints is of no one job's sketch."""
    used = {job.hints for job in jobs}
    for name in picture_folders.list_images(folder):
        if os.path.join(folder, name) not in used:
            path = os.path.join(folder, name)
            raise ValueError(f"{path}: hints of no sketch, or of several")


def check_inputs(paths):
    """Raises ValueError if one of the paths that are not None is missing."""
    for path in paths:
        if path and not os.path.exists(path):
            raise ValueError(f"{path}: no such file or folder")


def check_writable(path: str):
    """Raises ValueError if a folder, which may not exist yet, can not be written to."""
    parent = os.path.abspath(path)
    while not os.path.lexists(parent):
        parent = os.path.dirname(parent)
    if not os.path.isdir(parent):
        raise ValueError(f"{path}: no folder can be made, {parent} is a file")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise ValueError(f"{path}: may not be written to")
