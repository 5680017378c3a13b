"""What an error of another library says."""


def find_reason(error: Exception) -> str:
    """The first line of an error's text; its kind, if it has none.

    Messages of TensorFlow go on over many lines, those of MemoryError and others may be
    empty.
    """
    text = str(getattr(error, "message", "") or error).strip()
    return text.splitlines()[0] if text else type(error).__name__
