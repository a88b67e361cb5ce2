"""The ticker: it runs its jobs, survives an absent database, and stores nothing."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import inspect

from bot.core.policy import Limits
from bot.flows.errors import StoreUnavailableError
from bot.store.database import Database
from bot.store.instance_lock import lock_table
from bot.store.retention import purge_expired
from bot.store.tables import metadata
from bot.workers.ticker import Job, build_ticker

NOW = 1_760_000_000.0


class Purge:
    """Counts its runs; for the first ``failures`` of them the database is away."""

    def __init__(self, failures: int = 0) -> None:
        self.times = 0
        self._failures = failures

    async def __call__(self) -> int:
        self.times += 1
        if self.times <= self._failures:
            raise StoreUnavailableError("locked")
        return 7


@asynccontextmanager
async def ticking(purge: Job, **weekly: Job) -> AsyncIterator[AsyncIOScheduler]:
    scheduler = build_ticker(purge, weekly)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.shutdown(wait=False)
        await asyncio.sleep(0)


def make_due(scheduler: AsyncIOScheduler, job: str = "purge", ago: timedelta = timedelta()) -> None:
    """Make a job due, as if its time had come then."""
    scheduler.modify_job(job, next_run_time=datetime.now(UTC) - ago)


async def logged(caplog: pytest.LogCaptureFixture, words: str, times: int = 1) -> None:
    """Wait until the log holds these words this many times."""
    async with asyncio.timeout(5):
        while caplog.text.count(words) < times:
            await asyncio.sleep(0.01)


async def test_it_runs_its_job(caplog: pytest.LogCaptureFixture) -> None:
    """When its hour has come it purges, logs how much, and waits for the next hour."""
    caplog.set_level("INFO", logger="bot")
    job = Purge()
    async with ticking(job) as scheduler:
        make_due(scheduler)
        await logged(caplog, "purge: 7")
        wait = scheduler.get_job("purge").next_run_time - datetime.now(UTC)

    assert job.times == 1
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


async def test_it_does_not_run_before_its_hour() -> None:
    """Starting is not a tick."""
    job = Purge()
    async with ticking(job) as scheduler:
        await asyncio.sleep(0.05)
        wait = scheduler.get_job("purge").next_run_time - datetime.now(UTC)

    assert job.times == 0
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


async def test_an_absent_database_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    """A tick without a database is one line in the log, no traceback, and the next one works."""
    caplog.set_level("INFO", logger="bot")
    job = Purge(failures=1)
    async with ticking(job) as scheduler:
        make_due(scheduler)
        await logged(caplog, "purge failed and is tried again: locked")
        make_due(scheduler)
        await logged(caplog, "purge: 7")

    assert job.times == 2
    assert [r for r in caplog.records if r.name.startswith("apscheduler") or r.exc_info] == []


async def test_hours_slept_through_are_one_tick(caplog: pytest.LogCaptureFixture) -> None:
    """A laptop that slept through many ticks purges once when it wakes, however late."""
    caplog.set_level("INFO", logger="bot")
    job = Purge()
    async with ticking(job) as scheduler:
        make_due(scheduler, ago=timedelta(hours=9, minutes=30))
        await logged(caplog, "purge: 7")
        await asyncio.sleep(0.05)

    assert job.times == 1


async def test_a_restart_has_each_job_once() -> None:
    """No job is left over from an earlier start, and none is doubled."""
    for _ in range(3):
        async with ticking(Purge()) as scheduler:
            jobs = scheduler.get_jobs()

    assert [j.id for j in jobs] == ["weekly", "purge"]


async def test_a_job_cannot_be_stored() -> None:
    """The job belongs to this process alone: no job store could take it."""
    async with ticking(Purge()) as scheduler:
        job = scheduler.get_job("purge")

    with pytest.raises(ValueError, match="cannot be serialized"):
        pickle.dumps(job)


async def test_the_database_knows_no_jobs(database: Database) -> None:
    """After a purge of a real database it holds our tables and no others."""
    purged = asyncio.Event()

    async def purge() -> int:
        count = await purge_expired(database, Limits(), NOW)
        purged.set()
        return count

    async with ticking(purge) as scheduler, asyncio.timeout(5):
        make_due(scheduler)
        await purged.wait()

    async with database.begin() as connection:
        tables = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    assert tables - {lock_table.name} == {*metadata.tables, "alembic_version"}


async def test_one_weekly_job_that_fails_leaves_the_others_running(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Reflections that fail keep neither follow-ups nor digests from running."""
    caplog.set_level("INFO", logger="bot")
    reflections, digests = Purge(failures=1), Purge()
    async with ticking(Purge(), reflections=reflections, digests=digests) as scheduler:
        make_due(scheduler, "weekly")
        await logged(caplog, "digests: 7")
        make_due(scheduler, "weekly")
        await logged(caplog, "reflections: 7")

    assert "reflections failed and is tried again: locked" in caplog.text
