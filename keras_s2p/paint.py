"""Paints sketches in the colours of reference paintings.

keras-s2p paint                                     the examples, into paintings/
keras-s2p paint SKETCH REFERENCE [-o OUT.png]
keras-s2p paint SKETCH_FOLDER REFERENCE -o FOLDER   every picture of it and of its
                                                    sub-folders, under a reference
                                                    encoded once
keras-s2p paint SKETCH_FOLDER REFERENCE -o FOLDER --video
                                                    the frames of a video (0001.png,
                                                    0002.png, ...), which keep their
                                                    colours
keras-s2p paint SKETCH_FOLDER REFERENCE_FOLDER -o FOLDER
                                                    each after the reference in the same
                                                    place, or the only one of its name
keras-s2p paint SKETCH_FOLDER REFERENCE_FOLDER -o FOLDER --all-pairs
                                                    each after every reference
keras-s2p paint SKETCH_FOLDER REFERENCE -o FOLDER --watch
                                                    and then whatever is saved there
keras-s2p paint --pairs pairs.csv -o FOLDER         columns sketch,reference,output
                                                    and, if there are some, hints
keras-s2p paint SKETCH [REFERENCE] --hint 120,80,#c04050 --hint 300,40,paper
                                                    areas in colours of your own
"""

import contextlib
import functools
import itertools
import os
import sys

from keras_s2p.apps import job_checks, jobs, made, output_checks, paint_options
from keras_s2p.common import (
    console,
    files,
    layered_files,
    picture_folders,
    shipped,
)


@console.command
def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = paint_options.parse_args(argv, __doc__)
    try:
        failures = run(args)
    except (ValueError, OSError) as error:
        failures = [error]
    except KeyboardInterrupt:
        failures = ["stopped; every painting written so far is whole"]
    for failure in failures:
        console.tell(f"paint: {failure}")
    return 1 if failures else 0


def run(args) -> list:
    """Paints; returns a sentence for each sketch that could not be painted."""
    # What needs no TensorFlow is checked before it starts.
    inputs = [args.sketch, *args.references, args.hints, args.pairs]
    job_checks.check_inputs([*inputs, args.weights, args.saved_model])
    job_checks.check_writable(args.out if args.several else os.path.dirname(args.out))
    todo = plan(args)
    overview = os.path.join(args.out, jobs.OVERVIEW) if args.overview else None
    job_checks.check_outputs(todo, args.layers, [overview] * args.overview)
    if args.layers and args.layers != jobs.PNG:
        written = jobs.Job("", (), args.out).paths(args.layers)
        layered_files.check_writable(written[-1])
    if os.path.isdir(args.sketch or "") and not args.watch:
        for path in find_strangers(args, todo):
            console.tell(f"{path}: left out, it lies in the folder of -o")
    unused = []
    if os.path.isdir(args.hints or "") and not args.watch:
        unused = job_checks.find_unused_hints(todo, args.hints, args.out)

    kept = {job for job in todo if args.skip_existing and job.is_done(args.layers)}
    if args.watch:
        follow(args, todo, kept)
        return []
    inputs = job_checks.find_inputs(todo)
    done, failures = paint_jobs(args, [x for x in todo if x not in kept], inputs)
    failures += unused
    shown = kept.union(done)
    there = [job for job in todo if job in shown]
    if overview and there:
        failures += try_overview(there, overview, args.json, inputs)
    if there and not args.json:
        report(args, len(done), len(kept))
    return failures


def find_strangers(args, todo) -> list:
    """Pictures among the sketches, in the folder of -o, that paint has not written."""
    above = os.path.join(files.find_real(args.sketch), "")
    if not files.find_real(args.out).startswith(above):
        return []
    folder = args.hints if os.path.isdir(args.hints or "") else None
    sketches = picture_folders.list_outside(args.sketch, args.out, folder)
    inside = set(picture_folders.list_outside(args.sketch, folder)).difference(sketches)
    paths = [os.path.join(args.sketch, name) for name in sorted(inside)]
    written = job_checks.Places()
    for path in itertools.chain(*(job.paths(args.layers) for job in todo)):
        written.add(path)
    return [path for path in paths if not written.find(path) and not made.is_made(path)]


