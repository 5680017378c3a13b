"""Colours anime sketches after a reference painting (style2paints, 2017).

Example:
    from keras_s2p import Painter
    Painter().paint("sketch.png", "reference.png").save("out.png")
"""

import importlib
import os
import signal
import sys

# TensorFlow, which is imported later, leaves oneDNN off without AVX512, where it paints
# 1.5 times and trains 1.6 times as fast.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
# Its start-up messages, those about absent GPUs included, concern nobody who paints.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _say_end(kind, error, traceback):
    """Instead of a traceback, while a command still imports TensorFlow.

    That is of Ctrl-C, or where TensorFlow finds no folder for temporary files.
    """
    if issubclass(kind, KeyboardInterrupt):
        print("\nstopped", file=sys.stderr)
    elif issubclass(kind, FileNotFoundError) and "temporary directory" in str(error):
        print("no folder for temporary files has space; make some", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


def _stop(number, frame):
    """Ctrl-C of a command: while TensorFlow is imported, at once.

    Nothing is written then, and some that TensorFlow imports abort at an exception.
    """
    spec = getattr(sys.modules.get("tensorflow"), "__spec__", None)
    if getattr(spec, "_initializing", False):
        os.write(2, b"\nstopped\n")
        os._exit(1)
    signal.default_int_handler(number, frame)


# The first is python -m keras_s2p.evaluate, while it is being found.
if os.path.basename(sys.argv[0] if sys.argv else "") in (
    "-m", "keras-s2p", "paint.py", "train.py"
):  # fmt: skip
    sys.excepthook = _say_end
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _stop)

_PUBLIC = {
    "GeneratorConfig": "common.config",
    "Painter": "painting.painter",
    "PRESETS": "common.config",
    "RECIPES": "common.recipes",
    "RunConfig": "common.config",
    "TrainConfig": "common.config",
    "Trainer": "training.trainer",
    "build_discriminator": "networks.discriminator",
    "build_generator": "networks.generator",
    "build_hint_encoder": "networks.hint",
    "build_style2paints": "networks.style2paints",
    "load_networks": "networks.weights",
}
__all__ = list(_PUBLIC)


def __getattr__(name):
    if name == "__version__":
        return _read_version()
    # TensorFlow takes seconds to import: only what is asked for is imported.
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)


def _read_version():
    """The version that setup.py gave what is installed."""
    from importlib import metadata

    try:
        return metadata.version(__name__)
    except metadata.PackageNotFoundError:
        return "unknown"  # read from a folder that was never installed
