"""How the program keeps itself small."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys

import pytest

from bot.cli import memory

# Reserved for a heap of its own: 64 MB of addresses, at a multiple of 64 MB.
HEAPS = """
import re, sys, threading
from bot.cli.memory import spare_memory
if sys.argv[1] == "spare":
    spare_memory()
def allocate():
    kept.extend(bytearray(2_000) for _ in range(1_000))
kept, threads = [], [threading.Thread(target=allocate) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
maps = open("/proc/self/maps").read()
starts = re.findall(r"^([0-9a-f]+)-[0-9a-f]+ rw-p 0+ 00:00 0 *$", maps, re.M)
print(sum(int(start, 16) % (64 << 20) == 0 for start in starts))
"""


def has_heaps() -> bool:
    """Return whether the C library can be told how many heaps to have."""
    try:
        return hasattr(ctypes.CDLL(None), "mallopt")
    except (TypeError, OSError):
        return False


@pytest.mark.parametrize("error", [TypeError, OSError])
def test_a_system_without_such_a_library_starts_too(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Windows knows no library without a name."""

    def refuse(_: None) -> None:
        raise error

    before = gc.get_threshold()
    monkeypatch.setattr("bot.cli.memory.ctypes.CDLL", refuse)
    try:
        memory.spare_memory()
    finally:
        gc.set_threshold(*before)


@pytest.mark.skipif(not has_heaps(), reason="this C library has one heap anyway")
def test_all_threads_share_one_heap() -> None:
    """Else each thread gets one, and what a model needed while it was loaded stays in it."""
    found = {
        how: subprocess.check_output([sys.executable, "-c", HEAPS, how], text=True).strip()
        for how in ("spare", "as it is")
    }

    assert found["spare"] == "0"
    assert int(found["as it is"]) > 0
