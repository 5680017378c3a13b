"""What the web page shows; it may change while something is painted."""

from keras_s2p.apps import page_files


class Seen:
    """What is seen; the events of a session share one.

    Attributes:
        recalls: how often a painting was brought back.
    """

    def __init__(self):
        self.recalls = 0
        self._source = self._path = None  # not known yet
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

    def copy(self, path, shown):
        """Says that another file is shown of an upload, with the same picture."""
        self._copies = (path, shown)

    def is_same(self, path, other) -> bool:
        """Whether two paths are of the same picture; None is of none."""
        return path == other or (path in self._copies and other in self._copies)

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
