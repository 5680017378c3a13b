"""Painting many sketches: each job once, or a folder as long as it is watched."""

import functools
import os
import time

import numpy as np
import tensorflow as tf

from keras_s2p.apps import job_checks, jobs, made, output_checks
from keras_s2p.apps.watch import find_state, watch
from keras_s2p.common import console, errors, layered_files, picture_files
from keras_s2p.painting import flats
from keras_s2p.painting.video import Video


class JobPainter:
    """Paints jobs; the styles of references that come again are kept.

    Args:
        painter: a BasePainter.
        weights: a number for each reference of a job, or None: all alike.
        left_out: names of the parts of Style that are left out.
        strength: of painter.paint.
        layers: which layers are written too; see Job.paths.
        video: whether the jobs of each folder are frames, in their order, that keep
            the colours of the one before; hints as points are for the first one.
        is_named: of output_checks.check_place.
    """

    def __init__(
        self, painter, weights=None, left_out=(), strength=1.0, layers=None,
        video=False, is_named=False,
    ):  # fmt: skip
        self.painter = painter
        self.weights = weights
        self.left_out = left_out
        self.strength = strength
        self.layers = layers
        self.is_named = is_named
        self.video = {} if video else None  # folder: what paints its frames
        self.painted = job_checks.Places()  # each path that was written, with its Job
        self._states = {}  # reference: watch.find_state of it
        self._style = functools.lru_cache(maxsize=256)(
            lambda path, _: painter.style(path)
        )

    def style(self, reference: str):
        """The Style of a reference as it is now, or was before it went away."""
        state = find_state(reference) or self._states.get(reference)
        self._states[reference] = state
        return self._style(reference, state)

    def paint(self, job, check=None):
        """Paints one job and writes its files.

        Args:
            job: Job.
            check: None, or a function of paths that raises ValueError if nothing may
                be written to one; called with all of the job's at first and, as folders
                may become others while it is painted, before each file is replaced.

        Raises:
            ValueError: it can not be painted.
        """

        def check_paths(*paths):
            if check is not None:
                try:
                    check(paths)
                except ValueError as error:
                    raise picture_files.ImageError(str(error)) from None
            for path in paths:
                before = self.painted.find(path)
                if before:
                    output_checks.check_alias(path, job, *before)
                if path == job.output:
                    output_checks.check_place(path, self.is_named)
                else:
                    output_checks.check_layer(path, job, self._keeps_layers())

        check_paths(*job.paths(self.layers))
        try:
            self._paint_files(job, check_paths)
            for path in job.paths(self.layers):
                self.painted.add(path, (path, job))
        except MemoryError:  # which says nothing
            raise ValueError(f"{job.sketch}: not enough memory to paint it") from None
        except tf.errors.OpError as error:
            reason = errors.find_reason(error)
            raise ValueError(f"{job.sketch}: can not be painted ({reason})") from None

    def _keeps_layers(self):
        """Whether layers lie beside paintings, and not in a file that is named."""
        return self.layers in (jobs.PNG, *jobs.LAYERED)

    def _paint_files(self, job, check):
        styles = [self.style(reference) for reference in job.references]
        style = None
        if styles:
            style = self.painter.blend(styles, self.weights).without(*self.left_out)
        painted = self._paint(job, style)
        paths, pictures = job.paths(self.layers), painted if self.layers else [painted]
        # They may be saved while they are painted anew, which takes a while.
        checks = {path: functools.partial(check, path) for path in paths}
        if self.layers and self.layers != jobs.PNG:
            merged = np.asarray(painted.painting)
            layers = flats.split_painting(painted)
            path, label = paths.pop(), output_checks.find_label(job)
            layered_files.write_layers(path, layers, merged, checks[path], label)
        # The painting last: where it is new, its layers are.
        layer = f"{made.LAYER} {output_checks.find_label(job)}"
        kinds = [made.PAINTING] + [layer] * len(paths[1:])
        for path, picture, kind in reversed(list(zip(paths, pictures, kinds))):
            pixels = np.asarray(picture)
            picture_files.write_image(path, pixels, kind, checks[path])

    def _paint(self, job, style):
        """A painting, or its Layers if there are some to write."""
        layers = bool(self.layers)
        if self.video is None:
            return self.painter.paint(
                job.sketch, style, self.strength, layers, job.hints
            )
        folder, hints = os.path.dirname(job.sketch), job.hints
        video = self.video.get(folder)
        if video and not isinstance(hints, str):
            hints = None
        video = video or Video(self.painter)
        painted = video.paint(job.sketch, style, self.strength, hints)
        self.video = {folder: video}  # of those before, no more
        return painted if layers else painted.painting


