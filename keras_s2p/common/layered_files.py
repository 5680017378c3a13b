"""Files of layers, which painting programs go on with: Photoshop's PSD and OpenRaster.

OpenRaster after https://www.openraster.org/baseline/file-layout-spec.html. Reading is
the work of picture_files, which takes the merged picture.
"""

import io
import os
import zipfile
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np
import PIL.Image

from keras_s2p.common import files, picture_colours, seals
from keras_s2p.common.picture_files import ImageError

EXTENSIONS = (".psd", ".ora")
NORMAL, MULTIPLY, SCREEN = "normal", "multiply", "screen"
SVG_MODES = {NORMAL: "svg:src-over", MULTIPLY: "svg:multiply", SCREEN: "svg:screen"}
THUMBNAIL = 256  # pixels, at most, a side
OPENRASTER_VERSION = "0.0.3"
SEAL_RESOURCE = 4000  # of a PSD, for what a program alone knows
MAX_PSD_SIDE = 30_000  # pixels; what is larger has another format, PSB


class Layer(NamedTuple):
    """A layer and how it is laid over those below it."""

    name: str
    pixels: np.ndarray  # [h, w, 4] uint8, RGBA
    left: int = 0  # pixels
    top: int = 0
    mode: str = NORMAL


def crop_layer(layer: Layer) -> Layer:
    """A layer without its transparent margins; of an empty one a pixel is left."""
    seen = layer.pixels[..., 3] > 0
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return layer._replace(pixels=layer.pixels[:1, :1])
    top, left = rows[0], columns[0]
    pixels = layer.pixels[top : rows[-1] + 1, left : columns[-1] + 1]
    return layer._replace(
        pixels=pixels, left=layer.left + int(left), top=layer.top + int(top)
    )


def check_writable(path: str):
    """Raises ImageError if a file of layers of that name can not be written here."""
    if not path.lower().endswith(EXTENSIONS):
        raise ImageError(f"{path}: layers are written as {' or '.join(EXTENSIONS)}")
    if path.lower().endswith(".psd"):
        _import_psd_tools(path)


def write_layers(path: str, layers, merged, check=None, label: str = ""):
    """Writes a file of layers, whole or not at all.

    Args:
        path: the file, .psd or .ora. Missing folders are made.
        layers: Layers, the lowest one first; one by one, as they are taken.
        merged: [H, W, 3] uint8, RGB: what all of them look like together.
        check: of files.replacing.
        label: of seals.is_sealed, with which the file will be found.

    Raises:
        ImageError: the file can not be written, or psd-tools are not installed.
    """
    check_writable(path)
    write = _write_psd if path.lower().endswith(".psd") else _write_ora
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with files.replacing(path, check=check) as partial:
            seal = f"{label} ".encode() + seals.PLACE
            write(partial, path, layers, PIL.Image.fromarray(merged), seal)
            seals.seal(partial)
    except files.FileError as error:
        raise ImageError(str(error)) from None
    except OSError as error:
        reason = error.strerror or error
        raise ImageError(f"{path}: can not be written ({reason})") from None


def _import_psd_tools(path):
    try:
        import psd_tools
    except ImportError:
        raise ImageError(
            f'{path}: it takes pip install -e ".[psd]"; .ora can be written without'
        ) from None
    return psd_tools


def _write_psd(partial, path, layers, merged, seal):
    if max(merged.size) > MAX_PSD_SIDE:
        raise ImageError(f"{path}: a PSD has at most {MAX_PSD_SIDE} pixels a side")
    psd_tools = _import_psd_tools(path)
    from psd_tools.constants import BlendMode, Resource
    from psd_tools.psd.image_resources import ImageResource

    modes = {
        NORMAL: BlendMode.NORMAL,
        MULTIPLY: BlendMode.MULTIPLY,
        SCREEN: BlendMode.SCREEN,
    }
    document = psd_tools.PSDImage.frompil(merged)
    if profile := picture_colours.saving_options("TIFF", 3).get("icc_profile"):
        key = Resource.ICC_PROFILE
        document.image_resources[key] = ImageResource(key=key.value, data=profile)
    document.image_resources[SEAL_RESOURCE] = ImageResource(
        key=SEAL_RESOURCE, data=seal
    )
    for layer in layers:
        image = PIL.Image.fromarray(layer.pixels)
        added = document.create_pixel_layer(
            image, name=layer.name, top=layer.top, left=layer.left
        )
        added.blend_mode = modes[layer.mode]
    # The merged picture is there; psd-tools would make it anew, which takes gigabytes.
    document._updated = False
    document.save(partial)


def _write_ora(partial, path, layers, merged, seal):
    width, height = (str(side) for side in merged.size)
    image = ElementTree.Element(
        "image", version=OPENRASTER_VERSION, w=width, h=height
    )  # fmt: skip
    stack = ElementTree.SubElement(image, "stack")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        archive.comment = seal
        archive.writestr(_entry("mimetype"), "image/openraster")  # first, uncompressed
        for number, layer in enumerate(layers):
            source = f"data/layer{number:03}.png"
            _write_png(archive, source, PIL.Image.fromarray(layer.pixels))
            described = {
                "name": layer.name, "src": source, "x": str(layer.left),
                "y": str(layer.top), "opacity": "1.0", "visibility": "visible",
                "composite-op": SVG_MODES[layer.mode],
            }  # fmt: skip
            stack.insert(0, ElementTree.Element("layer", described))  # the top first
        xml = ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True)
        archive.writestr(_entry("stack.xml"), xml)
        _write_png(archive, "mergedimage.png", merged)
        merged.thumbnail((THUMBNAIL, THUMBNAIL))
        _write_png(archive, "Thumbnails/thumbnail.png", merged)


def _write_png(archive, name, image):
    data = io.BytesIO()
    image.save(data, format="PNG", **picture_colours.saving_options("PNG", 4))
    archive.writestr(_entry(name), data.getvalue())


def _entry(name):
    """What an archive says of a file: of the same day each time, so it is equal."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16  # who may read it where it is unpacked
    return entry
