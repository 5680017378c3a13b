import os
import pathlib
import signal
import subprocess
import sys

import pytest

from keras_s2p.common import run_lock
from keras_s2p.common.config import RunConfig
from keras_s2p.training.run import run

HOLD = """
import sys, time
from keras_s2p.common import run_lock
with run_lock.locked(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path):
    return str(tmp_path / "run")


def test_a_lock_is_alone_and_ends_with_its_process(folder):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(ValueError, match="another training runs in .*/run; "):
            with run_lock.locked(folder):
                raise AssertionError("locked twice")
        assert os.path.isdir(folder)
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    with run_lock.locked(folder):
        pass


def test_a_folder_is_kept_only_if_something_is_in_it(folder):
    with run_lock.locked(folder):
        assert os.path.isdir(folder)
    assert not os.path.exists(folder)
    with run_lock.locked(folder), open(os.path.join(folder, "train.json"), "w"):
        pass
    assert os.path.isdir(folder)


@pytest.mark.parametrize("name", ["checkpoint", "history.csv", "begun.json"])
def test_no_pipe_in_a_folder_is_waited_for(folder, name):
    os.mkdir(folder)
    os.mkfifo(os.path.join(folder, name))
    os.symlink("nothing", os.path.join(folder, "link"))
    os.mkdir(os.path.join(folder, "logs"))
    with pytest.raises(ValueError, match=f"run/{name}: a named pipe, not a file"):
        with run_lock.locked(folder):
            raise AssertionError("begun")
    os.remove(os.path.join(folder, name))
    with run_lock.locked(folder):
        pass


@pytest.mark.parametrize("name", ["checkpoints", "samples", "logs", "logs/validation"])
def test_a_file_in_the_place_of_a_folder_is_named_first(
    folder, name, dataset_folder, weights_folder, tiny_generator_config,
    tiny_train_config,
):  # fmt: skip
    path = pathlib.Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    where = RunConfig(dataset_folder, folder, hint_weights=weights_folder)
    with pytest.raises(ValueError, match=f"{name}: not a folder"):
        run(where, tiny_generator_config, tiny_train_config)


def test_a_second_training_in_a_folder_is_refused_and_changes_nothing(
    folder, dataset_folder, weights_folder, tiny_generator_config, tiny_train_config
):
    where = RunConfig(dataset_folder, folder, hint_weights=weights_folder)
    with run_lock.locked(folder):
        with pytest.raises(ValueError, match="^--run-dir: another training runs in"):
            run(where, tiny_generator_config, tiny_train_config)
        assert os.listdir(folder) == []
