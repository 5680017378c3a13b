"""Paints sketches in the colours of reference paintings.

keras-s2p paint                                     the examples, into paintings/
keras-s2p paint SKETCH REFERENCE [-o OUT.png]
keras-s2p paint SKETCH_FOLDER REFERENCE -o FOLDER   every picture of it and of its
                                                    sub-folders, for instance the frames
                                                    of a video (0001.png, 0002.png, ...)
                                                    under a reference encoded once
keras-s2p paint SKETCH_FOLDER REFERENCE_FOLDER -o FOLDER
                                                    each after the reference in the same
                                                    place, or the only one of its name
keras-s2p paint SKETCH_FOLDER REFERENCE -o FOLDER --watch
                                                    and then whatever is saved there
keras-s2p paint --pairs pairs.csv -o FOLDER         columns sketch,reference,output
                                                    and, if there are some, hints
keras-s2p paint SKETCH [REFERENCE] --hint 120,80,#c04050 --hint 300,40,paper
                                                    areas in colours of your own
"""

import os
import sys

from keras_s2p.apps import jobs, paint_options
from keras_s2p.common import console, layered_files, shipped


def main(argv=None) -> int:
    """Runs the command and gives its exit code."""
    args = paint_options.parse_args(argv, __doc__)
    console.print_any_name()
    try:
        failures = run(args)
    except (ValueError, OSError) as error:
        failures = [error]
    except KeyboardInterrupt:
        failures = ["stopped; every painting written so far is whole"]
    for failure in failures:
        print(f"paint: {failure}", file=sys.stderr)
    return 1 if failures else 0


def run(args) -> list:
    """Paints; returns a sentence for each sketch that could not be painted."""
    # What needs no TensorFlow is checked before it starts.
    inputs = [args.sketch, *args.references, args.hints, args.pairs]
    jobs.check_inputs([*inputs, args.weights, args.saved_model])
    jobs.check_writable(args.out if args.several else os.path.dirname(args.out))
    todo = plan(args)
    jobs.check_outputs(todo, args.layers)
    if args.layers and args.layers != jobs.PNG:
        written = jobs.Job("", (), args.out).paths(args.layers)
        layered_files.check_writable(written[-1])
    if os.path.isdir(args.hints or "") and not args.watch:
        jobs.check_hints(todo, args.hints)

    from keras_s2p.apps import batch

    parts = {"palette": args.palette, "places": args.correspondence}
    painter = batch.JobPainter(
        batch.load_painter(args.weights, args.size, args.vgg_weights, args.saved_model),
        args.reference_weight,
        [name for name, wanted in parts.items() if not wanted],
        args.strength,
        args.layers,
    )
    alike = len({job.references for job in todo}) == 1
    if args.watch or alike and not args.json:
        for reference in args.references or todo[0].references:
            painter.style(reference)  # bad for all: one error, not one a sketch
    if args.watch:
        if not args.json:
            print(f"Watching {args.sketch}; Ctrl-C ends it", flush=True)
        batch.paint_on(lambda: plan(args), painter, args.json)
        return []
    done, failures = batch.paint_all(todo, painter.paint, args.json)
    overview = os.path.join(args.out, "overview.png")
    if args.examples and done:
        batch.write_overview(done, overview)
    if done and not args.json:
        if args.examples:
            print(f"All at a glance in {overview}")
        print(f"{len(done)} painted, in {args.out}" if args.several else args.out)
    return failures


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
    if args.several:
        try:
            return jobs.from_folder(args.sketch, args.references, args.out, hints)
        except ValueError:
            if args.watch and os.path.isdir(args.sketch):
                return []  # its pictures are still to come
            raise
    return [jobs.Job(args.sketch, tuple(args.references), args.out, hints)]


if __name__ == "__main__":
    sys.exit(main())
