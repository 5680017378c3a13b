"""Recipes: named sets of options for a training, for the command line and from Python.

Example: keras-s2p train --recipe release --dataset tfrecords/ --steps 2500
"""

import dataclasses

from keras_s2p.common.config import PRESETS, GeneratorConfig, TrainConfig


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The settings of a training, under a name."""

    text: str  # one line for --help
    generator: GeneratorConfig = PRESETS["compact"]
    training: TrainConfig = TrainConfig()

    def replace(self, **changes):
        """The same recipe with other values of some fields, of either config."""
        own = {field.name for field in dataclasses.fields(GeneratorConfig)}
        network = {name: value for name, value in changes.items() if name in own}
        rest = {name: value for name, value in changes.items() if name not in own}
        return dataclasses.replace(
            self,
            generator=dataclasses.replace(self.generator, **network),
            training=dataclasses.replace(self.training, **rest),
        )


DEFAULT = Recipe("what is trained without a recipe")

# Networks as small as can be, for whoever tries whether something runs at all.
QUICK_NETWORK = {
    "filters": 2,
    "mid_filters": 16,
    "decoder_filters": 8,
    "full_filters": 4,
    "guide_filters": 32,
}

RECIPES = {
    "paper": Recipe(
        "the paper as far as it says: figure 2, VGG 19 of ImageNet, equations 3 and 4",
        PRESETS["paper"],
        TrainConfig(
            size=256,  # figure 2
            batch_size=4,  # section 4: "no more than 4"
            guide_1_weight=0.3,  # section 3.1
            guide_2_weight=0.9,
            # Section 3.2: "We fine-tune our networks by shifting the two loss
            # functions". Not in the paper: how often, and whether from the beginning.
            adversarial="shift",
            shift_every=1000,
            # Not in the paper: what equation 3 means (losses.py), and lambda.
            acgan_form="soft",
            l1_weight=100.0,
            # Not in the paper: the optimiser; here that of DCGAN, whose discriminator
            # it takes.
            learning_rate=2e-4,
            learning_rate_decay=False,
            adam_beta_1=0.5,
            steps=200_000,
            # What the paper does not speak of is left out, where it can be: the
            # reference is the painting itself, its hue stays, no pixel weighs more.
            # Not in the paper: the rest of the augmentation (data/augment.py).
            average=0.0,
            other_reference=0.0,
            hue=0.0,
            eye_weight=0.0,
            # Not in the paper: where the lines come from; drawn ones, where known.
            extracted_sketch=0.0,
        ),
    ),
    # Not in the paper: all that differs from it. The L1 loss alone, of small batches
    # of small pictures, under references that are other drawings.
    "release": Recipe(
        "how the shipped weights were trained on; give --size, 64 first, then 128, 192",
        training=TrainConfig(
            batch_size=16,
            adversarial="none",
            learning_rate=1e-3,
            adam_beta_1=0.9,
            average=0.99,
            augment_warmup=1,
            hue=0.1,
            other_reference=1.0,
            extracted_sketch=0.5,
            eye_weight=5.0,
            mixed_precision=True,
        ),
    ),
    # Not in the paper: a hint encoder that learns; section 4 wants one for paintings.
    "drawings": Recipe(
        "artists' drawings in new colours; the hint encoder learns in the first part",
        training=TrainConfig(
            batch_size=16,
            adversarial="none",
            learning_rate=5e-4,
            adam_beta_1=0.9,
            average=0.995,
            augment_warmup=1,
            hue=0.05,
            other_reference=0.85,
            extracted_sketch=0.5,
            eye_weight=5.0,
            encoder_share=0.6,
            mixed_precision=True,
        ),
    ),
    # Not in the paper: the rate does not fall, so that a run may go on; small changes
    # of hue (see docs/train_your_own.md).
    "figures": Recipe(
        "how experiments/ train for the figures: compact, at a steady rate",
        training=TrainConfig(
            adversarial="none",
            learning_rate=5e-4,
            learning_rate_decay=False,
            adam_beta_1=0.9,
            augment_warmup=1,
            hue=0.1,
            other_reference=1.0,
            checkpoint_every=255,  # figure 6 averages over 255 iterations
            validation_batches=4,
        ),
    ),
    "quick": Recipe(
        "a smoke test of seconds with tiny networks; its paintings show nothing",
        dataclasses.replace(PRESETS["compact"], **QUICK_NETWORK),
        TrainConfig(
            steps=4, size=32, batch_size=2, checkpoint_every=2, validation_batches=1
        ),
    ),
}


def describe() -> str:
    """A line for each recipe, for --help."""
    width = max(map(len, RECIPES))
    lines = (f"  {name:{width}}  {recipe.text}" for name, recipe in RECIPES.items())
    return "recipes:\n" + "\n".join(lines)
