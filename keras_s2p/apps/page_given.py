"""What an event of the web page that paints is given."""

from typing import NamedTuple

from keras_s2p.apps import page_history, page_seen
from keras_s2p.apps.page_inputs import NUM_REFERENCES


class Given(NamedTuple):
    """The inputs of an event that paints, in the page's order."""

    ready: bool  # whether what the browser kept was restored
    hints: list
    last: page_history.Entry  # or None
    entries: list
    seen: page_seen.Seen
    source: str
    file: dict
    drawing: dict
    strength: float
    size: int
    palette: bool
    places: bool
    layers: bool
    slots: list
    weights: list

    @classmethod
    def of(cls, values):
        """Of the values of all inputs.

        The hints, which come from here and not with the call, may be another sketch's
        by now.
        """
        *first, slots, weights = cls._fields
        count = len(first)
        rest = list(values[count:])
        self = cls(*values[:count], rest[:NUM_REFERENCES], rest[NUM_REFERENCES:])
        path = page_seen.find_slot(self.file)
        return self._replace(hints=self.seen.find_hints(self.source, path, self.hints))
