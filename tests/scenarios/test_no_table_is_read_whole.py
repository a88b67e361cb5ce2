"""No statement on anybody's way reads one of the large tables from its first row to its last.

With few rows PostgreSQL reads a table whole even where an index would do, so it is asked for its
plans with that forbidden: where it does so still, there is no index that fits. Where it matters
which index it takes, there are many rows.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.core.model import Trap
from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.job_queue import JobQueue
from bot.store.unit_of_work import SqlStore
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
    with planning(address) as plan_of:
        plans = {each: plan_of(each, values) for each, values in ran.items() if _has_plan(each)}
    whole = [f"Seq Scan on {table}" for table in LARGE]
    return [f"{s}\n{plan}" for s, plan in plans.items() if any(scan in plan for scan in whole)]


def _has_plan(statement: str) -> bool:
    return statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))


@contextmanager
def planning(address: str, *, may_read_whole: bool = False) -> Iterator[Callable[[str, Any], str]]:
    """Yield what runs a statement with its values, and returns the plan; what the statement does is
    taken back."""
    plans: list[str] = []
    with psycopg.connect(address) as connection:
        connection.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
        for setting in (
            "LOAD 'auto_explain'",
            "SET auto_explain.log_min_duration = 0",
            "SET auto_explain.log_level = 'notice'",
            f"SET enable_seqscan = {'on' if may_read_whole else 'off'}",
        ):
            connection.execute(setting)
        connection.commit()

        def plan_of(statement: str, values: Any) -> str:
            plans.clear()
            connection.execute(statement, values)
            connection.rollback()
            return "\n".join(plans)

        yield plan_of


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


MANY = """
    INSERT INTO inbox (id, workspace_id, event_id, channel_id, ts, author_id, version, state,
                       due_at, accepted_at, decided_at, reason)
    SELECT n, 'T1', 'Ev' || n, 'C' || n % 20, n, 'U' || n % 10, '', 'decided', n, n, n,
           CASE WHEN n % 101 < 2 THEN 'speak' ELSE 'not_sure' END
    FROM generate_series(1, 20000) AS n;
    INSERT INTO findings (id, inbox_id, workspace_id, channel_id, thread_ts, author_id, score,
                          detector, playbook_version, outcome, key, created_at)
    SELECT n, n, 'T1', 'C' || n % 20, n, 'U' || n % 10, 0.5, '', '',
           CASE WHEN n % 101 < 2 THEN 'speak' ELSE 'not_sure' END, 'key-' || n, n
    FROM generate_series(1, 20000) AS n;
    INSERT INTO outbox (workspace_id, key, kind, channel_id, thread_ts, recipient_id, about_key,
                        topic, content, state, not_before, sent_ts, created_at, done_at)
    SELECT 'T1', 'key-' || n, 'nudge', 'C' || n % 20, n, 'U' || n % 10, '', '', '{}', 'sent', n, n,
           n, n
    FROM generate_series(1, 20000) AS n
"""
"""Sellers with two thousand decisions each, of which forty are questions."""


@pytest.mark.postgres
async def test_questions_are_found_among_many_decisions(postgres: Postgres) -> None:
    """Not by a look at all that was decided about a seller or in a channel."""
    with postgres.database(migrated=True) as address:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(MANY)
            connection.execute("VACUUM ANALYZE")
        database = Database(address)
        with recorded() as ran:
            async with SqlStore(database, Encryptor()).begin() as uow:
                spoken = await uow.findings.decisions("T1", "U1", limit=10, only_nudges=True)
                past = await uow.findings.past_nudges(
                    "T1", "U1", "C1", "7", trap=Trap.BLAME, since=19_000.0
                )
                recent = await uow.findings.recent_nudges("T1", "U1", since=19_000.0)
                asked = await uow.findings.asked_in_channel("T1", "C1", since=10_000.0)
                count = await uow.findings.count_decisions("T1", "U1")
        await database.close()
        assert (len(spoken), len(past.to_author), len(recent), len(asked)) == (10, 40, 2, 1)
        assert count == 2_000
        with planning(address, may_read_whole=True) as plan_of:
            plans = "\n".join(plan_of(*each) for each in ran.items() if _has_plan(each[0]))

    assert "Seq Scan" not in plans
    assert "Rows Removed" not in plans
    for index in ("ix_inbox_spoken", "ix_findings_to_author", "ix_findings_in_channel"):
        assert index in plans
    assert "Index Only Scan using ix_inbox_workspace_id_author_id_decided_at" in plans
