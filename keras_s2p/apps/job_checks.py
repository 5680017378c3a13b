"""Checks of jobs and paths before anything is painted."""

import collections
import itertools
import os
import unicodedata

from keras_s2p.apps import made
from keras_s2p.common import files, picture_files

MAX_LINKS = 40  # that lead to each other; Linux follows no more


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
    inputs, written = find_inputs([*jobs, *waiting]), Places()
    for path in itertools.chain(others, *(job.paths(layers) for job in jobs)):
        check_unread([path], inputs)
        if written.find(path):
            raise ValueError(f"{path}: would be written twice")
        if len(jobs) == 1 or path in others:  # else its own job fails, and no other
            files.check_replaceable(path)
        written.add(path)


class Places:
    """Paths, and what is known of each; those of one place are one.

    A place has several where links to folders lead to it, where a folder is mounted
    twice, and where a disk tells apart neither a from A nor how an accent is written.
    A link in the place of a file is one by itself: what is written takes its place.
    """

    def __init__(self):
        self._known = collections.defaultdict(list)

    def add(self, path: str, known=True):
        """Says what is known of a path, in the place of what was known before."""
        real = _find_place(path)
        alike = self._known[_fold(real)]
        alike[:] = [each for each in alike if each[0] != real]
        alike.append((real, known))

    def find(self, path: str):
        """What is known of a path; None if nothing is."""
        real = _find_place(path)
        for other, known in self._known.get(_fold(real), ()):
            if os.path.basename(other) == os.path.basename(real):
                return known
            try:
                if os.path.samefile(other, real):
                    return known
            except OSError:  # one is not there: which disk it will be is not known
                continue
        return None


def find_inputs(jobs: list) -> Places:
    """Where what jobs read lies, for check_unread, and each link that leads there."""
    inputs = Places()
    for path in {path for job in jobs for path in job.inputs()}:
        for place in _follow(path):
            inputs.add(place)
    return inputs


def check_unread(paths, inputs: Places):
    """Raises ImageError if a path leads to one of find_inputs."""
    for path in paths:
        if inputs.find(path):
            raise picture_files.ImageError(f"{path}: is read; choose another output")


def _fold(real):
    """The same for all paths that may be one, whatever the disk tells apart."""
    parent, name = os.path.split(real)
    name = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    try:
        status = os.stat(parent)
    except (OSError, ValueError):
        return parent, name
    return status.st_dev, status.st_ino, name


def _find_place(path):
    """The path, of whose folder links are followed, and not its own."""
    parent, name = os.path.split(path)
    return os.path.join(_real_path(parent or os.curdir), name)


def _follow(path):
    """The path and, while it is a link, what that leads to."""
    for _ in range(MAX_LINKS):
        yield path
        place = _find_place(path)
        try:
            path = os.path.join(os.path.dirname(place), os.readlink(place))
        except (OSError, ValueError):  # no link
            return


def _real_path(path):
    """The path that links lead to; the path itself if it can be none."""
    try:
        return files.find_real(path)
    except ValueError:  # a zero byte: whoever reads or writes it will name it
        return path


def find_unused_hints(jobs: list, folder: str, out: str) -> list:
    """A sentence for each picture in a folder of hints that is of no one job's sketch.

    Those in `out`, the folder of the outputs, are left out, as what earlier calls made.

    Raises:
        ValueError: there is no picture outside `out`.
    """
    used = {job.hints for job in jobs}
    names = made.list_outside(folder, out)
    paths = (os.path.join(folder, name) for name in names)
    return [
        f"{path}: hints of no sketch, or of several"
        for path in paths
        if path not in used
    ]


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
