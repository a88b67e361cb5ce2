"""``reframe try`` as a process: it serves its page, ends with Ctrl+C, and leaves nothing."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import aiohttp
import pytest

from bot.cli.try_it import find_model
from bot.playground.session import NO_MODEL


async def test_it_serves_and_leaves_nothing(tmp_path: Path) -> None:
    """It prints an address that works at once; SIGINT ends it with 0, even while the bot starts."""
    working, temporary = tmp_path / "here", tmp_path / "temporary"
    working.mkdir()
    temporary.mkdir()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "try", "--no-browser"),
        cwd=working,
        env={"PATH": os.defpath, "TMPDIR": str(temporary)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first = (await process.stdout.readline()).decode()
    second = (await process.stdout.readline()).decode()
    url = re.search(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", first)
    assert url is not None
    async with aiohttp.ClientSession() as session, session.get(url[0]) as response:
        status = response.status
    process.send_signal(signal.SIGINT)
    goodbye, complaints = await process.communicate()

    assert status == 200
    assert "press Ctrl+C here" in second
    assert b"Stopped." in goodbye
    assert process.returncode == 0
    assert complaints == b""
    assert list(working.iterdir()) == []
    assert list(temporary.iterdir()) == []


def test_the_model_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configured model can be chosen; without one, or with a wrong setting, it says why not."""
    monkeypatch.chdir(tmp_path)
    none = find_model()
    monkeypatch.setenv("OPENAI_MODEL", "small-one")
    there = find_model()
    monkeypatch.setenv("REFRAME_JUDGE", "maybe")
    wrong = find_model()

    assert (none.name, none.why_not) == ("", NO_MODEL)
    assert there.name == "small-one"
    assert there.settings["OPENAI_MODEL"] == "small-one"
    assert wrong.name == ""
    assert "REFRAME_JUDGE" in wrong.why_not
