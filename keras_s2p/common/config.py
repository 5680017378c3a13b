"""Settings: what a network is, how it is trained, and where the training lies.

Each setting is written once, as a dataclass field; the command line and the JSON files
are made from the fields.
"""

import dataclasses
import json
import os
from typing import Optional

from keras_s2p.common import files, json_files
from keras_s2p.common.config_fields import (  # noqa: F401  to be found here
    REQUIRED,
    add_options,
    check_fields,
    from_args,
    option,
    option_name,
)

TRAIN_FILE = "train.json"  # of a run's folder; a release has none
MAX_SEED = 2**32 - 1  # NumPy's
MAX_STEPS = 1_000_000_000
MAX_WEIGHT = 1_000_000  # of a loss, or a learning rate; float32 soon has no more
MAX_BATCH_SIZE = 4096  # pictures; they lie in memory before the first step
SIZE = 256  # pixels, figure 2's: of a training and of painting that names no other


@dataclasses.dataclass(frozen=True)
class GeneratorConfig:
    """What must be known to build the networks again. Defaults: `paper`, figure 2."""

    hint_encoder: str = option(
        "imagenet",
        "V: VGG 19 of ImageNet (the paper's) or a VGG trained on paintings only",
        ("imagenet", "paintings"),
    )
    hint_size: int = option(
        4096, "length of the global style hint (section 3.1)", limits=(1, 8192)
    )
    hint_filters: int = option(
        16,
        "filters of the first block of the `paintings` hint encoder",
        limits=(1, 256),
    )
    hint_image_size: int = option(
        192,
        "side in pixels that the `paintings` hint encoder looks at",
        limits=(32, 1024),
    )
    filters: int = option(
        16, "filters of the encoder's first level, doubled below", limits=(1, 64)
    )
    mid_filters: int = option(
        2048, "filters of the mid level, where the hint is added", limits=(1, 4096)
    )
    decoder_filters: int = option(
        512, "filters of the decoder's first box", limits=(1, 2048)
    )
    full_filters: int = option(
        64, "filters of the decoder's boxes at full size", limits=(1, 256)
    )
    guides: bool = option(True, "build the two guide decoders")
    guide_filters: int = option(
        512, "filters of a guide decoder's first box, halved up", limits=(16, 2048)
    )
    working_size: Optional[int] = option(
        None,
        "side in pixels of a square as Painter paints it (default: --size)",
        limits=(32, 2048),
    )
    guide_1_gray: bool = option(
        True, "guide decoder 1 paints grey (equation 2), or in colour (equation 1)"
    )


