"""The ticker: it runs its jobs, survives an absent database, and stores nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import inspect

from bot.core.policy import Limits
from bot.flows.errors import StoreUnavailableError
from bot.store.database import Database
from bot.store.instance_lock import lock_table
from bot.store.retention import purge_expired
from bot.store.tables import metadata
from bot.workers.ticker import Job, Ticker, build_ticker

NOW = 1_760_000_000.0
OFTEN = 0.01  # seconds
NEVER = 3_600.0


class Purge:
    """Counts its runs; the first of them raise these."""

    def __init__(self, *failures: Exception) -> None:
        self.times = 0
        self._failures = list(failures)

    async def __call__(self) -> int:
        self.times += 1
        if self._failures:
            raise self._failures.pop(0)
        return 7


@asynccontextmanager
async def ticking(
    purge: Job, weekly: Mapping[str, Job] | None = None, *, weekly_seconds: float = NEVER,
    purge_seconds: float = OFTEN,
) -> AsyncIterator[Ticker]:  # fmt: skip
    ticker = build_ticker(
        purge, weekly or {}, weekly_seconds=weekly_seconds, purge_seconds=purge_seconds
    )
    ticker.start()
    try:
        yield ticker
    finally:
        ticker.shutdown(wait=False)
        await asyncio.sleep(0)


async def logged(caplog: pytest.LogCaptureFixture, words: str, times: int = 1) -> None:
    """Wait until the log holds these words this many times."""
    async with asyncio.timeout(5):
        while caplog.text.count(words) < times:
            await asyncio.sleep(0.01)


async def test_it_runs_its_job_again_and_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="bot")
    async with ticking(Purge()):
        await logged(caplog, "purge: 7", times=3)


async def test_it_does_not_run_before_its_hour() -> None:
    """Starting is not a tick."""
    job = Purge()
    async with ticking(job, purge_seconds=NEVER):
        await asyncio.sleep(0.05)

    assert job.times == 0


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (StoreUnavailableError("locked"), "purge failed and is tried again: locked"),
        (KeyError("what somebody wrote"), "purge is broken and is tried again: KeyError"),
    ],
)
async def test_a_failure_does_not_end_it(
    caplog: pytest.LogCaptureFixture, failure: Exception, words: str
) -> None:
    """It is one line in the log, without traceback or text, and the next tick works."""
    caplog.set_level("INFO", logger="bot")
    async with ticking(Purge(failure)):
        await logged(caplog, "purge: 7")

    assert caplog.text.count(words) == 1
    assert "somebody wrote" not in caplog.text
    assert [r for r in caplog.records if r.exc_info] == []


async def test_a_clock_set_back_does_not_stop_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine woke with a clock that was an hour ahead, and then set it right."""
    caplog.set_level("INFO", logger="bot")
    async with ticking(Purge()):
        await logged(caplog, "purge: 7")
        wrong = time.time
        monkeypatch.setattr(time, "time", lambda: wrong() - NEVER)
        await logged(caplog, "purge: 7", times=5)


async def test_a_pause_lets_what_is_under_way_end() -> None:
    begun, may_end, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow() -> int:
        begun.set()
        await may_end.wait()
        ended.set()
        return 0

    later = Purge()
    async with ticking(Purge(), {"slow": slow, "later": later}, weekly_seconds=OFTEN) as ticker:
        async with asyncio.timeout(5):
            await begun.wait()
            ticker.pause()
            may_end.set()
            await ended.wait()
        await asyncio.sleep(0.05)

    assert later.times == 0


async def test_the_database_knows_no_jobs(database: Database) -> None:
    """After a purge of a real database it holds our tables and no others, but for those of the
    jobs of processes with a role, of which there are none."""
    purged = asyncio.Event()

    async def purge() -> int:
        count = await purge_expired(database, Limits(), NOW)
        purged.set()
        return count

    async with ticking(purge), asyncio.timeout(5):
        await purged.wait()

    async with database.begin() as connection:
        tables = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    ours = {name for name in tables if not name.startswith("procrastinate_")}
    assert ours - {lock_table.name} == {*metadata.tables, "alembic_version"}


async def test_one_weekly_job_that_fails_leaves_the_others_running(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Reflections that fail keep neither follow-ups nor digests from running."""
    caplog.set_level("INFO", logger="bot")
    weekly = {"reflections": Purge(StoreUnavailableError("locked")), "digests": Purge()}
    async with ticking(Purge(), weekly, weekly_seconds=OFTEN, purge_seconds=NEVER):
        await logged(caplog, "digests: 7")
        await logged(caplog, "reflections: 7")

    assert "reflections failed and is tried again: locked" in caplog.text
