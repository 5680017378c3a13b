import pytest
import tensorflow as tf

from keras_s2p.networks.discriminator import build_discriminator


@pytest.mark.parametrize(
    "kind, sizes",
    [
        ("acgan", {"style": 4096}),
        ("dcgan", {"real": 1}),
        ("cgan", {"real": 1}),
        ("shift", {"real": 1, "style": 4096}),
    ],
)
def test_each_kind_has_its_outputs(kind, sizes):
    outputs = build_discriminator(kind).output
    assert {name: x.shape[-1] for name, x in outputs.items()} == sizes


def test_only_the_conditional_discriminator_sees_the_sketch():
    inputs = {kind: set(build_discriminator(kind).input) for kind in ("acgan", "cgan")}
    assert inputs == {"acgan": {"painting"}, "cgan": {"painting", "sketch"}}


def test_any_multiple_of_32_is_judged():
    discriminator = build_discriminator("acgan", hint_size=16)
    assert discriminator({"painting": tf.ones((2, 64, 96, 3))})["style"].shape == (
        2,
        16,
    )


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="--adversarial"):
        build_discriminator("wgan")
