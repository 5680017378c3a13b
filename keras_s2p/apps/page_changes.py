"""What the web page's events of the hints do: a click, Undo, Redo and Clear.

Each is given whether what the browser kept was restored, the hints, Changes, the colour
of the next hint and the painting's scale; it gives a dict of the names of page_desk's
outputs and their new values.
"""

import functools
from typing import NamedTuple

from keras_s2p.apps import page_desk, page_hints

READY = -5  # which of the values says it
MOST_CLEARED = 20  # times that Undo goes back over


class Changes(NamedTuple):
    """What Undo and Redo bring back; the last hint is there anyway.

    Attributes:
        undone: lists of page_hints, the one that was undone last is the last.
        cleared: likewise, of those that Clear took away.
    """

    undone: tuple = ()
    cleared: tuple = ()


def _if_known(function):
    """The function of an event, less that of a visit that was forgotten."""

    @functools.wraps(function)
    def call(*values):
        return function(*values) if values[READY] else page_desk.tell_forgotten()

    return call


@_if_known
def click(event: page_desk.Click, ready, hints, changes, colour, scale):
    """One hint more, where the painting was clicked, whatever was undone."""
    try:
        place = [value * (scale or 1) for value in event.index]
        hints = page_hints.add_hint(hints, place, colour)
    except (TypeError, ValueError) as error:
        text = str(error) if isinstance(error, ValueError) else page_hints.OUTSIDE
        return {"error": page_desk.show_error(text)}
    return {"hints": hints, "changes": changes._replace(undone=())}


def click_sketch(event: page_desk.Click, ready, hints, changes, colour, scale):
    """One hint more, where the sketch was clicked: it is seen in its own size."""
    return click(event, ready, hints, changes, colour, 1)


@_if_known
def undo(ready, hints, changes, colour, scale):
    """The hints before the last change: a hint, or Clear."""
    undone = (*changes.undone, hints)
    if hints:
        return {"hints": hints[:-1], "changes": changes._replace(undone=undone)}
    if not changes.cleared:
        return {}
    *cleared, hints = changes.cleared
    return {"hints": hints, "changes": Changes(undone, tuple(cleared))}


@_if_known
def redo(ready, hints, changes, colour, scale):
    """The hints before the last undoing."""
    if not changes.undone:
        return {}
    *undone, after = changes.undone
    changes = changes if after else _note_cleared(changes, hints)
    return {"hints": after, "changes": changes._replace(undone=tuple(undone))}


@_if_known
def clear(ready, hints, changes, colour, scale):
    """No hints; Undo brings them back."""
    if not hints:
        return {}
    changes = _note_cleared(changes, hints)
    return {"hints": [], "changes": changes._replace(undone=())}


def _note_cleared(changes, hints):
    return changes._replace(cleared=(*changes.cleared, hints)[-MOST_CLEARED:])
