"""49, 51: a week of weekly messages by four whole processes; ``python -m tests.bench.year`` plays a
year."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.year import Year
from tests.postgres import Postgres

PEOPLE = 8


@pytest.mark.fault_case(49, 51)
@pytest.mark.slow
@pytest.mark.postgres
async def test_each_is_posted_once_on_its_day(tmp_path: Path, postgres: Postgres) -> None:
    """What two workers tick and deliver at once, while two web processes take a message."""
    with postgres.database(migrated=True) as address:
        year = Year(tmp_path, address, weeks=1, people=PEOPLE)
        await year.play()

    counts = year.counts()
    assert counts["wrong"] == 0
    assert (counts["reflection"], counts["digest"]) == (PEOPLE, len(year.teams))
    assert counts["question"] > 0
