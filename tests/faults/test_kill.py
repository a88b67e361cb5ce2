"""Fault 5: a process that is killed with -9 at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.storm import Storm
from tests.postgres import Postgres


@pytest.mark.slow
async def test_05_a_thousand_events_and_sixty_kills(tmp_path: Path) -> None:
    """5: of 1,000 acknowledged events each has its one question, though the bot died 60 times."""
    storm = Storm(tmp_path, f"sqlite:///{tmp_path}/reframe.db", random.Random(5))
    async with storm.slack:
        await storm.start()
        await storm.rage(events=1_000, kills=60)
        status = await storm.bot.stop()

    assert storm.kills == 60
    assert len(set(storm.said)) == 1_000
    assert [place for place in storm.said if storm.replies[place] == 0] == []
    assert [place for place in storm.said if storm.replies[place] > 1] == []
    assert sum(storm.replies.values()) == 1_000
    assert "found in its thread" in storm.bot.log_file.read_text()
    assert status == 0


@pytest.mark.slow
@pytest.mark.postgres
async def test_05_the_same_on_postgres(tmp_path: Path, postgres: Postgres) -> None:
    """5: PostgreSQL keeps the same promise."""
    with postgres.database() as address:
        storm = Storm(tmp_path, address, random.Random(6))
        async with storm.slack:
            await storm.start()
            await storm.rage(events=200, kills=12)
            await storm.bot.stop()

    assert len(set(storm.said)) == 200
    assert set(storm.replies.values()) == {1}
    assert len(storm.replies) == 200
