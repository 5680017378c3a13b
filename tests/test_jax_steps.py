"""The loss of jax_training is that of train.py, and its gradients are its slopes."""

import sys
import types

import numpy as np
import pytest
import tensorflow as tf

from keras_s2p.common.config import TrainConfig
from keras_s2p.training import losses

jax = pytest.importorskip("jax", reason="jax that fits has no build for Python 3.9")
jnp = jax.numpy

RNG = np.random.default_rng(0)
WEIGHTS = {"encoder": RNG.normal(size=(3, 5)), "generator": RNG.normal(size=(6, 7))}
BATCH = {
    name: RNG.uniform(-1, 1, (2, 8, 8, channels)).astype(np.float32)
    for name, channels in {"sketch": 1, "painting": 3, "reference": 3}.items()
}
BATCH["eyes"] = RNG.uniform(0, 1, (2, 8, 8, 1)).astype(np.float32)
EYE_WEIGHT = 7.0


class Network:
    """As Keras 3's models are to Steps: weights, and a call that changes nothing."""

    non_trainable_variables = ()

    def __init__(self, name, call):
        weight = WEIGHTS[name].astype(np.float32)
        self.trainable_variables = [types.SimpleNamespace(value=jnp.array(weight))]
        self.call = call

    def stateless_call(self, learnt, rest, inputs, training):
        """The outputs, and the moving averages as they were."""
        return self.call(learnt[0], inputs), rest


def encode(weight, reference):
    return jnp.tanh(reference.mean((1, 2)) @ weight)


def paint(weight, inputs):
    sketch, hint = inputs["sketch"], inputs["hint"][:, None, None]
    hint = jnp.broadcast_to(hint, (*sketch.shape[:3], 5))
    y = jnp.tanh(jnp.concatenate([sketch, hint], -1) @ weight)
    return {"painting": y[..., :3], "guide_1": y[..., 3:4], "guide_2": y[..., 4:]}


@pytest.fixture
def steps(monkeypatch):
    """Steps of two small networks; of Adam there is no need, nor of its library."""
    adam = types.SimpleNamespace(init=lambda learnt: None)
    optax = types.SimpleNamespace(scale_by_adam=lambda: adam)
    monkeypatch.setitem(sys.modules, "optax", optax)
    monkeypatch.delitem(sys.modules, "keras_s2p.jax_training.steps", raising=False)
    from keras_s2p.jax_training.steps import Steps

    yield Steps(Network("generator", paint), Network("encoder", encode), EYE_WEIGHT)
    monkeypatch.delitem(sys.modules, "keras_s2p.jax_training.steps")


def test_the_loss_is_that_of_train(steps):
    state = steps.start()
    loss, (parts, _) = steps.compute_loss(state["learnt"], state["rest"], BATCH, True)
    hint = encode(state["learnt"]["encoder"][0], BATCH["reference"])
    outputs = paint(
        state["learnt"]["generator"][0], {"sketch": BATCH["sketch"], "hint": hint}
    )
    outputs = {name: tf.constant(np.asarray(y)) for name, y in outputs.items()}
    painting, config = tf.constant(BATCH["painting"]), TrainConfig()
    weights = config.guide_1_weight, config.guide_2_weight
    expected = losses.l1_loss(painting, outputs, *weights)
    eyes = losses.eye_loss(painting, outputs["painting"], tf.constant(BATCH["eyes"]))
    assert float(parts["eyes"]) == pytest.approx(float(eyes), rel=1e-5)
    expected += EYE_WEIGHT * eyes
    assert float(loss) == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("name", WEIGHTS)
def test_gradients_are_the_slopes_of_the_loss(steps, name):
    state = steps.start()
    compute = jax.jit(
        lambda learnt: steps.compute_loss(learnt, state["rest"], BATCH, True)[0]
    )
    gradient = jax.grad(compute)(state["learnt"])[name][0]
    assert jnp.abs(gradient).max() > 1e-3
    step = 1e-2 * gradient / jnp.linalg.norm(gradient)
    ahead, behind = (
        float(compute({**state["learnt"], name: [state["learnt"][name][0] + moved]}))
        for moved in (step, -step)
    )
    slope = float(jnp.sum(gradient * step))
    assert (ahead - behind) / 2 == pytest.approx(slope, rel=0.02)