def build_painter(args, todo):
    """The JobPainter of the options; ValueError if what all jobs need is bad."""
    from keras_s2p.apps import batch

    parts = {"palette": args.palette, "places": args.correspondence}
    painter = batch.JobPainter(
        batch.load_painter(args.weights, args.size, args.vgg_weights, args.saved_model),
        args.reference_weight,
        [name for name, wanted in parts.items() if not wanted],
        args.strength,
        args.layers,
        args.video,
        args.is_named,
    )
    shared = args.references if args.watch else ()
    if len({job.references for job in todo}) == 1 and not args.json:
        shared = todo[0].references
    for reference in shared:
        painter.style(reference)  # bad for all: one error, not one a sketch
    return painter


def paint_jobs(args, todo, inputs) -> tuple:
    """What batch.paint_all returns of the jobs; without any, TensorFlow stays off.

    None of `inputs`, which job_checks.find_inputs gave, is replaced.
    """
    if not todo:
        return [], []
    from keras_s2p.apps import batch

    check = functools.partial(job_checks.check_unread, inputs=inputs)
    paint = functools.partial(build_painter(args, todo).paint, check=check)
    return batch.paint_all(todo, paint, args.json)


def follow(args, todo, kept):
    """Paints what is in a folder, but for `kept`, and what comes, until Ctrl-C."""
    from keras_s2p.apps import batch

    painter = build_painter(args, todo)
    if not args.json:
        console.try_saying(f"Watching {args.sketch}; Ctrl-C ends it")
        if args.skip_existing:
            console.try_saying(f"{len(kept)} there already")
    told = set()

    def list_jobs():
        todo, unused = plan(args), []
        if os.path.isdir(args.hints or ""):
            with contextlib.suppress(ValueError):  # none is there yet
                unused = job_checks.find_unused_hints(todo, args.hints, args.out)
        for sentence in set(unused) - told:
            console.tell(f"paint: {sentence}")
        told.clear()
        told.update(unused)
        return todo

    batch.paint_on(list_jobs, painter, args.json, kept)


def try_overview(there, path, silent, inputs) -> list:
    """Writes the overview of jobs; returns a sentence if it can not be written."""
    from keras_s2p.apps.overview import write_overview

    try:
        output_checks.check_kind(path, made.ALL_IN_ONE)
        check = functools.partial(job_checks.check_unread, [path], inputs)
        write_overview(there, path, check)
    except (ValueError, OSError) as error:
        return [f"{path} not written: {error}"]
    if not silent:
        console.say(f"All at a glance in {path}")
    return []


def report(args, painted, kept):
    """Prints how many are painted, and how many were there already."""
    if not args.several:
        console.say(f"{args.out} is there already" if kept else args.out)
    elif args.skip_existing:
        console.say(f"{painted} painted, {kept} there already, in {args.out}")
    else:
        console.say(f"{painted} painted, in {args.out}")


def plan(args) -> list:
    """The jobs."""
    hints = args.hints or tuple(args.hint) or None
    if args.examples:
        folders = [
            os.path.join(shipped.EXAMPLES, name) for name in ("sketches", "references")
        ]
        return jobs.from_product(*folders, args.out)
    if args.pairs:
        return jobs.from_pairs(args.pairs, args.out)
    if args.all_pairs:
        return jobs.from_product(args.sketch, args.references[0], args.out, hints)
    if args.several:
        try:
            found = jobs.from_folder(args.sketch, args.references, args.out, hints)
            return jobs.order_frames(found) if args.video else found
        except picture_folders.NoPictureError:
            if args.watch:
                return []  # its pictures are still to come
            raise
    return [jobs.Job(args.sketch, tuple(args.references), args.out, hints)]


if __name__ == "__main__":
    sys.exit(main())
