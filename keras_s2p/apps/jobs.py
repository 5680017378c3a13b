"""Jobs of paint.py: which sketch is painted after which references into which file.

Paths only: no picture is opened.
"""

import collections
import contextlib
import difflib
import json
import os
import re
from typing import Any, NamedTuple

from keras_s2p.apps import made
from keras_s2p.common import picture_files, picture_folders, tables

PNG, LAYERED = "png", ("psd", "ora")  # forms of layers
OVERVIEW = "overview.png"  # in the folder of the outputs
PAIRS_COLUMNS = ("sketch", "reference", "output")


class Job(NamedTuple):
    """One painting to make; all are paths, but for hints given as points."""

    sketch: str
    references: tuple  # maybe none
    output: str
    hints: Any = None  # path of a picture, tuple of (x, y, colour), or None

    def watched(self) -> list:
        """The files after a change of which it is painted anew."""
        return [self.sketch] + [self.hints] * isinstance(self.hints, str)

    def inputs(self) -> list:
        """All files that are read."""
        return [*self.watched(), *self.references]

    def paths(self, layers=None) -> list:
        """What is written: the output, and its layers.

        Args:
            layers: None; "png": x_colour.png and x_lines.png; "psd" or "ora": x.psd or
                x.ora; or the path of such a file.
        """
        root = os.path.splitext(self.output)[0]
        if layers == PNG:
            return [self.output, f"{root}_colour.png", f"{root}_lines.png"]
        if layers in LAYERED:
            return [self.output, f"{root}.{layers}"]
        return [self.output] + [layers] * bool(layers)

    def is_done(self, layers=None) -> bool:
        """Whether all that `paths` names is there: files are whole or not there.

        What is another painting's layer is no painting.
        """
        if not all(os.path.isfile(path) for path in self.paths(layers)):
            return False
        with contextlib.suppress(picture_files.ImageError):  # it is there
            return not picture_files.is_described(self.output, made.LAYER)
        return True

    def describe(self, error) -> str:
        """The sentence that says why it failed, one of several."""
        return f"{self.output} not painted: {error}"

    def to_json(self, seconds: float, error=None) -> str:
        """The line of JSON that says that it was painted, or why not."""
        line = {
            **self._asdict(),
            "seconds": round(seconds, 3),
            "error": str(error) if error else None,
        }
        return json.dumps(line)  # ASCII: any output takes it, whatever the names


def from_pairs(path: str, out: str) -> list:
    """Jobs of a CSV file with the columns sketch, reference and output.

    Args:
        path: the file; its sketches, references and hints, a column that may be
            missing, are relative to it.
        out: folder that the outputs are relative to, and may not leave; those without
            an extension get .png.

    Raises:
        ValueError: not such a file, or a row is not complete.
    """
    rows = tables.read_rows(path)
    if not any(map(_is_filled, rows)):
        raise ValueError(f"{path}: no rows below the line {','.join(PAIRS_COLUMNS)}")
    _check_columns(path, rows[0])
    jobs = []
    folder = os.path.dirname(path)
    for number, row in enumerate(rows, start=1):
        if not _is_filled(row):
            continue  # spreadsheets leave lines of nothing but commas
        tables.check_width(row, path, number)
        for column in PAIRS_COLUMNS:
            if not row.get(column):
                raise ValueError(f"{path}: row {number} has no {column}")
        name = os.path.normpath(row["output"])
        if os.path.isabs(name) or name.split(os.sep)[0] in (os.curdir, os.pardir):
            raise ValueError(
                f"{path}: row {number}: the output {name} is no file in {out}"
            )
        try:
            output = with_extension(name)
        except ValueError as error:
            raise ValueError(f"{path}: row {number}: {error}") from None
        sketch, reference = (os.path.join(folder, row[c]) for c in PAIRS_COLUMNS[:2])
        hints = row.get("hints")
        hints = os.path.join(folder, hints) if hints else None
        jobs.append(Job(sketch, (reference,), os.path.join(out, output), hints))
    return jobs


def _check_columns(path, row):
    """Raises ValueError if a column may be one of ours that is misspelt."""
    known = (*PAIRS_COLUMNS, "hints")
    for name in set(row) - {*known, None}:
        meant = difflib.get_close_matches(name.strip().lower(), known, 1, 0.8)
        if meant and meant[0] not in row:
            raise ValueError(f"{path}: column {name} is not read; {meant[0]} is")


def _is_filled(row):
    """Whether a row has any text; that beyond the last column is a list."""
    return any(any(value or "") for value in row.values())


