"""Files of layers, opened by painting programs, where some are installed.

Under Debian: apt-get install --no-install-recommends krita xvfb xauth
"""

import os
import shutil
import subprocess

import numpy as np
import PIL.Image
import pytest
from test_flats import painted

from keras_s2p.common import layered_files
from keras_s2p.painting import flats

GIMP = (  # reads a file and writes its layers as one
    '(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "{source}" "{source}")))'
    " (layer (car (gimp-image-merge-visible-layers image CLIP-TO-IMAGE))))"
    ' (file-png-save-defaults RUN-NONINTERACTIVE image layer "{target}" "{target}"))'
)
COMMANDS = {
    "krita": ["--export", "--export-filename", "{target}", "{source}"],
    "gimp": ["-i", "-b", GIMP, "-b", "(gimp-quit 0)"],
}


def export(program, source, target):
    """Lets a program write what it sees in a file of layers."""
    places = {"{source}": str(source), "{target}": str(target)}
    command = [program, *COMMANDS[program]]
    for name, place in places.items():
        command = [part.replace(name, place) for part in command]
    if program == "krita" and not os.environ.get("DISPLAY"):
        if not shutil.which("xvfb-run"):
            pytest.skip("krita needs a display, and xvfb-run is not installed")
        command = ["xvfb-run", "-a", *command]
    for _ in range(2):  # the display may not stand yet
        subprocess.run(command, capture_output=True, timeout=300)
        if target.exists():
            break


@pytest.mark.slow  # half a minute, where there is such a program
@pytest.mark.parametrize(
    ("program", "form"), [("krita", "psd"), ("krita", "ora"), ("gimp", "psd")]
)  # Debian's GIMP has no plug-in for .ora
def test_a_painting_program_shows_the_layers_as_the_painting(program, form, tmp_path):
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    if form == "psd":
        pytest.importorskip("psd_tools")
    given = painted()
    source, target = tmp_path / f"layers.{form}", tmp_path / "seen.png"
    merged = np.full_like(np.asarray(given.painting), 128)  # that is not to be shown
    layered_files.write_layers(str(source), flats.split_painting(given), merged)
    export(program, source, target)
    seen = np.asarray(PIL.Image.open(target).convert("RGB")).astype(int)
    assert np.abs(seen - np.asarray(given.painting)).max() <= 2
