"""The options of the paint command: what there is, and what does not go together."""

import argparse
import math
import os
import sys

from keras_s2p.apps import jobs
from keras_s2p.common import console, files
from keras_s2p.painting import hint_pictures


def parse_args(argv, description):
    """The options, with `references`, `examples`, `several` and a default for `out`.

    Args:
        argv: list of str; the command line's if None.
        description: what --help begins with.
    """
    parser = argparse.ArgumentParser(
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("sketch", nargs="?", metavar="SKETCH", help="line drawing, or folder of them")
    add("first", nargs="?", metavar="REFERENCE", help="painting, or folder of them")
    add(
        "-o", "--out",
        help="file, .png if it has no extension, or folder (default: "
        "SKETCH_painted.png, here)",
    )  # fmt: skip
    add("--pairs", help="CSV file of what to paint; its paths are relative to it")
    add(
        "--reference", action="append", default=[],
        help="a painting to blend in; may be repeated",
    )  # fmt: skip
    add(
        "--reference-weight", type=float, nargs="+", metavar="WEIGHT",
        help="weights of the references, in their order (default: all alike)",
    )  # fmt: skip
    add(
        "--hints", metavar="HINTS",
        help="picture of the sketch's size, transparent but where an area shall have "
        "the colour drawn there (white: none); or a folder of them, matched by name",
    )  # fmt: skip
    add(
        "--hint", action="append", default=[], type=parse_hint, metavar="X,Y,COLOUR",
        help="a dot of colour in place of --hints, as 120,80,#c04050; the colour may "
        "be `paper`, which leaves the area blank; may be repeated",
    )  # fmt: skip
    add(
        "--strength", type=float, default=1.0,
        help="from 0, grey, over paler colours to 1, the reference's own (default: 1)",
    )  # fmt: skip
    add(
        "--palette", action=argparse.BooleanOptionalAction, default=True,
        help="match the colours to those of the reference, if it is one alone",
    )  # fmt: skip
    add(
        "--correspondence", action=argparse.BooleanOptionalAction, default=True,
        help="carry colours from like places of the reference, if it is one alone",
    )  # fmt: skip
    add(
        "--size", type=int,
        help="side that a square is painted at, 32 to 2048 (default: the weights' own)",
    )  # fmt: skip
    add(
        "--layers", nargs="?", const=jobs.PNG, metavar="FILE",
        help="also write the colour without lines, and the lines as transparent PNG; "
        "or FILE, out.psd or out.ora, with paper, flat colours, shading, highlights "
        "and lines; or psd or ora, such a file beside each painting",
    )  # fmt: skip
    add(
        "--all-pairs", action="store_true",
        help="each sketch of a folder after each reference of a folder, as "
        "SKETCH_REFERENCE.png",
    )  # fmt: skip
    add(
        "--skip-existing", action="store_true",
        help="leave alone what is painted already, layers included",
    )  # fmt: skip
    add(
        "--overview", action="store_true",
        help=f"also write {jobs.OVERVIEW}, one picture of all sketches, references and "
        "paintings of a folder or of --pairs",
    )  # fmt: skip
    add(
        "--video", action="store_true",
        help="the sketches of each folder are frames of a video, by their names: each "
        "keeps the colours of the one before; --hint is for the first one",
    )  # fmt: skip
    add(
        "--watch", action="store_true",
        help="go on with what is saved into SKETCH, a folder, or changed, until Ctrl-C",
    )  # fmt: skip
    add(
        "--json", action="store_true",
        help="print a JSON line for each painting made or failed, and nothing else",
    )  # fmt: skip
    add("--weights", help="release or run folder (default: the release)")
    add("--vgg-weights", default="imagenet", help="Keras's VGG 19 file, for `paper`")
    add("--saved-model", metavar="DIR", help="exported model to paint with instead")
    args = parser.parse_intermixed_args(_bind_layers(console.protect_names(argv)))

    first = [] if args.first is None else [args.first]
    args.references = first + args.reference
    args.examples = not (args.sketch or args.references or args.pairs)
    args.several = not args.sketch or os.path.isdir(args.sketch)
    args.is_named = not (args.several or is_folder(args.out or ""))  # by the user
    if args.layers and args.layers.lower() in (jobs.PNG, *jobs.LAYERED):
        args.layers = args.layers.lower()
    problem = find_misuse(args)
    if problem:
        parser.error(problem)
    args.overview = args.overview or args.examples
    if not args.out and args.examples:
        args.out = "paintings"
    elif not args.several and is_folder(args.out or ""):
        stem = os.path.splitext(os.path.basename(args.sketch))[0]
        args.out = os.path.join(args.out or "", f"{stem}_painted.png")
    elif not args.several and not is_special(args.out):
        try:
            args.out = jobs.with_extension(args.out)
        except ValueError as error:
            parser.error(f"-o: {error}")
    return args


def _bind_layers(argv):
    """The arguments, with what follows --layers bound to it if it is a file of layers.

    So that --layers SKETCH REFERENCE leaves the sketch alone.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    for place, each in enumerate(argv):
        if each == "--layers":
            value = argv[place + 1] if place + 1 < len(argv) else ""
            if value.lower().rpartition(".")[-1] not in jobs.LAYERED:
                return [*argv[:place], f"--layers={jobs.PNG}", *argv[place + 1 :]]
            return [*argv[:place], f"--layers={value}", *argv[place + 2 :]]
    return argv


def parse_hint(text):
    """The point of an option --hint."""
    try:
        x, y, colour = text.split(",", 2)
        hint_pictures.read_colour(colour, "")
        x, y = float(x), float(y)
        if not math.isfinite(x + y):  # JSON has no such numbers
            raise ValueError
        return x, y, colour
    except ValueError:
        sentence = f"{text} is not X,Y,COLOUR, as 120,80,#c04050 is"
        raise argparse.ArgumentTypeError(sentence) from None


def is_folder(path):
    """Whether a path is one to put files into: the current folder, x/ or one there."""
    return not os.path.basename(path) or os.path.isdir(path)


def is_same(path, other):
    """Whether two paths lead to the same place, which may be mounted twice."""
    if os.path.exists(path) and os.path.exists(other):
        return os.path.samefile(path, other)
    return files.find_real(path) == files.find_real(other)


def is_special(path):
    """Whether a path is of a device or the like, which is refused under this name."""
    return os.path.exists(path) and not os.path.isfile(path)


def find_misuse(args):
    """A sentence if the options do not go together."""
    weights = args.reference_weight
    hinted = bool(args.hints or args.hint)
    if args.pairs and (args.sketch or args.references or hinted):
        return "--pairs: names sketches and references itself; give no others"
    if not args.pairs and not args.sketch and (args.references or hinted):
        return "SKETCH is missing"
    if args.sketch and not (args.references or hinted):
        return "REFERENCE is missing"
    if args.hints and args.hint:
        return "--hints and --hint: give one of them"
    if os.path.isdir(args.hints or "") and not args.several:
        return "--hints: must be a picture, not a folder, if SKETCH is one"
    form = (args.layers or jobs.PNG).lower()
    if form != jobs.PNG and form.rpartition(".")[-1] not in jobs.LAYERED:
        return f"--layers: {args.layers} is no .psd or .ora file"
    if args.several and "." in form:
        return f"--layers: give {' or '.join(jobs.LAYERED)} for several sketches"
    if args.all_pairs and (
        not args.sketch
        or len(args.references) != 1
        or any(map(os.path.isfile, (args.sketch, *args.references)))
    ):
        return "--all-pairs: SKETCH and REFERENCE must be two folders"
    if args.overview and (args.watch or os.path.isfile(args.sketch or "")):
        return "--overview: is for a folder of sketches or --pairs, without --watch"
    if args.video and (not args.sketch or os.path.isfile(args.sketch)):
        return "--video: SKETCH must be a folder"
    for other in ("all_pairs", "skip_existing", "watch"):
        if args.video and getattr(args, other):
            return f"--video: does not go with --{other.replace('_', '-')}"
    if args.watch and (not args.sketch or os.path.isfile(args.sketch)):
        return "--watch: SKETCH must be a folder"
    if args.watch and any(map(os.path.isdir, args.references)):
        return "--watch: REFERENCE must be a painting, not a folder"
    if args.several and not args.out and not args.examples:
        return "-o FOLDER is needed to paint several sketches"
    read = [("SKETCH", args.sketch), ("--hints", args.hints)]
    for name, folder in read + [("REFERENCE", each) for each in args.references]:
        if args.several and folder and is_same(args.out, folder):
            return f"-o: must be another folder than {name}, which is read again later"
    if args.saved_model and (args.size or args.weights):
        return "--saved-model: has a size and weights of its own; give no others"
    if args.size is not None and not 32 <= args.size <= 2048:
        return "--size: must be between 32 and 2048"
    if not 0 <= args.strength <= 1:
        return "--strength: must be between 0 and 1"
    if weights and len(weights) != len(args.references):
        return f"--reference-weight: {len(args.references)} needed, one a reference"
    if weights and not (min(weights) >= 0 and 0 < sum(weights) < float("inf")):
        return "--reference-weight: must be finite and not negative, and not all 0"
    return None
