"""What a browser keeps of the web page over a reload; nothing here needs gradio.

What comes back is looked at as everything else from a browser: numbers and colours by
their ranges. Files are signed when they are handed out, so that a browser brings back
those of its own visitor alone; page_files.find_file looks at them again.
"""

import hashlib
import hmac
import json
import secrets

from keras_s2p.apps import page_hints

KEY = "keras_s2p"  # of the browser's storage
RANGES = {"strength": (0, 1), "size": (64, 512)}
SWITCHES = ("palette", "places", "layers")


class Saver:
    """Saves and restores; what one has signed, no other one takes.

    Args:
        find_file: function of a path that gives the real path, None for a file that is
            none of the page's.
    """

    def __init__(self, find_file):
        self._find_file = find_file
        self._secret = secrets.token_bytes(32)

    def save(self, settings, hints, colour, sketch, references, painted) -> dict:
        """What a browser is to keep.

        Args:
            settings: dict of RANGES, SWITCHES and "weights".
            hints: list of page_hints.
            colour: of the next hint.
            sketch: a path, or None.
            references: paths, None for those left empty.
            painted: whether there is a painting.
        """
        files = [sketch, *references]
        return {
            "settings": settings, "hints": [list(hint) for hint in hints],
            "colour": colour, "files": files, "signature": self._sign(files),
            "painted": bool(painted),
        }  # fmt: skip

    def restore(self, saved) -> dict:
        """What is good of what a browser kept: the arguments of `save`, less the rest.

        "sketch" and "references" are there together, or not at all.
        """
        saved = saved if isinstance(saved, dict) else {}
        found = {"settings": _check_settings(saved.get("settings"))}
        try:
            found["colour"] = page_hints.find_colour(saved.get("colour"))
        except ValueError:
            pass
        files = saved.get("files")
        if self._is_signed(files, saved.get("signature")):
            sketch, *references = (each and self._find_file(each) for each in files)
            found.update(sketch=sketch, references=references)
            if sketch:  # hints are places of one sketch
                found["hints"] = _check_hints(saved.get("hints"))
                found["painted"] = saved.get("painted") is True
        return found

    def _sign(self, files):
        text = json.dumps(files).encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()

    def _is_signed(self, files, signature):
        try:
            right = self._sign(files).encode()
            return bool(files) and hmac.compare_digest(right, str(signature).encode())
        except (TypeError, ValueError):  # not what json can write
            return False


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
