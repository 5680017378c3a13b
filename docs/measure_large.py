"""Measures what a picture of 24 million pixels takes of the web page, and its layers.

Example: python docs/measure_large.py

It prints seconds, seconds of processor time and the most memory of the page's process,
and what `paint` takes for the picture and a file of its layers.
It needs pip install -e ".[demo,psd]", and Linux, for the memory.
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

import PIL.Image
from gradio_client import Client, handle_file

EXAMPLES = pathlib.Path(__file__).parents[1] / "examples"
SKETCH, REFERENCE = "sketches/starfish.png", "references/ribbon.jpg"
SIZE = (4243, 5657)  # width and height in pixels
FORMS = ("png", "tiff")
LAYERED = ("psd", "ora")


def main():
    """Paints a small sketch, for what is done once, and the large ones."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "keras_s2p.demo", "--port", port]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        client = Client(server.stdout.readline().split()[0], verbose=False)
        with (
            tempfile.TemporaryDirectory() as folder,
            PIL.Image.open(EXAMPLES / SKETCH, formats=["PNG"]) as sketch,
        ):
            large = sketch.convert("RGB").resize(SIZE, PIL.Image.Resampling.LANCZOS)
            paint(client, EXAMPLES / SKETCH)
            for form in FORMS:
                path = pathlib.Path(folder) / f"sketch.{form}"
                large.save(path)
                begun, used = time.monotonic(), find_used(server.pid)
                painted = paint(client, path)
                seconds = time.monotonic() - begun
                used = find_used(server.pid) - used
                print(
                    f"{form}, {path.stat().st_size / 1e6:.0f} MB, to "
                    f"{painted[0]} x {painted[1]}: {seconds:.0f} s, {used:.0f} s of "
                    f"processors, {find_most_memory(server.pid) / 1e9:.1f} GB"
                )
            server.terminate()
            server.wait()
            for form in LAYERED:
                measure_layers(path, form)
    finally:
        server.terminate()
        server.wait()


def measure_layers(sketch, form):
    """Paints a sketch with a file of its layers, and prints what that takes."""
    out = str(sketch.parent / f"layers.{form}")
    command = [sys.executable, "-m", "keras_s2p.paint", str(sketch)]
    command += [str(EXAMPLES / REFERENCE), "-o", str(sketch.parent / "out.png")]
    begun, most = time.monotonic(), 0
    painting = subprocess.Popen([*command, "--layers", out], stdout=subprocess.DEVNULL)
    while painting.poll() is None:
        with contextlib.suppress(OSError, TypeError):  # it has just ended
            most = max(most, find_most_memory(painting.pid))
        time.sleep(0.05)
    print(
        f"{form} of layers, {os.path.getsize(out) / 1e6:.0f} MB: "
        f"{time.monotonic() - begun:.0f} s, {most / 1e9:.1f} GB"
    )


def paint(client, path):
    """The size of the painting of a sketch."""
    painting = client.predict(
        sketch=handle_file(str(path)),
        reference=handle_file(str(EXAMPLES / REFERENCE)),
        api_name="/paint",
    )
    with PIL.Image.open(painting, formats=["PNG"]) as image:
        return image.size


def find_used(pid):
    """Seconds of processor time that a process has had."""
    after = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after[11]) + int(after[12])) / os.sysconf("SC_CLK_TCK")


def find_most_memory(pid):
    """The most bytes that a process has had in memory."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", status)[1])


if __name__ == "__main__":
    main()