def paint_all(todo, paint, as_json=False):
    """Paints all jobs once.

    Args:
        todo: list of Job.
        paint: function of a job, such as JobPainter.paint.
        as_json: print a line of JSON for each, and no progress bar.

    Returns:
        (the jobs that were painted, a sentence for each other one, and one if a line of
        JSON could not be written).
    """
    import tqdm

    done, failures, unsaid = [], [], None
    silent = as_json or len(todo) == 1
    for job in tqdm.tqdm(todo, unit="painting", disable=silent):
        start, error = time.monotonic(), None
        try:
            paint(job)
            done.append(job)
        except (ValueError, OSError, MemoryError) as caught:
            error = caught
            failures.append(job.describe(error) if todo[1:] else error)
        if as_json:
            line = job.to_json(time.monotonic() - start, error)
            unsaid = console.try_saying(line) or unsaid
    if unsaid:
        failures.append(unsaid)
    return done, failures


def paint_on(list_jobs, painter, as_json=False, left=()):
    """Paints what is in a folder and what comes, until Ctrl-C, and tells of each.

    Args:
        list_jobs: function that gives the jobs, as the folder is.
        painter: JobPainter.
        as_json: print a line of JSON for each.
        left: jobs that are left alone until their files change.
    """
    owners = job_checks.Places()  # the sketch that each path was painted of

    def note(job):
        for path in job.paths(painter.layers):
            owners.add(path, job.sketch)

    def check(job, paths):
        # As the folder is now: what came may lie where this one is written.
        replaces = any(map(os.path.lexists, job.paths(painter.layers)))
        waiting = list_jobs() if replaces else ()
        job_checks.check_outputs([job], painter.layers, waiting=waiting)
        all_paths = job.paths(painter.layers)
        former = {owners.find(path) or job.sketch for path in all_paths}
        if len(former) == 1 and not os.path.exists(*former):  # saved as another kind
            note(job)
        for path in paths:
            owner = owners.find(path) or job.sketch
            if owner != job.sketch and os.path.lexists(path):
                raise ValueError(f"{path}: is painted of {owner}; rename one of them")

    def paint(job):
        painter.paint(job, functools.partial(check, job))
        note(job)

    for job in left:
        note(job)

    def report(job, seconds, error):
        if error:
            console.tell(f"paint: {job.describe(error)}")
        if as_json or not error:
            line = job.to_json(seconds, error) if as_json else job.output
            unsaid = console.try_saying(line)
            if unsaid:
                console.tell(f"paint: {unsaid}")

    def complain(error):
        console.tell(f"paint: {error}; waiting for it")

    try:
        watch(list_jobs, paint, report, complain, left=left)
    except KeyboardInterrupt:
        return  # failures were told as they came


def load_painter(weights=None, size=None, vgg_weights="imagenet", saved_model=None):
    """The painter of an exported model, if one is named, or of a folder of weights."""
    if saved_model:
        from keras_s2p.serving.saved_model import SavedModelPainter

        return SavedModelPainter(saved_model)
    from keras_s2p.painting.painter import Painter

    return Painter(weights, size, vgg_weights)
