"""Fault 56: a bot that is asked to stop ends soon, and what it left is done by the next one."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from bot.sandbox.faults import Fault
from tests.faults.storm import Storm


async def test_56_asked_to_stop_with_a_full_queue(tmp_path: Path) -> None:
    """56: SIGTERM with posts waiting ends within ten seconds and well; nothing is lost."""
    storm = Storm(tmp_path, f"sqlite:///{tmp_path}/reframe.db", random.Random(7))
    async with storm.slack:
        await storm.start()
        storm.slack.faults.next("chat.postMessage", Fault.slow(0.2), times=40)
        pouring = asyncio.create_task(storm.rage(events=60, kills=0))
        await asyncio.sleep(1.0)
        async with asyncio.timeout(10):
            status = await storm.bot.stop()
        left = 60 - sum(storm.replies.values())
        storm.slack.faults.clear()
        await storm.start()
        await pouring

    assert status == 0
    assert left > 0
    assert len(storm.replies) == 60
    assert set(storm.replies.values()) == {1}
