"""Fault 5 on PostgreSQL: see ``test_kill.py``."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.chaos import ChaosRun
from tests.postgres import Postgres


@pytest.mark.fault_case(5)
@pytest.mark.slow
@pytest.mark.postgres
async def test_05_kills_on_postgres(tmp_path: Path, postgres: Postgres) -> None:
    """5: the same holds on PostgreSQL."""
    with postgres.database() as address:
        chaos = ChaosRun(tmp_path, address, random.Random(6))
        async with chaos.slack:
            await chaos.start()
            await chaos.run(events=200, kills=12)
            await chaos.bot.stop()

    assert len(set(chaos.sent)) == 200
    assert set(chaos.replies.values()) == {1}
    assert len(chaos.replies) == 200
