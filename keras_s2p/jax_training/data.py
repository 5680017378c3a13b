"""What lies on the GPU, drawings and characters, and the batches made out of it.

Not in the paper: all of it. The choices are those of pipeline.py: lines in every look
of sketch.py, extracted at several scales; the reference is the painting itself, warped,
or another character in its colours; both change their colours together.
"""

import csv
import multiprocessing
import os
import queue
from concurrent import futures

import jax
import jax.numpy as jnp
import numpy as np
import PIL.Image

from keras_s2p.characters import character, palettes
from keras_s2p.data.looks import ALL_LOOKS
from keras_s2p.data.ranges import FINEST_LINES
from keras_s2p.jax_training import augment, dirty_lines
from keras_s2p.jax_training.sketch import extract_sketches

STORED = 256  # pixels, short side of the pictures on the GPU; the long is at most twice
REFERENCE = 192  # pixels, what the hint encoder looks at
SCALES = (1.0, 1.6, FINEST_LINES)  # lines are extracted at, times the training's size
DRAWINGS = 5 / 9  # of the extracted sketches
DRAWN = 19 / 45  # sketches that characters are drawn with, for each extracted one
CHUNK = 32  # characters that a worker hands over at once
EYES = character.REGIONS.index("eyes")


def read_drawings(folder, manifest, use="train"):
    """The drawings that a manifest names.

    Args:
        folder: of the drawings.
        manifest: CSV file with the columns `file`, relative to the folder, and `use`.
        use: which rows to take.

    Returns:
        pixels [N, 512, 512, 3] uint8, each drawing in the top left corner, and shapes
        [N, 2] float32, their heights and widths in pixels.

    Raises:
        ValueError: a file is missing or no picture, or there is no such row.
    """
    try:
        with open(manifest, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.DictReader(file) if row.get("use", use) == use]
        files = sorted(os.path.join(folder, row["file"]) for row in rows)
        with futures.ThreadPoolExecutor() as pool:
            drawings = list(pool.map(_read_drawing, files))
    except (OSError, KeyError) as error:
        raise ValueError(f"{manifest}: can not be worked with ({error})") from None
    if not drawings:
        raise ValueError(f"{manifest}: no row with use={use}")
    pixels = np.zeros((len(drawings), 2 * STORED, 2 * STORED, 3), np.uint8)
    for i, drawing in enumerate(drawings):
        pixels[i, : drawing.shape[0], : drawing.shape[1]] = drawing
    return pixels, np.array([drawing.shape[:2] for drawing in drawings], np.float32)


