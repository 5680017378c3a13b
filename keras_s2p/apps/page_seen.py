"""What the web page shows; it may change while something is painted."""

import hashlib
import os
import secrets

import PIL.Image

from keras_s2p.apps import page_files, page_results, page_visitors

MOST_HINTS = 32  # sketches that are seen no more, whose hints are known


class Seen:
    """What is seen; the events of a session share one.

    Attributes:
        recalls: how often a painting was brought back.
        drawing: path of what was last painted of the drawing board, or None.
    """

    def __init__(self):
        self.recalls = 0
        self.drawing = None
        self._digest = None  # of the drawing
        self._source = self._path = None  # not known yet
        self._left = {}  # by source: (path, what was made of it)
        self._hints = {}  # by source and path, of sketches that are seen no more
        self._copies = (None, None)  # path of an upload, and of what is shown of it

    def put(self, source, path):
        """Says what sketch is seen from now on.

        Args:
            source: "file" or "draw".
            path: of the file in the sketch's slot, or None.
        """
        self._source, self._path = source, path

    def recall(self, path):
        """Says that a painting is seen that was brought back, with its sketch."""
        self.recalls += 1
        if path:  # else it is gone
            self.put("file", path)

    def leave(self, source, path, made):
        """Says what was made of the sketch in a tab, which another may hide now."""
        self._left[source] = path if source == "file" else None, made

    def find_left(self, source, path):
        """What was made of the sketch that is in a tab, as it was left; else None."""
        before, made = self._left.get(source, (None, None))
        return made if source == "draw" or self.is_same(path, before) else None

    def keep_hints(self, hints):
        """Keeps the hints of a sketch that is left, for calls that are of it still."""
        place = self._source, self._path if self._source == "file" else None
        self._hints.pop(place, None)
        self._hints[place] = hints
        if len(self._hints) > MOST_HINTS:
            del self._hints[next(iter(self._hints))]

    def find_hints(self, source, path, hints):
        """The hints of the sketch that a call is of, which came with it or were left.

        Args:
            source: as the browser had it then.
            path: likewise, of the file.
            hints: those of the sketch that is seen now.
        """
        if not self.is_other(source, path):
            return hints
        for place, left in self._hints.items():
            if place[0] == source and (
                source == "draw" or self.is_same(path, place[1])
            ):
                return left
        return hints  # not known yet

    def copy(self, path, shown):
        """Says that another file is shown of an upload, with the same picture."""
        self._copies = (path, shown)

    def draw(self, pixels) -> str:
        """Writes a drawing, [H, W, 3] uint8, if it is a new one; gives its path.

        Raises:
            ImageError: it can not be written.
        """
        digest = hashlib.sha256(pixels.tobytes()).hexdigest()
        if digest != self._digest or not os.path.exists(self.drawing):
            folder = os.path.join(page_visitors.FOLDER.get(), secrets.token_hex(8))
            path = os.path.join(folder, "drawing.png")
            page_results.write_picture(path, PIL.Image.fromarray(pixels))
            self.drawing, self._digest = path, digest
        return self.drawing

    def is_same(self, path, other) -> bool:
        """Whether two paths are of the same picture; None is of none."""
        return path == other or (path in self._copies and other in self._copies)

    @property
    def is_drawn(self) -> bool:
        """Whether it is the drawing board, of which something was painted."""
        return self._source == "draw" and self.drawing is not None

    def is_other(self, source, path) -> bool:
        """Whether another sketch is seen than this one."""
        if self._source is None:
            return False
        if source != self._source:
            return True
        return source == "file" and not self.is_same(path, self._path)


def find_slot(value):
    """The path of what was dropped into a slot; None of an empty one."""
    return value and page_files.find_file(value["path"])