PRESETS = {
    "paper": GeneratorConfig(),
    # Not in the paper: narrower where figure 2 spends most of its weights (mid level)
    # and of its time (full size, guides), so that two cores can train it.
    "compact": GeneratorConfig(
        hint_encoder="paintings",
        mid_filters=512,
        decoder_filters=256,
        full_filters=32,
        guide_filters=128,
    ),
}


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """How a generator is trained.

    Not in the paper: every default whose help names no equation, section or figure.
    """

    steps: int = option(200_000, "training steps in all")
    size: Optional[int] = option(
        None, "side trained at, in pixels (default: 256, or the dataset's if smaller)"
    )
    batch_size: int = option(4, "pictures a step, over all replicas (section 4: 4)")
    learning_rate: float = option(2e-4, "Adam's learning rate at the start")
    learning_rate_decay: bool = option(True, "cosine decay of the rate to 0 over steps")
    adam_beta_1: float = option(0.5, "Adam's beta 1")
    average: float = option(
        0.999,
        "decay a step of the moving average of the generator, which is what is "
        "validated and kept; 0: the generator itself",
    )
    l1_weight: float = option(100.0, "lambda in equation 5")
    guide_1_weight: float = option(0.3, "alpha in equation 2 (section 3.1: 0.3)")
    guide_2_weight: float = option(0.9, "beta in equation 2 (section 3.1: 0.9)")
    eye_weight: float = option(
        0.0,
        "how much more eyes weigh in the painting's L1, where they are known; else a "
        "hundredth of the picture teaches little",
    )
    adversarial: str = option(
        "acgan",
        "the discriminator: none, dcgan (equation 4), acgan (equation 3), cgan (sees "
        "the sketch too), shift (equations 4 and 3 in turn)",
        ("none", "dcgan", "acgan", "cgan", "shift"),
    )
    acgan_form: str = option(
        "soft",
        "equation 3 as soft targets sigma(V(y)), or literally as printed",
        ("soft", "literal"),
    )
    shift_every: int = option(1000, "steps of each turn of `--adversarial shift`")
    other_reference: float = option(
        0.5,
        "share of hints taken from another drawing in the same colours, where known",
    )
    extracted_sketch: float = option(
        0.3, "share of sketches extracted from the painting where drawn lines are known"
    )
    source_shares: str = option(
        "",
        "how much of the examples is of which sources, for instance "
        "nova+taisei=45,characters=15; sources not named are left out (default: each "
        "example as often as any other)",
    )
    encoder_share: float = option(
        0.0,
        "share of the steps in which the `paintings` hint encoder learns with the "
        "generator; then it is frozen",
    )
    hue: float = option(
        0.5, "largest hue change of painting and reference, in half turns of the circle"
    )
    augment_warmup: int = option(
        2000, "steps in which hue and saturation changes grow to their full size"
    )
    synchronized: Optional[bool] = option(
        None,
        "batch normalisation over all replicas (default: if below 8 pictures each)",
    )
    checkpoint_every: int = option(200, "steps between checkpoints and samples")
    validation_batches: int = option(8, "batches of each validation, at a checkpoint")
    patience: int = option(
        0, "checkpoints without a lower validation L1 that end the training; 0: never"
    )
    mixed_precision: bool = option(False, "compute in bfloat16 (mixed_bfloat16)")
    seed: int = option(0, "seed of every random choice")
    deterministic: bool = option(
        False, "the same weights, to the bit, from the same command; slower"
    )


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Where the pictures and first weights of a training lie, and where it writes."""

    dataset: str = option(REQUIRED, "folder made by make_dataset")
    run_dir: str = option("runs/default", "where it is written")
    initial_weights: Optional[str] = option(
        None,
        "a release or run folder, or `release`, whose generator to start from",
    )
    hint_weights: Optional[str] = option(
        None, "folder with the `paintings` hint encoder (default: the release)"
    )
    vgg_weights: str = option(
        "imagenet", "Keras's VGG 19 file, or `imagenet`, which Keras fetches"
    )
    strategy: str = option(
        "auto",
        "tf.distribute strategy; auto: mirrored with two or more GPUs, else none",
        ("auto", "none", "mirrored", "multiworker", "tpu"),
    )


@dataclasses.dataclass(frozen=True)
class HintTrainConfig:
    """How the `paintings` hint encoder is trained, and where that lies."""

    dataset: str = option(REQUIRED, "folder made by make_dataset")
    out: str = option(REQUIRED, "folder for hint_encoder.npz")
    initial_weights: Optional[str] = option(
        None,
        "folder whose encoder, or its convolutions alone, to start from (or `release`)",
    )
    steps: int = option(4000, "training steps in all", limits=(1, MAX_STEPS))
    batch_size: int = option(32, "pictures a step", limits=(1, MAX_BATCH_SIZE))
    learning_rate: float = option(
        1e-3, "Adam's, falling to 0 along a cosine", limits=(0, 1)
    )
    seed: int = option(0, "seed of every random choice", limits=(0, MAX_SEED))
    mixed_precision: bool = option(False, "compute in bfloat16")


@dataclasses.dataclass(frozen=True)
class DatasetConfig:
    """What a dataset is made of besides the pictures of a folder."""

    characters: int = option(0, "how many built-in characters to add")
    size: int = option(256, "short side in pixels")
    workers: int = option(min(os.cpu_count() or 1, 256), "processes")
    sketches: Optional[str] = option(
        None, "folder of drawn lines, named like their paintings"
    )
    manifest: Optional[str] = option(
        None, "CSV that names the pictures: file, use, line, split_group"
    )
    use: str = option("train", "rows of the manifest to take")
    validation_share: float = option(0.05, "share of the examples kept from training")
    seed: int = option(0, "seed of the characters")


def check(config: TrainConfig):
    """Raises ValueError, naming the option, if a value can not be trained with."""
    for name in ("steps", "batch_size", "checkpoint_every", "shift_every"):
        if getattr(config, name) < 1:
            raise ValueError(f"{option_name(name)}: must be at least 1")
        if getattr(config, name) > MAX_STEPS:
            raise ValueError(f"{option_name(name)}: must be at most {MAX_STEPS}")
    if config.batch_size < 2:
        raise ValueError(
            "--batch-size: must be at least 2; each picture is also painted under the "
            "reference of another one, as a control"
        )
    if not 0 <= config.seed <= MAX_SEED:
        raise ValueError(f"--seed: must be between 0 and {MAX_SEED}")
    if config.batch_size > MAX_BATCH_SIZE:
        raise ValueError(f"--batch-size: must be at most {MAX_BATCH_SIZE}")
    if config.size is not None and (config.size < 32 or config.size % 32):
        raise ValueError("--size: must be a multiple of 32")
    for name in ("other_reference", "extracted_sketch", "hue", "encoder_share"):
        if not 0 <= getattr(config, name) <= 1:
            raise ValueError(f"{option_name(name)}: must be between 0 and 1")
    for name in ("average", "adam_beta_1"):
        if not 0 <= getattr(config, name) < 1:
            raise ValueError(f"{option_name(name)}: must be at least 0 and below 1")
    for name in ("patience", "validation_batches", "augment_warmup"):
        if not 0 <= getattr(config, name) <= MAX_STEPS:
            raise ValueError(f"{option_name(name)}: must be 0 to {MAX_STEPS}")
    for name in (
        "learning_rate", "l1_weight", "guide_1_weight", "guide_2_weight", "eye_weight"
    ):  # fmt: skip
        if not 0 <= getattr(config, name) <= MAX_WEIGHT:
            raise ValueError(f"{option_name(name)}: must be 0 to {MAX_WEIGHT}")


def write_json(data, path: str):
    """Writes a config, or what else JSON can hold, whole or not at all.

    Raises:
        OSError: the file can not be written.
        FileError: there is something at `path` that is no regular file.
    """
    with files.replacing(path) as partial:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(json_text(data))


def json_text(data) -> str:
    """What write_json writes."""
    if dataclasses.is_dataclass(data):
        data = dataclasses.asdict(data)
    return json.dumps(data, indent=2) + "\n"


def read_json(config_class, path: str):
    """Reads a config back. Raises ValueError that names the file if it is not one."""
    problem = f"not a {config_class.__name__}"
    with json_files.reading(path, problem) as settings:
        if not isinstance(settings, dict):
            raise TypeError("no JSON object")
        names = {field.name for field in dataclasses.fields(config_class)}
        for name in set(settings) - names:
            raise ValueError(f"there is no setting {name!r:.40}")
        config = config_class(**settings)
        check_fields(config)
        return config