def _read_drawing(path):
    """[H, W, 3] uint8, of which the short side is STORED."""
    image = PIL.Image.open(path).convert("RGB")
    limit = 2 * min(image.size)
    left, top = (max(0, length - limit) // 2 for length in image.size)
    image = image.crop((left, top, image.width - left, image.height - top))
    scale = STORED / min(image.size)
    size = [min(2 * STORED, max(STORED, round(x * scale))) for x in image.size]
    return np.asarray(image.resize(size, PIL.Image.LANCZOS))


def start_workers(count, seed):
    """Starts processes that draw characters without end; call it before JAX is used.

    Returns:
        A queue of chunks of Characters.
    """
    context = multiprocessing.get_context("fork")
    chunks, numbers = context.Queue(maxsize=4 * count), context.Value("q", 0)
    for _ in range(count):
        worker = context.Process(target=_draw, args=(chunks, numbers, seed))
        worker.daemon = True
        worker.start()
    return chunks


def _draw(chunks, numbers, seed):
    """A worker's work."""
    os.nice(10)  # compiling comes first
    while True:
        with numbers.get_lock():
            number = numbers.value
            numbers.value += 1
        drawn = [draw_character([seed, number, i]) for i in range(CHUNK)]
        chunks.put(tuple(np.stack(part) for part in zip(*drawn)))


def draw_character(seed):
    """A character and its reference, another one in the same colours.

    Args:
        seed: of numpy.random.default_rng.

    Returns:
        layers [256, 256, 5] uint8: painting, drawn lines, 255 inside the irises; and
        the reference [192, 192, 3] uint8.
    """
    rng = np.random.default_rng(seed)
    # Large numbers: evaluate draws from the small ones.
    drawing = character.draw_character(int(rng.integers(2**40, 2**62)), STORED)
    other = character.draw_partner(drawing, int(rng.integers(2**62)), REFERENCE)
    palette = palettes.random_palette(rng)
    eyes = np.where(drawing.regions == EYES, 255, 0).astype(np.uint8)
    layers = [drawing.paint(palette), drawing.sketch()[..., None], eyes[..., None]]
    return np.concatenate(layers, axis=-1), other.paint(palette)


class Characters:
    """The newest characters of the workers, on the GPU.

    Attributes:
        arrays: layers [capacity, 256, 256, 5] and references [capacity, 192, 192, 3],
            uint8, as of draw_character.
        count: how many of them there are.
        total: how many have come so far.

    Args:
        chunks: of start_workers.
        capacity: how many are kept, a multiple of CHUNK.
    """

    def __init__(self, chunks, capacity):
        self.chunks = chunks
        self.capacity = capacity
        self.total = 0
        self.arrays = (
            jnp.zeros((capacity, STORED, STORED, 5), jnp.uint8),
            jnp.zeros((capacity, REFERENCE, REFERENCE, 3), jnp.uint8),
        )
        self._store = jax.jit(_store, donate_argnums=0)

    @property
    def count(self):
        return min(self.total, self.capacity)

    def take(self, wait_for=0):
        """Takes what is ready, and waits until there are `wait_for` in all."""
        while True:
            try:
                chunk = self.chunks.get(self.total < wait_for, timeout=300)
            except queue.Empty:
                if self.total < wait_for:
                    raise RuntimeError("the workers draw no characters") from None
                return
            self.arrays = self._store(self.arrays, chunk, self.total % self.capacity)
            self.total += CHUNK


def _store(arrays, chunk, place):
    return tuple(
        jax.lax.dynamic_update_slice_in_dim(array, new, place, 0)
        for array, new in zip(arrays, chunk)
    )


def batch_parts(group):
    """How many sketches of each kind a batch has, `group` of each look and scale.

    Returns:
        (drawings, characters, extracted): the drawings come first in a batch, and so
        do the extracted sketches.
    """
    extracted = len(SCALES) * len(ALL_LOOKS) * group
    drawings = round(DRAWINGS * extracted)
    return drawings, extracted - drawings + round(DRAWN * extracted), extracted


def make_batch(key, drawings, shapes, people, count, hue, all_hues, *, size, group):
    """An augmented batch; to be compiled with jax.jit for a size and a group.

    Args:
        key: of jax.random.
        drawings: pixels of read_drawings.
        shapes: theirs.
        people: Characters.arrays.
        count: Characters.count.
        hue: of augment.change_colours.
        all_hues: of augment.change_colours.
        size: S, side in pixels.
        group: sketches of each look and scale.

    Returns:
        dict of float32: sketch [B, S, S, 1], painting [B, S, S, 3] and reference
        [B, 192, 192, 3] in [-1, 1], eyes [B, S, S, 1] in [0, 1].
    """
    num_drawings, num_characters, extracted = batch_parts(group)
    keys = jax.random.split(key, 8)
    chosen = jax.random.randint(keys[0], (num_drawings,), 0, len(drawings))
    drawn, drawn_shapes = drawings[chosen], shapes[chosen]
    chosen = jax.random.randint(keys[1], (num_characters,), 0, count)
    layers, partners = people[0][chosen], people[1][chosen]
    layer_shapes = jnp.full((num_characters, 2), float(STORED))
    drawn_views = augment.random_views(keys[2], drawn_shapes)
    layer_views = augment.random_views(keys[3], layer_shapes)
    painting = augment.cut(drawn, drawn_shapes, drawn_views, size, samples=2)
    cut_layers = augment.cut(layers, layer_shapes, layer_views, size, samples=2)

    # Every look at every scale, each of whatever picture comes to it.
    share = extracted - num_drawings
    border = [(0, 0), (0, STORED), (0, STORED), (0, 0)]
    order = jax.random.permutation(keys[4], extracted)
    pixels, all_shapes, views = jax.tree.map(
        lambda first, second: jnp.concatenate([first, second])[order],
        (drawn, drawn_shapes, drawn_views),
        jax.tree.map(
            lambda x: x[:share],
            (jnp.pad(layers[..., :3], border), layer_shapes, layer_views),
        ),
    )
    lines = []
    for i, part in enumerate(jnp.split(jnp.arange(extracted), len(SCALES))):
        large = round(SCALES[i] * size / 16) * 16
        crop = augment.cut(
            pixels[part], all_shapes[part], {k: x[part] for k, x in views.items()},
            large, samples=2 if i == 0 else 1,
        )  # fmt: skip
        looks = list(ALL_LOOKS.values()) * group
        drawing = extract_sketches(augment.to_float(crop), looks)
        lines.append(jax.image.resize(drawing, (len(part), size, size, 1), "linear"))
    lines = jnp.concatenate(lines)[jnp.argsort(order)]
    sketch = jnp.concatenate([lines, augment.to_float(cut_layers[share:, ..., 3:4])])

    own = augment.cut(drawn, drawn_shapes, augment.upright(drawn_views), REFERENCE)
    painting, reference = augment.change_colours(
        keys[5],
        augment.to_float(jnp.concatenate([painting, cut_layers[..., :3]])),
        augment.to_float(jnp.concatenate([own, partners.astype(jnp.float32)])),
        hue,
        all_hues,
    )
    no_eyes = jnp.zeros((num_drawings, size, size, 1))
    return {
        "sketch": dirty_lines.dirty_sketches(keys[6], sketch),
        "painting": painting,
        "reference": augment.warp_references(keys[7], reference),
        "eyes": jnp.concatenate([no_eyes, cut_layers[..., 4:] / 255.0]),
    }
