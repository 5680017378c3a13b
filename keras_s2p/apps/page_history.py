"""The last paintings of a visitor of the web page, with their settings.

Nothing here needs gradio, and nothing comes from a browser but the index of a click.
"""

import os
from typing import NamedTuple, Optional

from keras_s2p.apps.page_results import Result

MOST = 8  # paintings


class Request(NamedTuple):
    """What was asked to be painted; two that are equal give the same painting."""

    sketch: str  # a path
    references: tuple  # paths, None for those left empty
    weights: tuple
    strength: float
    size: int
    palette: bool
    places: bool
    hints: tuple  # of page_hints

    def is_like(self, other) -> bool:
        """Whether sketch and references are the same."""
        return self[:2] == other[:2]


class Entry(NamedTuple):
    """A painting, and what it was painted from."""

    request: Optional[Request]
    result: Optional[Result]
    asked: bool = True  # by the button, not by a change
    drawn: bool = False  # the sketch is a drawing

    def is_answer(self, request, asked) -> bool:
        """Whether this is what is asked for, by the button or not, and stays."""
        if request != self.request:
            return False
        # Else it would give its place to the next one that is painted by itself.
        return not asked or (self.asked and os.path.exists(self.result.painting))


BEFORE = Entry(None, None)  # a painting was there, and is to be painted again


def add_entry(entries, entry, last) -> list:
    """The entries with a new one in front.

    Of those painted by themselves, one after each change, the last one is kept. One
    that is painted again, as after a reload, is there once.

    Args:
        entries: those so far, the newest first.
        entry: Entry.
        last: the one that was seen before, or None: no other gives its place.
    """
    same = [each for each in entries if each.request == entry.request]
    if same:
        entry = entry._replace(asked=entry.asked or same[0].asked)
        entries = [each for each in entries if each not in same]
    elif entries and last and last.result == entries[0].result:
        if not entry.asked and not entries[0].asked:
            if entry.request.is_like(entries[0].request):
                entries = entries[1:]
    return [entry, *entries][:MOST]


def find_entry(entries, index) -> Optional[Entry]:
    """The entry that was clicked; None if there is none."""
    if isinstance(index, int) and 0 <= index < len(entries or []):
        return entries[index]
    return None
