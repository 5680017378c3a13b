"""Looks at Keras's own files of weights, in HDF5, where it can do no harm.

Keras makes each array before it compares shapes, and few bytes can say any size; and
the library that reads HDF5 may crash, or never end, over a single changed byte. So a
file is read first in a process of its own, of bounded memory and time.
"""

import os
import subprocess
import sys

BASE = 500_000_000  # bytes of memory, beyond the arrays
MAX_SECONDS = 120
PROGRAM = """
import sys
sys.path[:] = [path for path in sys.path if path]  # not the folder that it is called in
path, most, base = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
try:
    import resource
    resource.setrlimit(resource.RLIMIT_DATA, (most + base, most + base))
except ImportError:
    pass  # not under Windows
import h5py
arrays = []
def look(name, entry):
    dict(entry.attrs)
    if isinstance(entry, h5py.Dataset):
        arrays.append(entry)
with h5py.File(path, "r") as file:
    dict(file.attrs)
    file.visititems(look)
    size = sum(array.size * array.dtype.itemsize for array in arrays)
    for array in arrays if size <= most else ():
        array[()]
print(size)
"""


def check(path: str, most: int, option: str):
    """Raises ValueError if a file can not be read, or says that it has too many bytes.

    Args:
        path: the file; one that is not there is left to Keras to say.
        most: bytes of all arrays.
        option: that names the file.
    """
    if not sys.executable or not os.path.isfile(path):
        return
    command = [sys.executable, "-c", PROGRAM, path, str(most), str(BASE)]
    try:
        trial = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, timeout=MAX_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        trial = None
    if trial is None or trial.returncode:
        raise ValueError(
            f"{option}: {path}: can not be loaded (damaged, or not in HDF5); give "
            "Keras's own file"
        )
    size = int(trial.stdout)
    if size > most:
        raise ValueError(
            f"{option}: {path} says that it holds {size} bytes; at most {most}"
        )
