"""Fault 5: killing the process with SIGKILL at any moment loses and duplicates nothing.

One file per database, so that the test processes share the two long runs.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.chaos import ChaosRun


@pytest.mark.fault_case(5)
@pytest.mark.slow
async def test_05_a_thousand_events_and_sixty_kills(tmp_path: Path) -> None:
    """5: each of 1,000 acknowledged events gets exactly one question despite 60 kills."""
    chaos = ChaosRun(tmp_path, f"sqlite:///{tmp_path}/reframe.db", random.Random(5))
    async with chaos.slack:
        await chaos.start()
        await chaos.run(events=1_000, kills=60)
        status = await chaos.bot.stop()

    assert chaos.kills == 60
    assert len(set(chaos.sent)) == 1_000
    assert [message for message in chaos.sent if chaos.replies[message] == 0] == []
    assert [message for message in chaos.sent if chaos.replies[message] > 1] == []
    assert sum(chaos.replies.values()) == 1_000
    assert "found in its thread" in chaos.bot.log_file.read_text()
    assert status == 0
