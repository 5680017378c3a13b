"""What a step of a training does, as pure functions of its state that JAX compiles."""

import jax
import jax.numpy as jnp
import optax

from keras_s2p.common.config import TrainConfig
from keras_s2p.jax_training.augment import to_gray


class Steps:
    """What is done to the state of a training; pure functions, to be compiled.

    A state is a dict: `learnt` and `rest` (moving averages of batch normalisation) hold
    the arrays of both networks by name, `moments` Adam's, and `average` the moving
    average of learnt and rest, which is what is kept.

    Args:
        generator: of build_generator, with guides.
        encoder: of build_hint_encoder, trainable.
        eye_weight: as TrainConfig's.
    """

    def __init__(self, generator, encoder, eye_weight):
        self.networks = {"generator": generator, "encoder": encoder}
        self.eye_weight = eye_weight
        self.adam = optax.scale_by_adam()

    def start(self):
        """The state at the beginning."""
        learnt = {
            name: [variable.value for variable in network.trainable_variables]
            for name, network in self.networks.items()
        }
        rest = {
            name: [variable.value for variable in network.non_trainable_variables]
            for name, network in self.networks.items()
        }
        average = jax.tree.map(jnp.array, (learnt, rest))
        moments = {name: self.adam.init(part) for name, part in learnt.items()}
        return {"learnt": learnt, "rest": rest, "moments": moments, "average": average}

    def compute_loss(self, learnt, rest, batch, learn_encoder):
        """Equation 2 with what the eyes add: loss, (its parts, the new rest)."""
        hint, encoder_rest = self.networks["encoder"].stateless_call(
            learnt["encoder"], rest["encoder"], batch["reference"],
            training=learn_encoder,
        )  # fmt: skip
        outputs, generator_rest = self.networks["generator"].stateless_call(
            learnt["generator"], rest["generator"],
            {"sketch": batch["sketch"], "hint": hint}, training=True,
        )  # fmt: skip
        painting, eyes = batch["painting"], batch["eyes"]
        parts = {
            "l1": mean_absolute_error(painting, outputs["painting"]),
            "guide_1": mean_absolute_error(to_gray(painting), outputs["guide_1"]),
            "guide_2": mean_absolute_error(painting, outputs["guide_2"]),
            "eyes": mean_absolute_error(eyes * painting, eyes * outputs["painting"]),
        }
        loss = parts["l1"] + TrainConfig.guide_1_weight * parts["guide_1"]
        loss += TrainConfig.guide_2_weight * parts["guide_2"]
        loss += self.eye_weight * parts["eyes"]
        if not learn_encoder:
            encoder_rest = rest["encoder"]
        return loss, (parts, {"generator": generator_rest, "encoder": encoder_rest})

    def train(self, state, batch, rate, decay, learn_encoder):
        """One step: the next state, and the parts of the loss.

        Args:
            state: the state, whose memory is reused.
            batch: of data.make_batch.
            rate: Adam's learning rate.
            decay: of the average.
            learn_encoder: whether the hint encoder learns too.
        """
        names = ["generator", "encoder"] if learn_encoder else ["generator"]

        def loss_of(part):
            learnt = {**state["learnt"], **part}
            return self.compute_loss(learnt, state["rest"], batch, learn_encoder)

        part = {name: state["learnt"][name] for name in names}
        gradients, (losses, rest) = jax.grad(loss_of, has_aux=True)(part)
        learnt, moments = dict(state["learnt"]), dict(state["moments"])
        for name in names:
            steps, moments[name] = self.adam.update(gradients[name], moments[name])
            learnt[name] = jax.tree.map(
                lambda weight, step: weight - rate * step, learnt[name], steps
            )
        average = jax.tree.map(
            lambda old, new: decay * old + (1 - decay) * new,
            state["average"],
            (learnt, rest),
        )
        state = {"learnt": learnt, "rest": rest, "moments": moments, "average": average}
        return state, losses

    def freeze(self, state):
        """Both networks go on with their averages."""
        learnt, rest = jax.tree.map(jnp.array, state["average"])
        return {**state, "learnt": learnt, "rest": rest}

    def check(self, state, batch):
        """L1 of each picture with its reference, a shuffled one and a zero hint.

        Returns:
            the L1 [3, B], the paintings after the references [B, H, W, 3], and the
            hints [B, hint_size].
        """
        learnt, rest = state["average"]
        hint, _ = self.networks["encoder"].stateless_call(
            learnt["encoder"], rest["encoder"], batch["reference"], training=False
        )
        paintings = []
        for control in (hint, jnp.roll(hint, 1, axis=0), jnp.zeros_like(hint)):
            outputs, _ = self.networks["generator"].stateless_call(
                learnt["generator"], rest["generator"],
                {"sketch": batch["sketch"], "hint": control}, training=False,
            )  # fmt: skip
            paintings.append(outputs["painting"])
        errors = jnp.abs(batch["painting"] - jnp.stack(paintings))
        return errors.mean(axis=(2, 3, 4)), paintings[0], hint

    def keep_average(self, state):
        """Sets the networks' variables to the average."""
        learnt, rest = state["average"]
        for name, network in self.networks.items():
            for variable, value in zip(network.trainable_variables, learnt[name]):
                variable.assign(value)
            for variable, value in zip(network.non_trainable_variables, rest[name]):
                variable.assign(value)


def mean_absolute_error(target, output):
    """Mean of |target - output| over all axes, in float32."""
    return jnp.mean(jnp.abs(target - output.astype(jnp.float32)))
