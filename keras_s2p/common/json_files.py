"""JSON files are read with bounds, and whatever is wrong with one names it."""

import contextlib
import json

from keras_s2p.common import files


@contextlib.contextmanager
def reading(path: str, problem: str = "can not be read"):
    """Yields what a JSON file holds; an error about that, within, names the file.

    Example:
        with json_files.reading(path) as found:
            return dict(found)

    Args:
        path: the file, of at most files.MAX_CONFIG_SIZE.
        problem: what the sentence says of a file that is damaged.

    Raises:
        ValueError: no such file, not a regular one, too large, no JSON, or what is
            within found none of what it looks for.
    """
    text = files.read_text(path, files.MAX_CONFIG_SIZE)
    try:
        yield json.loads(text)
    except (
        LookupError, OverflowError, RecursionError, TypeError, ValueError
    ) as error:  # fmt: skip
        raise ValueError(f"{path}: {problem} ({error})") from None
