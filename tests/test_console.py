"""How commands end."""

import argparse
import importlib

import pytest

from keras_s2p import __main__ as commands

OWN_WORDS = ("paint", "train", "make-dataset")  # tested with the rest of these


@pytest.mark.parametrize("name", sorted(set(commands.COMMANDS) - set(OWN_WORDS)))
def test_ctrl_c_ends_a_command_with_a_word(name, monkeypatch, capsys):
    def stop(*_):
        raise KeyboardInterrupt

    module = importlib.import_module(f"keras_s2p.{name.replace('-', '_')}")
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    assert module.main([]) == 1
    assert capsys.readouterr().err == "\nstopped\n"


def test_ctrl_c_ends_a_command_that_is_still_loading(monkeypatch, capsys):
    def stop(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(commands.importlib, "import_module", stop)
    assert commands.main(["demo"]) == 1
    assert capsys.readouterr().err == "\nstopped\n"
