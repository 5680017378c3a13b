"""Memory that is free goes back to the system."""

import sys

import psutil
import pytest

from keras_s2p.common import memory


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's C library alone keeps it")
def test_what_was_freed_in_pieces_goes_back():
    process = psutil.Process()
    pieces = [bytes(1000) for _ in range(200_000)]
    last = bytes(1000)  # above them, so that they stay where they are
    del pieces
    before = process.memory_info().rss
    memory.release()
    assert process.memory_info().rss < before - 50_000_000
    assert len(last) == 1000


def test_another_c_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(memory, "_find_trim", lambda: None)
    assert memory.release() is None
