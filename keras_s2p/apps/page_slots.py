"""What the web page's events of its slots, and of the sketch's tabs, do.

Those that change more than one part give a dict of the names of page_desk's outputs and
their new values. Hints are places of one sketch, and go with it.
"""

import os

from keras_s2p.apps import (
    page_changes,
    page_desk,
    page_results,
    page_seen,
    page_visitors,
)

_NONE = page_changes.Changes()


def change(file, owner, seen, hints):
    """Another file came into the sketch's slot, or none is there any more."""
    path = page_seen.find_slot(file)
    seen.keep_hints(hints)
    seen.put("file", path)
    if path == owner:  # it came back with its painting
        return {}
    if owner and seen.is_same(path, owner):  # browsers show it as another file
        return {"owner": path}
    return {**_blank(), "owner": path}


def turn(name, source, file, hints, changes, last, layers, seen):
    """The tab of the file or of the drawing, "file" or "draw", was chosen.

    What was made of its sketch before is seen again.
    """
    path = page_seen.find_slot(file)
    seen.keep_hints(hints)
    seen.put(name, path)
    if name == source:
        return {}
    seen.leave(source, path, (hints, changes, last))
    hints, changes, last = seen.find_left(name, path) or ([], _NONE, None)
    answer = _blank()
    if last and last.result and os.path.exists(last.result.painting):
        answer.update(page_desk.show(last, layers is True))
    owner = path if name == "file" else None
    return {
        **answer, "hints": hints, "changes": changes, "owner": owner, "source": name
    }  # fmt: skip


def wipe(hints, changes):
    """The drawing board was cleared; Undo brings its hints back."""
    cleared = page_changes.clear(True, hints, changes, None, None)
    return {**page_desk.blank(), **cleared}


def show(file, seen=None):
    """What browsers show of an upload.

    Args:
        file: the value of a slot.
        seen: page_seen.Seen if it is the sketch's.

    Returns:
        (path, path of what is shown in its place), or None if that is the upload.
    """
    path = page_seen.find_slot(file)
    shown = path and page_results.show_file(path, page_visitors.FOLDER.get())
    if shown == path:
        return None
    if seen is not None:
        seen.copy(path, shown)
    return path, shown


def _blank():
    return {**page_desk.blank(), "hints": [], "changes": _NONE}
