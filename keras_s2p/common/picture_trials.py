"""Decodes an AVIF first where it can do no harm: in a process of bounded memory.

The size that its header says, and that is looked at, need not be that of the picture in
it: 2 kB that say 32 x 32 may hold 16384 x 16384 pixels, and all of them are decoded
before Pillow sees any.
"""

import io
import os
import subprocess
import sys

# Bytes of memory: in any case, for each pixel and for each byte of the file. Pillow
# takes up to 16 a pixel for 8 bits a channel.
BASE, PER_PIXEL, PER_BYTE = 64_000_000, 48, 3
MAX_SECONDS = 120
PROGRAM = """
import sys
sys.path[:] = [path for path in sys.path if path]  # not the folder that it is called in
import io, resource
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (most, most))
import PIL.Image, PIL.AvifImagePlugin
PIL.AvifImagePlugin.DEFAULT_MAX_THREADS = 1
PIL.Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=["AVIF"]).load()
"""


def check_memory(reader, pixels: int):
    """Raises ValueError if an AVIF takes more memory than its size allows.

    Windows can not bound it; there the header is believed.

    Args:
        reader: picture_reader.Reader of the file.
        pixels: that its header says.
    """
    if os.name != "posix" or not sys.executable:
        return
    reader.seek(0)
    data = io.BufferedReader.read(reader)  # uncounted
    most = BASE + PER_PIXEL * pixels + PER_BYTE * len(data)
    try:
        trial = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(most)], input=data,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=MAX_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ValueError("it takes too long to decode") from None
    if trial.returncode:
        raise ValueError("it can not be decoded, or not in the size that it says")
