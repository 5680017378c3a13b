"""Fixtures: tiny networks, small seeded pictures, a dataset of eight pairs."""

import keras_s2p  # noqa: F401  before TensorFlow, which it makes faster

# isort: split
import signal

import keras
import numpy as np
import page_servers
import pytest
import tensorflow as tf

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # a suite in the background,
    # whose processes would not hear Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)

# To rewrite a graph takes longer than to run it the few times of a test. Commands that
# tests start as processes of their own have it rewritten, as a user's.
tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})

# Two logical devices on one processor, for the tests of distribution.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration(), tf.config.LogicalDeviceConfiguration()],
)

from page_browser import address, browser, files, open_page  # noqa: E402, F401

from keras_s2p.characters import character, palettes  # noqa: E402
from keras_s2p.common.config import GeneratorConfig, TrainConfig, write_json  # noqa: E402
from keras_s2p.data import dataset, dataset_checks, records  # noqa: E402
from keras_s2p.data.pipeline import add_other_references  # noqa: E402, records
from keras_s2p.networks import weights  # noqa: E402
from keras_s2p.networks.generator import build_generator  # noqa: E402
from keras_s2p.networks.hint import build_hint_encoder  # noqa: E402
from keras_s2p.networks.places import build_place_encoder  # noqa: E402

VIVID = 30  # times the random weights of the hint's and the painting's layers
TINY = GeneratorConfig(
    hint_encoder="paintings",
    hint_size=16,
    hint_filters=2,
    hint_image_size=32,
    filters=2,
    mid_filters=8,
    decoder_filters=8,
    full_filters=4,
    guide_filters=16,
)


def pytest_addoption(parser):
    parser.addoption(
        "--fuzz", type=int, default=25, help="random files of each test of test_fuzz.py"
    )


def pytest_configure(config):
    """Settings of the tests with random files: the same ones each time, if few."""
    try:
        import hypothesis
    except ImportError:
        return  # they are skipped
    count = config.getoption("--fuzz")
    hypothesis.settings.register_profile(
        "fuzz", max_examples=count, derandomize=count <= 25, database=None,
        deadline=None, suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    hypothesis.settings.load_profile("fuzz")


@pytest.fixture
def tiny_generator_config():
    return TINY


@pytest.fixture
def tiny_train_config():
    return TrainConfig(steps=4, size=32, batch_size=2, checkpoint_every=2)


@pytest.fixture(scope="session")
def painting():
    """[48, 40, 3] uint8: four flat quarters."""
    pixels = np.zeros((48, 40, 3), np.uint8)
    pixels[:24, :20] = (200, 40, 40)
    pixels[:24, 20:] = (40, 200, 40)
    pixels[24:, :20] = (40, 40, 200)
    pixels[24:, 20:] = (255, 255, 255)
    return pixels


@pytest.fixture
def encode_hint():
    """A hint encoder of 16 values without a VGG: the mean colours of quarters."""

    def encode(pictures):
        quarters = tf.image.resize(pictures, (2, 2), method="area")
        return tf.reshape(tf.pad(quarters, [[0, 0]] * 3 + [[0, 1]]), [-1, 16])

    reference = keras.Input((None, None, 3))
    hint = keras.layers.Lambda(encode, output_shape=(16,))(reference)
    return keras.Model(reference, hint, name="hint_encoder")


@pytest.fixture
def batch():
    """Four seeded examples of 32 x 32."""
    rng = np.random.default_rng(0)

    def random(channels):
        return tf.constant(rng.uniform(-1, 1, (4, 32, 32, channels)), tf.float32)

    pictures = {"sketch": random(1), "painting": random(3), "reference": random(3)}
    return add_other_references(pictures)


@pytest.fixture(scope="session")
def write_dataset(tmp_path_factory):
    """Function of a size and {split: serialized examples} that makes a dataset."""

    def write(size, examples):
        folder = tmp_path_factory.mktemp("tfrecords")
        shards = []
        for split, serialized in examples.items():
            name = dataset.shard_name(split, 0, 1)
            dataset.write_shard(str(folder / name), serialized)
            counts = {"tests": len(serialized)}
            shards.append(
                {"name": name, "split": split, "examples": counts, "skipped": {}}
                | dataset_checks.fingerprint(str(folder / name))
            )
        dataset.write_index(str(folder), {"size": size}, shards, complete=True)
        return str(folder)

    return write


@pytest.fixture(scope="session")
def dataset_folder(write_dataset):
    """Eight pairs of 32 x 32 for training and four for validation."""
    rng = np.random.default_rng(0)

    def make_example(name):
        pixels = np.kron(rng.integers(0, 256, (4, 4, 3)), np.ones((8, 8, 1), int))
        return records.make_example(pixels.astype(np.uint8), name, "tests")

    return write_dataset(
        32,
        {
            split: [make_example(f"{split}{i}") for i in range(count)]
            for split, count in (("train", 8), ("validation", 4))
        },
    )


@pytest.fixture(scope="session")
def character_examples():
    """{split: six characters} with drawn lines, references, regions and labels."""
    rng = np.random.default_rng(0)

    def make_example(name, seed):
        drawing, other = (character.draw_character(s, 96) for s in (seed, 9))
        palette = palettes.random_palette(rng)
        return records.make_example(
            drawing.paint(palette), name, "tests", drawing.sketch(),
            other.paint(palette), drawing.regions, list(drawing.labels.values()),
        )  # fmt: skip

    return {
        split: [make_example(f"{split}{seed}", seed) for seed in range(6)]
        for split in dataset.SPLITS
    }


@pytest.fixture(scope="session")
def characters_folder(write_dataset, character_examples):
    """A dataset of character_examples alone."""
    return write_dataset(96, character_examples)


@pytest.fixture(scope="session")
def weights_folder(tmp_path_factory):
    """A folder of weights of random tiny networks, as train.py leaves it.

    Vivid ones, so that two references give paintings that are seen to differ.
    """
    folder = tmp_path_factory.mktemp("weights")
    keras.utils.set_random_seed(0)  # also of what Keras draws its seeds from
    write_json(TINY, str(folder / weights.CONFIG_FILE))
    generator = build_generator(TINY)
    for name in ("hint_dense", "painting_out"):
        layer = generator.get_layer(name)
        layer.set_weights([VIVID * x for x in layer.get_weights()])
    weights.write_weights(generator, str(folder / weights.GENERATOR_FILE))
    weights.write_weights(
        build_hint_encoder(TINY), str(folder / weights.HINT_ENCODER_FILE)
    )
    weights.write_weights(
        build_place_encoder(filters=1), str(folder / weights.PLACE_ENCODER_FILE)
    )
    return str(folder)


@pytest.fixture(scope="session")
def page_server(weights_folder, tmp_path_factory):
    """The web page, served by a process of its own; see page_servers.serve."""
    pytest.importorskip("gradio", reason="gradio is not installed")
    folder = tmp_path_factory.mktemp("server")
    with page_servers.serve(folder, "--weights", weights_folder) as server:
        yield server


@pytest.fixture
def partners(monkeypatch):
    """List that (drawing, partner) is added to by each call of draw_partner."""
    found = []
    draw = character.draw_partner

    def draw_partner(drawing, *args, **kwargs):
        partner = draw(drawing, *args, **kwargs)
        found.append((drawing, partner))
        return partner

    monkeypatch.setattr(character, "draw_partner", draw_partner)
    return found
