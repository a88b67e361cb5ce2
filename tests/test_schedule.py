"""The clock that ticks: it runs its job, outlives a database that is away, and stores nothing."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import inspect

from bot.core.policy import Limits
from bot.flows.ports import StoreDown
from bot.schedule import ticker
from bot.store.database import Database
from bot.store.tables import metadata
from bot.store.tidy import tidy

NOW = 1_760_000_000.0


class Tidying:
    """Counts how often it was asked; the first ``failures`` times the database is away."""

    def __init__(self, failures: int = 0) -> None:
        self.times = 0
        self._failures = failures

    async def __call__(self) -> int:
        self.times += 1
        if self.times <= self._failures:
            raise StoreDown("locked")
        return 7


@asynccontextmanager
async def ticking(job: Callable[[], Awaitable[int]]) -> AsyncIterator[AsyncIOScheduler]:
    scheduler = ticker(job)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.shutdown(wait=False)
        await asyncio.sleep(0)


def due(scheduler: AsyncIOScheduler, ago: timedelta = timedelta()) -> None:
    """Makes the job due, as if its hour had come then."""
    scheduler.modify_job("tidy", next_run_time=datetime.now(UTC) - ago)


async def logged(caplog: pytest.LogCaptureFixture, words: str, times: int = 1) -> None:
    """Waits until the log holds these words so many times."""
    async with asyncio.timeout(5):
        while caplog.text.count(words) < times:
            await asyncio.sleep(0.01)


async def test_it_runs_its_job(caplog: pytest.LogCaptureFixture) -> None:
    """When the hour has come it tidies, says how much, and waits for the next hour."""
    caplog.set_level("INFO", logger="bot")
    job = Tidying()
    async with ticking(job) as scheduler:
        due(scheduler)
        await logged(caplog, "tidied 7 rows")
        wait = scheduler.get_job("tidy").next_run_time - datetime.now(UTC)

    assert job.times == 1
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


async def test_it_does_not_run_before_its_hour() -> None:
    """A start is no tick."""
    job = Tidying()
    async with ticking(job) as scheduler:
        await asyncio.sleep(0.05)
        wait = scheduler.get_job("tidy").next_run_time - datetime.now(UTC)

    assert job.times == 0
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


async def test_a_database_that_is_away_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    """A tick without a database is one line in the log, no traceback, and the next one works."""
    caplog.set_level("INFO", logger="bot")
    job = Tidying(failures=1)
    async with ticking(job) as scheduler:
        due(scheduler)
        await logged(caplog, "tidying waits an hour for the database: locked")
        due(scheduler)
        await logged(caplog, "tidied 7 rows")

    assert job.times == 2
    assert [r for r in caplog.records if r.name.startswith("apscheduler") or r.exc_info] == []


async def test_hours_slept_through_are_one_tick(caplog: pytest.LogCaptureFixture) -> None:
    """A laptop that slept over many ticks tidies once when it wakes, however late."""
    caplog.set_level("INFO", logger="bot")
    job = Tidying()
    async with ticking(job) as scheduler:
        due(scheduler, ago=timedelta(hours=9, minutes=30))
        await logged(caplog, "tidied 7 rows")
        await asyncio.sleep(0.05)

    assert job.times == 1


async def test_a_restart_has_one_job() -> None:
    """No job is left from an earlier start, and none is doubled."""
    for _ in range(3):
        async with ticking(Tidying()) as scheduler:
            jobs = scheduler.get_jobs()

    assert [j.id for j in jobs] == ["tidy"]


async def test_a_job_cannot_be_stored() -> None:
    """The job is of this process alone: no store could take it."""
    async with ticking(Tidying()) as scheduler:
        job = scheduler.get_job("tidy")

    with pytest.raises(ValueError, match="cannot be serialized"):
        pickle.dumps(job)


async def test_the_database_knows_no_jobs(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """After a tick over a real database it holds our tables and no others."""
    caplog.set_level("INFO", logger="bot")
    async with ticking(lambda: tidy(database, Limits(), NOW)) as scheduler:
        due(scheduler)
        await logged(caplog, "tidied 0 rows")

    async with database.begin() as connection:
        tables = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    assert tables == {*metadata.tables, "alembic_version"}
