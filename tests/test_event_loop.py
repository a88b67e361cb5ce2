"""Tests of the event loop that the bot runs on."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator

import pytest

from bot import event_loop


async def the_loop() -> str:
    """Return where the loop that runs comes from."""
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


@pytest.fixture
def without_uvloop(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this system have no uvloop, such as Windows."""
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "uvloop", None)
        importlib.reload(event_loop)
        yield
    importlib.reload(event_loop)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop for Windows")
def test_the_bot_runs_on_uvloop() -> None:
    assert event_loop.run(the_loop()) == "uvloop"


@pytest.mark.usefixtures("without_uvloop")
def test_without_uvloop_it_runs_on_the_loop_of_python() -> None:
    assert event_loop.run(the_loop()) == "asyncio"
