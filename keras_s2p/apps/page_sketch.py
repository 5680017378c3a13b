"""What the web page's events of the sketch's slot and its tabs do.

Each gives a dict of the names of page_desk's outputs and their new values. Hints are
places of one sketch, and go with it.
"""

from keras_s2p.apps import page_desk, page_results, page_seen, page_visitors


def change(file, owner, seen):
    """Another file came into the slot, or none is there any more."""
    path = page_seen.find_slot(file)
    seen.put("file", path)
    if path == owner:  # it came back with its painting
        return {}
    if owner and seen.is_same(path, owner):  # browsers show it as another file
        return {"owner": path}
    return {**_blank(), "owner": path}


def turn(name, source, file, seen):
    """The tab of the file or of the drawing, "file" or "draw", was chosen."""
    seen.put(name, page_seen.find_slot(file))
    if name == source:
        return {}
    return {**_blank(), "owner": None, "source": name}


def show(file, seen=None):
    """The path of what browsers show of an upload; None if that is the upload itself.

    Args:
        file: the value of a slot.
        seen: page_seen.Seen if the slot is the sketch's.
    """
    path = page_seen.find_slot(file)
    shown = path and page_results.show_file(path, page_visitors.FOLDER.get())
    if shown == path:
        return None
    if seen is not None:
        seen.copy(path, shown)
    return shown


def _blank():
    return {**page_desk.blank(), "hints": [], "undone": []}
