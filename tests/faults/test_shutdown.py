"""Fault 56: a bot that receives SIGTERM exits soon, and the next process finishes its work."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from bot.sandbox.faults import Fault
from tests.faults.chaos import ChaosRun


@pytest.mark.fault_case(56)
async def test_56_sigterm_with_a_full_queue(tmp_path: Path) -> None:
    """56: with posts in the queue, the bot exits cleanly within ten seconds and loses nothing."""
    chaos = ChaosRun(tmp_path, f"sqlite:///{tmp_path}/reframe.db", random.Random(7))
    async with chaos.slack:
        await chaos.start()
        chaos.slack.faults.inject("chat.postMessage", Fault.slow(0.2), times=40)
        sending = asyncio.create_task(chaos.run(events=60, kills=0))
        await asyncio.sleep(1.0)
        async with asyncio.timeout(10):
            status = await chaos.bot.stop()
        unsent = 60 - sum(chaos.replies.values())
        chaos.slack.faults.clear()
        await chaos.start()
        await sending
        await chaos.bot.stop()

    assert status == 0
    assert unsent > 0
    assert len(chaos.replies) == 60
    assert set(chaos.replies.values()) == {1}
