"""What /healthz says: the truth, at once, and at no cost."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from bot import health as bot_health
from bot.health import Health
from bot.slack.state import SlackState
from bot.store.database import Database
from bot.store.instance_lock import lock_table
from bot.workers.loop import WorkerLoop
from tests.slack.kit import Clock
from tests.store.examples import NOW, add, store_of

sqlite_only = pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
postgres_only = pytest.mark.parametrize(
    "database_address", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


class Probed:
    """Health and what it looks at.

    Attributes:
        tick_age: seconds.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self.tick_age = 0.0
        self.slack = SlackState(clock)
        self.loop = WorkerLoop("delivery", self._work, clock, idle_seconds=60)
        self.release = asyncio.Event()
        self.health = Health(
            transport="http",
            clock=clock,
            database=database,
            slack=self.slack,
            loops={"delivery": self.loop},
            tick_age=lambda: self.tick_age,
            socket=None,
        )

    async def _work(self) -> None:
        await self.release.wait()

    async def problems(self) -> Any:
        report = await self.health.report()
        assert report["ok"] is (report["problems"] == [])
        return report["problems"]


@pytest.fixture
async def probed(database: Database, clock: Clock) -> Probed:
    return Probed(database, clock)


async def test_nothing_is_wrong(probed: Probed, database: Database) -> None:
    """All is well, and counts are of now."""
    assert await probed.health.report() == {
        "ok": True, "problems": [], "transport": "http",
        "waiting": 0, "to_send": 0, "to_answer": 0,
    }  # fmt: skip
    await add(store_of(database))
    assert (await probed.health.report())["waiting"] == 1


async def test_a_probe_costs_nothing(probed: Probed, database: Database) -> None:
    """However many ask, the database is read once as long as nothing changes."""
    await probed.health.report()
    before = database.commits
    await asyncio.gather(*(probed.health.report() for _ in range(200)))
    assert database.commits == before

    async def write() -> None:
        for n in range(20):
            await add(store_of(database), n)

    writing = asyncio.create_task(write())
    probes = 0
    while not writing.done():
        await asyncio.gather(*(probed.health.report() for _ in range(20)))
        probes += 20
    own = database.commits - before - 20
    assert own <= 3 + probes / 20


async def test_a_token_that_is_refused(probed: Probed) -> None:
    """Until Slack takes it again; what else Slack refuses says nothing about the token."""
    probed.slack.note_answer("channel_not_found")
    assert await probed.problems() == []
    probed.slack.note_answer("token_revoked")
    assert await probed.problems() == ["token"]
    probed.slack.note_answer("")
    assert await probed.problems() == []


@pytest.mark.parametrize("seconds", [-400.0, 400.0])
async def test_a_clock_that_is_off(probed: Probed, clock: Clock, seconds: float) -> None:
    """Beyond the age at which requests are refused; an old request that is replayed is none."""
    probed.slack.note_time(NOW)
    probed.slack.note_time(NOW - 5_000)
    assert await probed.problems() == []
    clock.now += seconds
    probed.slack.note_time(NOW + 1)
    assert await probed.problems() == ["clock"]


@sqlite_only
async def test_a_disk_that_is_full(probed: Probed, database: Database) -> None:
    """It is noticed without waiting for somebody to write, and so is new space."""
    assert await probed.problems() == []
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, limits[1]))
    try:
        probed.health._wrote_at = probed.health._looked_at = float("-inf")
        assert await probed.problems() == ["disk"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    probed.health._wrote_at = probed.health._looked_at = float("-inf")
    assert await probed.problems() == []


@sqlite_only
async def test_a_busy_database_is_none_that_is_away(
    probed: Probed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup of a second is no reason to restart the bot; one that never ends is."""
    monkeypatch.setattr(bot_health, "_BUSY_SECONDS", 1.0)
    with closing(sqlite3.connect(str(database.url.database))) as other:
        other.execute("BEGIN EXCLUSIVE")
        report = await probed.health.report()
        assert report == {"ok": True, "problems": [], "transport": "http"}
        await asyncio.sleep(0.8)
        assert await probed.problems() == ["database"]
    assert await probed.problems() == []


@sqlite_only
@pytest.mark.parametrize("suffix", ["", ".lock"])
async def test_a_database_that_was_deleted(probed: Probed, database: Database, suffix: str) -> None:
    """What is written from now on would be gone, or another bot could start."""
    assert await probed.problems() == []
    Path(f"{database.url.database}{suffix}").unlink()
    assert await probed.problems() == ["lock"]


@postgres_only
async def test_a_database_that_another_bot_took(probed: Probed, database: Database) -> None:
    """The lock of this bot is gone."""
    async with database.begin() as connection:
        await connection.execute(update(lock_table).values(owner="rival"))
    async with asyncio.timeout(5):
        await database.lock_lost.wait()
    assert await probed.problems() == ["lock"]


@postgres_only
async def test_a_table_that_is_gone(probed: Probed, database: Database) -> None:
    """A database that refuses what it is asked is no working database either."""
    async with database.begin() as connection:
        await connection.execute(text("ALTER TABLE asks RENAME TO questions"))
    assert await probed.problems() == ["database"]


async def test_a_row_that_nobody_takes(
    probed: Probed, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts from the start of the bot, and not in the moment in which the clock is set."""
    monkeypatch.setattr(bot_health, "_OVERDUE_FOR_SECONDS", 0.05)
    await add(store_of(database), at=NOW - 3_600)
    assert await probed.problems() == []
    clock.now += 200
    assert await probed.problems() == []
    await asyncio.sleep(0.1)
    assert await probed.problems() == ["queue"]
    async with database.begin() as connection:
        await connection.execute(text("DELETE FROM inbox"))
    assert await probed.problems() == []


async def test_a_loop_that_hangs(probed: Probed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that doesn't end is told by a clock that nobody sets."""
    running = asyncio.create_task(probed.loop.run())
    await asyncio.sleep(0)
    assert await probed.problems() == []
    monkeypatch.setattr(bot_health, "_STUCK_SECONDS", 0.05)
    await asyncio.sleep(0.1)
    assert await probed.problems() == ["loops"]
    probed.release.set()
    probed.loop.stop()
    await running
    assert await probed.problems() == []
    probed.tick_age = 1.0
    assert await probed.problems() == ["loops"]
