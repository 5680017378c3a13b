"""Weights on disk: one .npz per network, its arrays named `layer/variable`.

A folder of weights (a release in weights/ or a run folder of train.py) holds

    generator.json      GeneratorConfig
    generator.npz       the generator, with or without guide decoders
    hint_encoder.npz    V, for the `paintings` encoder; ImageNet's comes from Keras
    place_encoder.npz   the place encoder, in a release; see networks/places.py
    sources.json        hashes of the files that it was trained with
"""

import contextlib
import dataclasses
import hashlib
import os
import zipfile

import numpy as np

from keras_s2p.common import config as configs
from keras_s2p.common import files, shipped, sources
from keras_s2p.networks import generator as generators
from keras_s2p.networks import hint, keras_files, weight_files

CONFIG_FILE = "generator.json"
GENERATOR_FILE = "generator.npz"
HINT_ENCODER_FILE = "hint_encoder.npz"
PLACE_ENCODER_FILE = "place_encoder.npz"
VGG_OPTION = "--vgg-weights"
DEFAULT = os.path.join(shipped.RELEASES, "compact")
RELEASE = "release"  # what DEFAULT is called in an option


def find_folder(name: str) -> str:
    """The folder of weights that an option names: DEFAULT for RELEASE, or its path."""
    return DEFAULT if name == RELEASE else name


def load_networks(folder: str = DEFAULT, vgg_weights: str = "imagenet"):
    """Loads what painting needs; the guide decoders are left out.

    Args:
        folder: a release or a run folder.
        vgg_weights: for the `imagenet` hint encoder, "imagenet" or Keras's file.

    Returns:
        (config, generator, hint_encoder): a GeneratorConfig and two keras.Models.

    Raises:
        ValueError: a file is missing, damaged or of another network; in one sentence.
    """
    config, generator, pair = _load_generator(folder)
    hint_encoder, other = _load_hint_encoder(config, folder, vgg_weights)
    check_pair(folder, pair, other)
    return config, generator, hint_encoder


def check_pair(folder: str, pair, other):
    """Raises ValueError if a generator was written together with another encoder.

    Args:
        folder: of both.
        pair: what read_weights gives of the generator.
        other: what it gives of the hint encoder.
    """
    if pair is not None and pair != other:
        raise ValueError(
            f"{folder}: {GENERATOR_FILE} and {HINT_ENCODER_FILE} are not of one step "
            "of one training; wait for what writes them, or run its command again"
        )


def check_together(folder: str):
    """Raises ValueError as check_pair of files, if both are there, or if one is bad."""
    paths = [os.path.join(folder, name) for name in (GENERATOR_FILE, HINT_ENCODER_FILE)]
    if all(map(os.path.exists, paths)):
        check_pair(folder, *map(weight_files.read_pair, paths))


def read_config(folder: str = DEFAULT):
    """Reads the GeneratorConfig of a release or a run folder.

    Raises:
        ValueError: missing, damaged or not as it ships; in one sentence.
    """
    path = os.path.join(folder, CONFIG_FILE)
    config = configs.read_json(configs.GeneratorConfig, path)
    shipped.check(path)
    return config


def load_generator(folder: str = DEFAULT):
    """Loads the generator without its guide decoders, which needs no VGG 19.

    Args:
        folder: a release or a run folder.

    Returns:
        (config, generator): a GeneratorConfig and a keras.Model.

    Raises:
        ValueError: as load_networks.
    """
    return _load_generator(folder)[:2]


def _load_generator(folder):
    """(config, generator, pair); of load_generator, and of read_weights."""
    if not os.path.isdir(folder):
        raise ValueError(f"{folder}: no such folder of weights")
    config = read_config(folder)
    path = os.path.join(folder, GENERATOR_FILE)
    weight_files.check_shapes(path, generators.find_widths(config))
    generator = generators.build_generator(dataclasses.replace(config, guides=False))
    return config, generator, read_weights(generator, path)


def load_hint_encoder(config, folder: str = DEFAULT, vgg_weights: str = "imagenet"):
    """Loads V, frozen; arguments and errors are those of load_networks.

    VGG 19's file must be the one that the folder was trained with, if that is known.
    """
    return _load_hint_encoder(config, folder, vgg_weights)[0]


def _load_hint_encoder(config, folder, vgg_weights):
    """(V, pair); of load_hint_encoder, and of read_weights."""
    path = os.path.join(folder, HINT_ENCODER_FILE)
    if config.hint_encoder == "paintings":
        weight_files.check_shapes(path, hint.find_widths(config))
    elif vgg_weights:
        file = hint.find_vgg_file(vgg_weights)
        keras_files.check(file, hint.MAX_VGG, VGG_OPTION)
    encoder = hint.build_hint_encoder(config, imagenet_weights=vgg_weights)
    if config.hint_encoder == "paintings":
        return encoder, read_weights(encoder, path)
    sources.check(folder, VGG_OPTION, hint.find_vgg_file(vgg_weights))
    return encoder, None


