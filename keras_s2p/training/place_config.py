"""The settings of a training of the place encoder, as keras_s2p/common/config.py's."""

import dataclasses
from typing import Optional

from keras_s2p.common.config import (
    MAX_BATCH_SIZE,
    MAX_SEED,
    MAX_STEPS,
    REQUIRED,
    option,
)


@dataclasses.dataclass(frozen=True)
class PlaceTrainConfig:
    """How the place encoder is trained, and where that lies."""

    dataset: str = option(REQUIRED, "folder made by make_dataset")
    out: str = option(REQUIRED, "folder for place_encoder.npz")
    weights: Optional[str] = option(
        None, "release or run folder of the painter beside it (default: the release)"
    )
    initial_weights: Optional[str] = option(
        None,
        "folder whose place encoder to start from, or `release` (default: none)",
    )
    source_shares: str = option("", "of the sources, as train.py takes them")
    steps: int = option(12000, "training steps in all", limits=(1, MAX_STEPS))
    batch_size: int = option(8, "pairs of drawings a step", limits=(1, MAX_BATCH_SIZE))
    learning_rate: float = option(
        1e-3, "Adam's, falling to 0 along a cosine", limits=(0, 1)
    )
    seed: int = option(0, "seed of every random choice", limits=(0, MAX_SEED))
    mixed_precision: bool = option(False, "compute in bfloat16")