def from_folder(sketches: str, references: list, out: str, hints=None) -> list:
    """A job for each picture in a folder, sub-folders included.

    Args:
        sketches: the folder; pictures in `out` or in `hints` below it are left out,
            and what earlier calls made in sub-folders (made.list_outside).
        references: paths; from a folder the picture at the sketch's place is taken, or
            else the only one of its name in any sub-folder, whatever its extension.
        out: folder of the outputs, PNG files placed and named like the sketches.
        hints: what Job.hints has, for all, or a folder of such pictures, each of which
            is one sketch's alone; a sketch may have none there. See _match_hints.

    Raises:
        ValueError: a folder without pictures.
    """
    folder = hints if isinstance(hints, str) and os.path.isdir(hints) else None
    names = made.list_outside(sketches, out, folder)
    finders = {
        path: _finder(path, picture_folders.list_outside(path, out))
        for path in references
        if os.path.isdir(path)
    }
    hints_of = dict.fromkeys(names, hints)
    if folder:
        hints_of = _match_hints(names, folder, out)
    jobs = []
    for name, title in _find_titles(names).items():
        found = tuple(
            # Of one that is missing, reading says so.
            (finders[path](name) or os.path.join(path, name))
            if path in finders
            else path
            for path in references
        )
        sketch, output = os.path.join(sketches, name), os.path.join(out, f"{title}.png")
        jobs.append(Job(sketch, found, output, hints_of.get(name)))
    return jobs


def _find_titles(names):
    """Names of files with what their outputs are called after: no extension.

    Of a.png and a.jpg neither may take the other's place: they keep it, and so does
    a.png.png, in the place of which a.png is painted then.
    """
    counts = collections.Counter(each for name in names for each in (_stem(name), name))
    return {name: _stem(name) if counts[_stem(name)] == 1 else name for name in names}


def _list_some(folder, out):
    """The pictures in a folder that may still be empty, but for those in `out`."""
    try:
        return made.list_outside(folder, out)
    except picture_folders.NoPictureError:
        return []


def _finder(folder, names):
    """Function of a sketch's name that gives the path of its like among others."""
    by_place, by_name = collections.defaultdict(list), collections.defaultdict(list)
    for name in names:
        by_name[_base(name)].append(name)
        by_place[_stem(name)].append(name)
    by_place.update((name, [name]) for name in names)

    def find(sketch):
        stem = _stem(sketch)
        for alike in (by_place[sketch], by_place[stem], by_name[_base(sketch)]):
            if len(alike) == 1:
                return os.path.join(folder, *alike)
            if alike:  # none of several is taken by chance
                return None
        return None

    return find


def _match_hints(sketches, folder, out):
    """{sketch: path of its hints} of the sketches that have some in a folder.

    Those of a.jpg have its name and place, or are called a.jpg.png there; or they are
    called a.png there, or in any sub-folder, if no other sketch and no other hints are
    called so. Paintings in `out` below the folder, or made earlier, are no hints.
    """
    hints, found, taken = _list_some(folder, out), {}, set()
    ways = (str, str), (_stem, str), (_stem, _stem), (_base, _base)
    for key_of_hints, key_of_sketch in ways:
        alike = collections.defaultdict(list)
        for name in hints:
            alike[key_of_hints(name)].append(name)
        counts = collections.Counter(map(key_of_sketch, sketches))
        for sketch in sketches:
            key = key_of_sketch(sketch)
            alone = counts[key] == len(alike[key]) == 1
            if alone and sketch not in found and alike[key][0] not in taken:
                found[sketch] = alike[key][0]
                taken.add(alike[key][0])
    return {sketch: os.path.join(folder, name) for sketch, name in found.items()}


def from_product(sketches: str, references: str, out: str, hints=None) -> list:
    """A job for each sketch of one folder with each reference of another.

    Args:
        sketches: the folder, as of from_folder.
        references: the other folder; pictures in `out` below it are left out.
        out: folder of the outputs, SKETCH_REFERENCE.png, placed like the sketches;
            with more _ between if two would have one name.
        hints: as of from_folder.

    Raises:
        ValueError: a folder that is missing or without pictures.
    """
    todo = from_folder(sketches, [], out, hints)
    titles = _find_titles(picture_folders.list_outside(references, out)).items()
    for between in ("_", "__", "___"):  # a with b_c may be called as a_b with c
        products = [
            Job(
                job.sketch, (os.path.join(references, name),),
                f"{_stem(job.output)}{between}{title.replace(os.sep, '_')}.png",
                job.hints,
            )
            for job in todo
            for name, title in titles
        ]  # fmt: skip
        if len({job.output for job in products}) == len(products):
            break
    return products


def order_frames(jobs: list) -> list:
    """Jobs by folder and name, numbers in names by their value: 2.png before 10.png."""

    def key(job):
        folder, name = os.path.split(job.sketch)
        parts = re.split(r"([0-9]+)", name)  # text and numbers by turns
        parts[1::2] = map(int, parts[1::2])
        return folder, parts, name

    return sorted(jobs, key=key)


def with_extension(path: str) -> str:
    """The path of a picture to write, with .png if it has no picture's extension.

    Raises:
        ValueError: it has the extension of layers.
    """
    extension = os.path.splitext(path)[1].lower()
    if extension[1:] in LAYERED:
        raise ValueError(f"{path}: a painting is one picture; --layers writes {path}")
    return path if picture_files.is_written(extension) else f"{path}.png"


def _stem(path):
    return os.path.splitext(path)[0]


def _base(path):
    return os.path.basename(_stem(path))
