"""Web and worker processes share a PostgreSQL database: ``reframe run --role``."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.core.policy import Backoff
from bot.sandbox.faults import Fault
from tests.faults.fleet import Fleet
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres
TAKEN_OVER_SECONDS = 60.0
MORE_THAN_TRIES = Backoff().max_attempts + 2
_JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'reframe'"


@pytest.fixture
def address(postgres: Postgres) -> Iterator[str]:
    """Yield the address of a new database with all tables."""
    with postgres.database(migrated=True) as address:
        yield address


@asynccontextmanager
async def running(folder: Path, address: str) -> AsyncIterator[Fleet]:
    """Two web and two worker processes."""
    fleet = Fleet(folder, address, webs=2, workers=2)
    async with fleet.slack:
        await fleet.start()
        try:
            yield fleet
        finally:
            await fleet.stop()


async def test_web_stores_and_workers_answer(tmp_path: Path, address: str) -> None:
    """What either web process has acknowledged, one of the workers answers, once, however often
    Slack asks to wait; a stop takes less than ten seconds."""
    async with running(tmp_path, address) as fleet:
        for _ in range(10):
            await fleet.say()
        await fleet.until_answered(30)

        assert fleet.is_each_answered_once
        assert fleet.statuses == {200: 10}
        refused = Fault.rate_limited("0.2")
        fleet.slack.faults.inject("chat.postMessage", refused, times=MORE_THAN_TRIES)
        await fleet.say()
        await fleet.until_answered(30)
        assert fleet.is_each_answered_once
        began = time.monotonic()
        await fleet.stop()
        assert time.monotonic() - began < 10
        with psycopg.connect(address) as connection:  # what is done leaves no job
            assert connection.execute(_JOBS).fetchone() == (0,)


@pytest.mark.slow
async def test_kills_in_the_middle_of_work(tmp_path: Path, address: str) -> None:
    """A worker and a web process are killed while posts are under way. The others take over within
    a minute; nothing is lost and nothing doubled."""
    async with running(tmp_path, address) as fleet:
        fleet.slack.faults.inject("chat.postMessage", Fault.slow(0.8), times=100)
        saying = asyncio.create_task(say(fleet, 30))
        while not fleet.replies:
            await asyncio.sleep(0.01)
        await asyncio.gather(fleet.workers[0].kill(), fleet.webs[0].kill())
        await saying
        await fleet.until_answered(TAKEN_OVER_SECONDS)
        await asyncio.sleep(1)  # for what would be doubled

        assert fleet.is_each_answered_once
        assert len(fleet.sent) == 30


@pytest.mark.slow
async def test_postgres_goes_away_and_comes_back(tmp_path: Path) -> None:
    """Slack gets 503 meanwhile and sends again; all goes on by itself."""
    server = Postgres.start()
    try:
        with server.database(migrated=True) as address:
            async with running(tmp_path, address) as fleet:
                await say(fleet, 5)
                await asyncio.to_thread(server.end)
                saying = asyncio.create_task(say(fleet, 5))
                await asyncio.sleep(2)
                await asyncio.to_thread(server.begin)
                await saying
                await fleet.until_answered(TAKEN_OVER_SECONDS)

                assert fleet.is_each_answered_once
                assert set(fleet.statuses) == {200, 503}
    finally:
        server.stop()


async def say(fleet: Fleet, count: int) -> None:
    """Let sellers write, one message after the other."""
    for _ in range(count):
        await fleet.say()
        await asyncio.sleep(0.05)
