"""What a browser keeps of the web page over a reload; nothing here needs gradio.

What comes back is looked at as everything else from a browser: numbers and colours by
their ranges, and files by page_files.find_shown: a browser brings back its own alone.
"""

from keras_s2p.apps import page_hints

KEY = "keras_s2p"  # of the browser's storage
RANGES = {"strength": (0, 1), "size": (64, 512)}
MOST_FILES = 16  # that a browser brings back
MOST_FOUND = 100  # paintings of several sketches, likewise
SWITCHES = ("palette", "places", "layers")


class Saver:
    """Saves and restores.

    Args:
        find_file: function of whatever a browser sends that gives the real path, None
            of what is no path of a file of this visitor.
    """

    def __init__(self, find_file):
        self._find_file = find_file

    def save(self, settings, hints, colour, sketch, references, painted, found) -> dict:
        """What a browser is to keep.

        Args:
            settings: dict of RANGES, SWITCHES and "weights"; bad ones are left out.
            hints: list of page_hints.
            colour: of the next hint; likewise.
            sketch: a path, or None.
            references: paths, None for those left empty.
            painted: whether there is a painting.
            found: paths of paintings of several sketches.
        """
        files = [sketch, *references]
        return {
            "settings": _check_settings(settings), "painted": bool(painted),
            "hints": [list(hint) for hint in hints], "files": files,
            "found": found, **_check_colour(colour),
        }  # fmt: skip

    def restore(self, saved) -> dict:
        """What is good of what a browser kept: the arguments of `save`, less the rest.

        "sketch" and "references" are there together, or not at all.
        """
        saved = saved if isinstance(saved, dict) else {}
        found = {
            "settings": _check_settings(saved.get("settings")),
            **_check_colour(saved.get("colour")),
        }
        listed = saved.get("found")
        if isinstance(listed, list) and len(listed) <= MOST_FOUND:
            found["found"] = list(filter(None, map(self._find_file, listed)))
        files = saved.get("files")
        if isinstance(files, list) and 0 < len(files) <= MOST_FILES:
            sketch, *references = map(self._find_file, files)
            found.update(sketch=sketch, references=references)
            if sketch:  # hints are places of one sketch
                found["hints"] = _check_hints(saved.get("hints"))
                found["painted"] = saved.get("painted") is True
        return found


def _check_colour(colour):
    try:
        return {"colour": page_hints.find_colour(colour)}
    except ValueError:
        return {}


def _check_settings(settings):
    """Those that are in their ranges."""
    settings = settings if isinstance(settings, dict) else {}
    found = {
        name: settings[name]
        for name, (least, most) in RANGES.items()
        if is_number(settings.get(name), least, most)
    }
    found.update(
        (name, settings[name])
        for name in SWITCHES
        if isinstance(settings.get(name), bool)
    )
    weights = settings.get("weights")
    if isinstance(weights, list) and all(is_number(each, 0, 1) for each in weights):
        found["weights"] = weights
    return found


def _check_hints(hints):
    found = []
    try:
        for x, y, colour in hints:
            found = page_hints.add_hint(found, (x, y), colour)
    except (TypeError, ValueError):
        return []
    return found


def is_number(value, least, most) -> bool:
    """Whether a slider can have this value."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and least <= value <= most
