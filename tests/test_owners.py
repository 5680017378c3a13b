import pytest

from keras_s2p.common import config as configs
from keras_s2p.data import dataset
from keras_s2p.networks import owners, weights


@pytest.fixture
def make(tmp_path):
    """Makes a folder with files; generator.json says that there are guides."""

    def make(*names):
        for name in names:
            (tmp_path / name).write_text('{"guides": true}')
        return str(tmp_path)

    return make


@pytest.mark.parametrize(
    "names, owner",
    [
        ([], None),
        (["notes.txt", weights.PLACE_ENCODER_FILE], None),
        ([weights.GENERATOR_FILE], owners.RELEASE),
        ([weights.GENERATOR_FILE, weights.CONFIG_FILE], owners.GPU_RUN),
        ([weights.GENERATOR_FILE, configs.TRAIN_FILE], owners.RUN),
        ([configs.TRAIN_FILE, weights.CONFIG_FILE], owners.RUN),
        (
            [weights.GENERATOR_FILE, weights.CONFIG_FILE, owners.CHECKPOINTS],
            owners.CUT_RUN,
        ),
        ([weights.CONFIG_FILE, owners.HINT_CHECKPOINTS], owners.PRETRAINING),
        ([weights.HINT_ENCODER_FILE, "begun.json"], owners.PRETRAINING),
        # Trained where its hint encoder had been.
        (
            [weights.GENERATOR_FILE, configs.TRAIN_FILE, owners.HINT_CHECKPOINTS],
            owners.RUN,
        ),
        ([weights.GENERATOR_FILE, owners.HINT_CHECKPOINTS], owners.RELEASE),
        ([dataset.INDEX], owners.DATASET),
        ([dataset.INDEX, configs.TRAIN_FILE], owners.RUN),  # trained before in there
    ],
)
def test_a_folder_is_that_of_one_command_alone(make, names, owner):
    folder = make(*names)
    assert owners.find_owner(folder) == owner
    owners.check(folder, "--out", owner)
    others = {owners.RUN, owners.GPU_RUN, owners.RELEASE, owners.PRETRAINING} - {owner}
    if owner:
        with pytest.raises(ValueError, match=f"^--out: .* holds {owner}"):
            owners.check(folder, "--out", *others)
    else:
        owners.check(folder, "--out")


def test_a_release_without_guides_may_be_made_anew(make, tmp_path):
    folder = make(weights.GENERATOR_FILE)
    for text in ('{"guides": false}', "damaged"):
        (tmp_path / weights.CONFIG_FILE).write_text(text)
        assert owners.find_owner(folder) == owners.RELEASE
