"""No statement on anybody's way reads one of the large tables from its first row to its last.

With few rows PostgreSQL reads a table whole even where an index would do, so it is asked for its
plans with that forbidden: where it does so still, there is no index that fits.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.store.database import Database
from bot.store.job_queue import JobQueue
from tests.harness import BLAME, ENTITLEMENT, BotHarness, running_harness
from tests.postgres import Postgres

LARGE = ("inbox", "findings", "outbox", "asks")
Ran = dict[str, Any]


@contextmanager
def recorded() -> Iterator[Ran]:
    """Yield the statements that run meanwhile, each with its values."""
    ran: Ran = {}

    def keep(_: Any, __: Any, statement: str, values: Any, ___: Any, is_many: bool) -> None:
        ran[statement] = values[0] if is_many else values

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield ran
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


def whole_reads(address: str, ran: Ran) -> list[str]:
    """Return the statements that read a large table whole, each with its plan."""
    found = []
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET enable_seqscan = off")
        for statement, values in ran.items():
            if not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                continue
            plan = "\n".join(row[0] for row in _explained(connection, statement, values))
            if any(f"Seq Scan on {table}" in plan for table in LARGE):
                found.append(f"{statement}\n{plan}")
    return found


def _explained(connection: psycopg.Connection[Any], statement: str, values: Any) -> list[Any]:
    explain: Any = f"EXPLAIN {statement}"
    return connection.execute(explain, values).fetchall()


@asynccontextmanager
async def coached(folder: Path, address: str) -> AsyncIterator[BotHarness]:
    async with running_harness(folder) as bot:
        bot.address = address
        await bot.start()
        yield bot


@pytest.mark.postgres
async def test_what_people_do(tmp_path: Path, postgres: Postgres) -> None:
    """They write, rate, take back, ask, ask why, and look at Home."""
    with postgres.database(migrated=True) as address:
        async with coached(tmp_path, address) as bot:
            with recorded() as ran:
                ts = await bot.say(ENTITLEMENT)
                await bot.idle()
                [nudge] = bot.replies(ts)
                await bot.slack.click(bot.ana, bot.deal, nudge["ts"], "reframe_answer_helpful")
                deleted = await bot.say(BLAME)
                await bot.slack.delete_message(bot.deal, deleted)
                await bot.command("they went quiet after the quote, what do I do")
                await bot.command("why")
                await bot.home()
                await bot.idle()
        assert any("findings" in statement for statement in ran)
        assert whole_reads(address, ran) == []


@pytest.mark.postgres
async def test_what_workers_do_every_few_seconds(tmp_path: Path, postgres: Postgres) -> None:
    """They look for rows without a job, and take over what processes that are gone have left."""
    with postgres.database(migrated=True) as address:
        database = Database(address)
        queue = JobQueue(database, time.time)
        await queue.open()
        try:
            with recorded() as ran:
                await queue.take_over()
                await queue.defer_what_has_no_job()
        finally:
            await queue.close()
            await database.close()
        assert any("lease_owner" in statement for statement in ran)
        assert whole_reads(address, ran) == []
