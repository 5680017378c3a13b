"""Which sketch the web page shows; it may change while another one is painted."""

from keras_s2p.apps import page_files


class Seen:
    """The sketch that is seen; the events of a session share one."""

    def __init__(self):
        self._sketch = None  # not known yet

    def put(self, source, file):
        """Says what is seen from now on.

        Args:
            source: "file" or "draw".
            file: the value of the sketch's slot.
        """
        self._sketch = _name_sketch(source, file)

    def is_other(self, source, file) -> bool:
        """Whether another sketch is seen than this one."""
        return self._sketch not in (None, _name_sketch(source, file))


def find_slot(value):
    """The path of what was dropped into a slot; None of an empty one."""
    return value and page_files.find_file(value["path"])


def _name_sketch(source, file):
    return source, None if source == "draw" else find_slot(file)
