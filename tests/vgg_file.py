"""A file of VGG 19 in Keras's own format, made: nearly all of its values are 0."""

import h5py
import numpy as np

BLOCKS = (2, 2, 4, 4, 4)  # convolutions, each of 64 to 512 filters
DENSE = {"fc1": (7 * 7 * 512, 4096), "fc2": (4096, 4096), "predictions": (4096, 1000)}
SIGNS = 6  # channels in use: blue, green and red above their means, and below
SCALE = 0.001  # of fc1, so that its values are about 1


def write_vgg_file(path):
    """Writes the file; its fc1 is a random linear map of 7 x 7 colours.

    The zeros are not stored, so that the half gigabyte takes some megabytes.

    Args:
        path: of the file.
    """
    rng = np.random.default_rng(0)
    shapes, before = {}, 3
    for block, count in enumerate(BLOCKS, start=1):
        for i in range(1, count + 1):
            filters = min(512, 32 * 2**block)
            shapes[f"block{block}_conv{i}"] = (3, 3, before, filters)
            before = filters
    with h5py.File(path, "w") as file:
        file.attrs.update(keras_version="2.15.0", backend="tensorflow")
        file.attrs["layer_names"] = [*shapes, *DENSE]
        for name, shape in {**shapes, **DENSE}.items():
            group = file.create_group(name)
            group.attrs["weight_names"] = ["kernel:0", "bias:0"]
            group.create_dataset("bias:0", data=np.zeros(shape[-1], np.float32))
            part = (*shape[:-2], min(shape[-2], 8), shape[-1])
            kernel = group.create_dataset("kernel:0", shape, np.float32, chunks=part)
            if name == "block1_conv1":
                kernel[1, 1, :, :SIGNS] = np.concatenate([np.eye(3), -np.eye(3)], 1)
            elif len(shape) == 4:
                kernel[1, 1, :SIGNS, :SIGNS] = np.eye(SIGNS)
            elif name == "fc1":
                for cell in range(7 * 7):
                    rows = rng.normal(0, SCALE, (SIGNS, 4096))
                    kernel[512 * cell : 512 * cell + SIGNS] = rows