def write_weights(model, path: str, half: bool = False):
    """Writes a network's weights, whole or not at all.

    Args:
        model: keras.Model whose layers with weights are all named for good.
        path: the .npz file.
        half: store kernels as float16 and compressed, for releases. Weights of a run
            would gain less than a tenth, and `paper` lose seconds at each checkpoint.

    Raises:
        ValueError: it has a value with which the file could not be read.
    """
    folder, name = os.path.split(path)
    with replacing({name: model}, folder, half):
        pass


@contextlib.contextmanager
def replacing(models: dict, folder: str, half: bool = False):
    """Writes several networks' weights, which take their places at the end.

    They go together: none does before all are on the disk. Each file says which others
    it was written with: load_networks refuses a mixture, which who reads them just then
    may find, or which a kill leaves.

    Args:
        models: name of the .npz file to keras.Model, as of write_weights.
        folder: where they are.
        half: of write_weights.

    Raises:
        ValueError: as write_weights.
    """
    pair = _find_pair(models.values()) if len(models) > 1 else None
    with contextlib.ExitStack() as stack:
        for name, model in models.items():
            path = os.path.join(folder, name)
            partial = stack.enter_context(files.replacing(path))
            with _explained(path, half):
                write_arrays(model, partial, half, pair)
        yield


def _find_pair(models):
    """The SHA-256 of all values of networks, as a list of bytes."""
    digest = hashlib.sha256()
    for model in models:
        for name, variable in _named_variables(model).items():
            digest.update(name.encode() + variable.numpy().tobytes())
    return list(digest.digest())


def check_trained(model, path: str):
    """Raises the ValueError of write_weights if a model can not be written to a path.

    Before a checkpoint of it takes the place of a good one.

    Args:
        model: keras.Model, which may be more than the network of the file.
        path: the .npz file.
    """
    with _explained(path):
        for variable in model.trainable_variables:
            name = variable.name.partition(":")[0]
            weight_files.check_values(name, variable.numpy().astype(np.float32))


@contextlib.contextmanager
def _explained(path, half=False):
    """Turns a value that no training comes to into a sentence about a file."""
    try:
        yield
    except weight_files.ValuesError as error:
        said = f"{path}: not written, since {error}; a lower --learning-rate may help"
        if half:
            said = f"{path}: not written in half precision, since {error}"
        raise ValueError(said) from None


def write_arrays(model, path: str, half: bool = False, pair=None):
    """Writes into a file that `files.replacing` made; as write_weights.

    With the `pair` of _find_pair, where it is one of several.
    """
    kind = zipfile.ZIP_DEFLATED if half else zipfile.ZIP_STORED
    # As numpy's savez, whose archive complains at the end of a disk that became full.
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, variable in _named_variables(model).items():
            # A variance of batch normalisation may be too large for half precision.
            half_too = half and len(variable.shape) > 1
            with np.errstate(over="ignore"):  # becomes infinite, and is refused
                array = variable.numpy().astype(np.float16 if half_too else np.float32)
            weight_files.check_values(name, array.astype(np.float32, copy=False))
            _write_array(archive, name, array)
        if pair is not None:
            _write_array(archive, *weight_files.PAIR, np.array(pair, np.float32))


def _write_array(archive, name, array):
    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array(file, array, allow_pickle=False)


def read_weights(model, path: str, optional: str = None):
    """Reads write_weights' file into a network.

    Args:
        model: keras.Model of the same layers.
        path: the .npz file.
        optional: beginning of the names of layers that the file may lack; they keep
            their values.

    Returns:
        List of 32 bytes, which is the same for networks that were written together;
        None of one that was written alone.

    Raises:
        ValueError: missing, damaged or of another network, in one sentence.
    """
    shipped.check(path)
    variables = _named_variables(model)
    shapes = {**_find_shapes(model), **weight_files.PAIR}
    can_lack = (*weight_files.PAIR, *([optional] if optional else []))
    arrays = weight_files.read_arrays(path, shapes, can_lack)
    pair = arrays.pop(*weight_files.PAIR, None)
    for name, array in arrays.items():
        variables[name].assign(array)
    return None if pair is None else pair.tolist()


def is_whole(model, path: str) -> bool:
    """Whether a file has all weights of a network, undamaged.

    Args:
        model: keras.Model of the same layers.
        path: the .npz file.
    """
    try:
        shapes = {**_find_shapes(model), **weight_files.PAIR}
        weight_files.read_arrays(path, shapes, tuple(weight_files.PAIR))
    except ValueError:
        return False
    return True


def _find_shapes(model):
    """{layer/variable: shape}."""
    named = _named_variables(model)
    return {name: tuple(variable.shape) for name, variable in named.items()}


def _named_variables(model):
    """{layer/variable: variable}, the same under Keras 2 and 3."""
    named = {}
    for layer in model.layers:
        for variable in layer.weights:
            short = variable.name.split("/")[-1].split(":")[0]
            named[f"{layer.name}/{short}"] = variable
    return named
