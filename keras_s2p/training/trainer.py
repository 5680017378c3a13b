"""The trainer: a keras.Model whose train_step trains generator and discriminator."""

import keras
import tensorflow as tf

from keras_s2p.common import images
from keras_s2p.training import losses

# Not in the paper: equal turns, equation 4 ("for fast speed") first.
SHIFT = ("dcgan", "acgan")  # the equations that take turns: 4, 3


class Trainer(keras.Model):
    """Trains G and D under the objective of equation 5.

    Args:
        network: of build_style2paints. V is trained too if config has an encoder_share,
            until freeze_encoder; else it must be frozen (figure 2: "locked"). Not in
            the paper: section 4 leaves a V for paintings to the future; what it shall
            see in them, the generator's L1 tells it.
        discriminator: of build_discriminator, or None with config.adversarial "none".
        config: TrainConfig.
        averaged: a second network, in which callbacks.AverageGenerator keeps the moving
            average; validated instead of the first if given. Where V does not learn
            they share it.

    A batch is a dict of float32 in [-1, 1]: `sketch` [B, H, W, 1], `painting`
    [B, H, W, 3] and `reference` [B, H, W, 3], which gives the hint: the painting
    itself, changed, or another drawing in its colours. With config.eye_weight also
    `eyes` [B, H, W, 1] in [0, 1]; a batch of the validation has `other_reference`, the
    reference of another of its examples. It is chosen before the batch is shared by
    replicas, of which each may have one example alone.
    """

    def __init__(self, network, discriminator, config, averaged=None):
        super().__init__(name="trainer")
        # Metrics are the same in all replicas; Keras would sum them over workers.
        self.distribute_reduction_method = "first"
        self.network = network
        self.averaged_network = averaged or network
        self.generator, self.hint_encoder = find_parts(self.network)
        self.averaged, self.averaged_encoder = find_parts(self.averaged_network)
        self.discriminator = discriminator
        self.discriminator_outputs = {}
        if discriminator is not None:
            self.discriminator_outputs = {
                name: keras.Model(discriminator.input, output)
                for name, output in discriminator.output.items()
            }
        self.encoder_learns = config.encoder_share > 0
        self.config = config
        self.equation = (
            SHIFT[0] if config.adversarial == "shift" else config.adversarial
        )
        self.l1 = keras.metrics.Mean(name="l1")
        self.guide_1 = keras.metrics.Mean(name="guide_1")
        self.guide_2 = keras.metrics.Mean(name="guide_2")
        self.g_loss = keras.metrics.Mean(name="g_loss")
        self.d_loss = keras.metrics.Mean(name="d_loss")
        self.train_metrics = [
            self.l1, self.guide_1, self.guide_2, self.g_loss, self.d_loss
        ]  # fmt: skip
        self.shuffled_l1 = keras.metrics.Mean(name="shuffled_l1")
        self.zero_l1 = keras.metrics.Mean(name="zero_l1")

    def compile(self, generator_optimizer, discriminator_optimizer=None, **kwargs):
        """As keras.Model.compile, with one optimizer a network."""
        super().compile(**kwargs)
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer
        # Their variables must be there before a checkpoint is restored, and for all
        # of D before an equation trains a part of it.
        generator_optimizer.build(self.learning_variables())
        if self.discriminator is not None:
            discriminator_optimizer.build(self.discriminator.trainable_variables)

    def train_step(self, batch):
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            # A frozen V is in inference mode also here.
            outputs = self.network(
                {"sketch": batch["sketch"], "reference": batch["reference"]},
                training=True,
            )
            l1 = self.compute_l1(batch["painting"], outputs)
            if "eyes" in batch:
                l1 += self.config.eye_weight * losses.eye_loss(
                    batch["painting"], outputs["painting"], batch["eyes"]
                )
            d_loss, adversarial_loss = self.compute_adversarial(batch, outputs)
            g_loss = losses.generator_loss(adversarial_loss, l1, self.config.l1_weight)
            # Optimizers sum the gradients of the replicas; their mean is wanted.
            replicas = tf.distribute.get_strategy().num_replicas_in_sync
            replica_g_loss = g_loss / replicas
            replica_d_loss = d_loss / replicas
        self.generator_optimizer.minimize(
            replica_g_loss, self.learning_variables(), tape=g_tape
        )
        if self.discriminator is not None:
            asked = self.discriminator_outputs[self.find_output()]
            self.discriminator_optimizer.minimize(
                replica_d_loss, asked.trainable_variables, tape=d_tape
            )
        self.g_loss.update_state(g_loss)
        self.d_loss.update_state(d_loss)
        return {metric.name: metric.result() for metric in self.train_metrics}

    def make_train_function(self, force=False):
        """As keras.Model.make_train_function; of `shift` a function an equation.

        A turn computes and trains nothing of the other equation's. A condition inside
        one function would: it gives what rests a gradient of 0, which Adam's momentum
        moves, and replicas that wait for each other can not meet inside it.
        """
        if self.config.adversarial != "shift":
            return super().make_train_function(force)
        if force or self.train_function is None:
            steps = {
                kind: super(Trainer, self).make_train_function(True) for kind in SHIFT
            }

            def take_turns(iterator):
                number = self.generator_optimizer.iterations.numpy()
                self.equation = SHIFT[number // self.config.shift_every % len(SHIFT)]
                return steps[self.equation](iterator)

            self.train_function = take_turns
        return self.train_function

    def learning_variables(self):
        """What the generator's optimizer trains."""
        variables = list(self.generator.trainable_variables)
        if self.encoder_learns:
            variables += self.hint_encoder.trainable_variables
        return variables

    def encode_averaged(self, painting):
        """The hint of the V that is kept: the moving average while it learns."""
        return self.averaged_encoder(painting, training=False)

    def freeze_encoder(self, averages: bool = True):
        """From here on the generator learns alone.

        Args:
            averages: both networks go on as their moving averages, which fit each
                other; not if that has been done before a run is resumed.
        """
        if averages:
            self.hint_encoder.set_weights(self.averaged_encoder.get_weights())
            self.generator.set_weights(self.averaged.get_weights())
        self.hint_encoder.trainable = False
        self.encoder_learns = False
        # Keras keeps the steps that it has compiled.
        self.train_function = self.test_function = None

    def test_step(self, batch):
        """L1 with the reference, and with two controls: shuffled and zero hints.

        A network that is reference-blind scores the same in all three.
        """
        hint = self.encode_averaged(batch["reference"])
        controls = [
            (self.l1, hint),
            (self.shuffled_l1, self.encode_averaged(batch["other_reference"])),
            (self.zero_l1, tf.zeros_like(hint)),
        ]
        for metric, control in controls:
            outputs = self.averaged(
                {"sketch": batch["sketch"], "hint": control}, training=False
            )
            metric.update_state(
                losses.mean_absolute_error(batch["painting"], outputs["painting"])
            )
        return {metric.name: metric.result() for metric, _ in controls}

    def compute_l1(self, painting, outputs):
        """Equation 2, or 1 if guide_1 is in colour; also updates the metrics."""
        target_1 = painting
        equation = losses.l1_loss_colour_guides
        if "guide_1" in outputs and outputs["guide_1"].shape[-1] == 1:
            target_1 = images.to_gray(painting)
            equation = losses.l1_loss
        targets = {"painting": painting, "guide_1": target_1, "guide_2": painting}
        metrics = {
            "painting": self.l1, "guide_1": self.guide_1, "guide_2": self.guide_2
        }  # fmt: skip
        for name, output in outputs.items():
            metrics[name].update_state(
                losses.mean_absolute_error(targets[name], output)
            )
        return equation(
            painting, outputs, self.config.guide_1_weight, self.config.guide_2_weight
        )

    def compute_adversarial(self, batch, outputs):
        """Equation 3 or 4, of `shift` the turn's: (d_loss, g_loss)."""
        if self.discriminator is None:
            return tf.constant(0.0), tf.constant(0.0)
        output = self.find_output()
        # Separate passes, so that real and fake are normalised apart.
        real = self.discriminate(batch["painting"], batch, output)
        fake = self.discriminate(outputs["painting"], batch, output)
        if output == "real":
            return losses.dcgan_losses(real, fake)
        equation = (
            losses.acgan_losses
            if self.config.acgan_form == "soft"
            else losses.acgan_losses_literal
        )
        style = self.hint_encoder(batch["painting"], training=False)
        return equation(real, fake, style)

    def find_output(self) -> str:
        """Which of D's outputs the equation asks for."""
        return "style" if self.equation == "acgan" else "real"

    def discriminate(self, painting, batch, output):
        """One of D's outputs, and no more is computed than it needs.

        A conditional D is shown the sketch as well.
        """
        inputs = {"painting": painting}
        if self.config.adversarial == "cgan":
            inputs["sketch"] = batch["sketch"]
        return self.discriminator_outputs[output](inputs, training=True)


def find_parts(network):
    """(G, V) of a network of build_style2paints."""
    return network.get_layer("generator"), network.get_layer("hint_encoder")
