"""Web and worker processes share a PostgreSQL database: ``reframe run --role``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.fleet import Fleet
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres


@pytest.fixture
async def fleet(tmp_path: Path, postgres: Postgres) -> AsyncIterator[Fleet]:
    """Yield two web and two worker processes, started."""
    with postgres.database(migrated=True) as address:
        fleet = Fleet(tmp_path, address, webs=2, workers=2)
        async with fleet.slack:
            await fleet.start()
            try:
                yield fleet
            finally:
                await fleet.stop()


async def test_web_stores_and_workers_answer(fleet: Fleet) -> None:
    """What either web process has acknowledged, one of the workers answers, once."""
    for _ in range(10):
        await fleet.say()
    await fleet.until_answered(30)

    assert fleet.is_each_answered_once
    assert fleet.statuses == {200: 10}
