"""No statement on anybody's way reads one of the large tables from its first row to its last.

With few rows PostgreSQL reads a table whole even where an index would do, so it is asked for its
plans with that forbidden: where it does so still, there is no index that fits. Where it matters
which index it takes, there are many rows.
"""

from __future__ import annotations

import re
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
from tests.bench.statements import counts
from tests.harness import BLAME, ENTITLEMENT, BotHarness, running_harness
from tests.postgres import Postgres

TEAM = "T0REFRAME"
LARGE = ("inbox", "findings", "outbox", "asks")
MOST_ROWS = 150  # of 20,000, that a statement may look at
Ran = dict[str, Any]


MANY = """
    CREATE TEMPORARY TABLE past AS
    SELECT n, 'C000' || n % 10 AS channel, 'U000' || n % 10 AS seller, 'key-' || n AS key,
           extract(epoch FROM now()) - 30000 + n AS at, n % 101 < 2 AS is_spoken
    FROM generate_series(1, 20000) AS n;
    INSERT INTO inbox (id, workspace_id, event_id, channel_id, ts, author_id, version, state,
                       due_at, accepted_at, decided_at, reason)
    SELECT n, 'T0REFRAME', 'Ev' || n, channel, at, seller, '', 'decided', at, at, at,
           CASE WHEN is_spoken THEN 'speak' ELSE 'not_sure' END
    FROM past;
    INSERT INTO findings (id, inbox_id, workspace_id, channel_id, thread_ts, author_id, score,
                          detector, playbook_version, outcome, question_id, key, answered_at,
                          created_at)
    SELECT n, n, 'T0REFRAME', channel, at, seller, 0.5, '', '',
           CASE WHEN is_spoken THEN 'speak' ELSE 'not_sure' END,
           CASE WHEN is_spoken THEN 'past-1' END, CASE WHEN is_spoken THEN key END,
           CASE WHEN is_spoken THEN at END, at
    FROM past;
    INSERT INTO outbox (workspace_id, key, kind, channel_id, thread_ts, recipient_id, about_key,
                        topic, content, state, not_before, sent_ts, created_at, done_at)
    SELECT 'T0REFRAME', key, 'nudge', channel, at, seller, '', '', '{}', 'sent', at, at, at, at
    FROM past;
    SELECT setval(pg_get_serial_sequence('inbox', 'id'), 20000),
           setval(pg_get_serial_sequence('findings', 'id'), 20000)
"""
"""Sellers with two thousand decisions each, of which forty are questions."""


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
def planning(
    address: str, *, may_read_whole: bool = False, for_all_values: bool = False
) -> Iterator[Callable[[str, Any], str]]:
    """Yield what runs a statement with its values, and returns the plan; what the statement does is
    taken back.

    Args:
        address: of the database.
        may_read_whole: whether it may read a table whole where that costs less.
        for_all_values: whether it must take the plan that PostgreSQL may keep for a prepared
            statement, whichever values come.
    """
    plans: list[str] = []
    with psycopg.connect(address) as connection:
        connection.add_notice_handler(lambda notice: plans.append(notice.message_primary or ""))
        for setting in (
            "LOAD 'auto_explain'",
            "SET auto_explain.log_min_duration = 0",
            "SET auto_explain.log_level = 'notice'",
            "SET auto_explain.log_analyze = on",
            f"SET plan_cache_mode = force_{'generic' if for_all_values else 'custom'}_plan",
            f"SET enable_seqscan = {'on' if may_read_whole else 'off'}",
        ):
            connection.execute(setting)
        connection.commit()

        def plan_of(statement: str, values: Any) -> str:
            plans.clear()
            connection.execute(statement, values, prepare=True)
            connection.rollback()
            return "\n".join(plans)

        yield plan_of


@asynccontextmanager
async def coached(folder: Path, address: str) -> AsyncIterator[BotHarness]:
    async with running_harness(folder) as bot:
        bot.address = address
        await bot.start()
        yield bot


async def do_what_people_do(folder: Path, address: str) -> Ran:
    """Write, rate, take back, ask, ask why, and look at Home; return what ran."""
    async with coached(folder, address) as bot:
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
    return ran


@pytest.mark.postgres
async def test_what_people_do(tmp_path: Path, postgres: Postgres) -> None:
    """It has an index for each statement."""
    with postgres.database(migrated=True) as address:
        ran = await do_what_people_do(tmp_path, address)
        assert whole_reads(address, ran) == []


@pytest.mark.postgres
async def test_one_plan_for_all_values(tmp_path: Path, postgres: Postgres) -> None:
    """What PostgreSQL would keep for a prepared statement is good too, with a long past in the same
    workspace: by the rows that it looks at."""
    with postgres.database(migrated=True) as address:
        fill(address)
        ran = await do_what_people_do(tmp_path, address)
        assert those_that_look_at_many(address, ran) == []


@pytest.mark.slow
@pytest.mark.postgres
async def test_one_plan_for_all_values_in_roles(postgres: Postgres) -> None:
    """The same where a web and a worker process share the work."""
    with postgres.database(migrated=True) as address:
        fill(address)
        with recorded() as ran:
            await counts(address, "web", "worker")
        assert any("SKIP LOCKED" in statement for statement in ran)
        assert those_that_look_at_many(address, ran) == []


def fill(address: str) -> None:
    """Give a workspace a long past."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(MANY)
        connection.execute("VACUUM ANALYZE")


def those_that_look_at_many(address: str, ran: Ran) -> list[str]:
    """Return the statements that look at many rows with one plan for all values, with the plan; but
    for what erases once an hour what is old."""
    on_the_way = {s: v for s, v in ran.items() if not (s.startswith("DELETE") and " <= " in s)}
    with planning(address, may_read_whole=True, for_all_values=True) as plan_of:
        plans = {each: plan_of(each, v) for each, v in on_the_way.items() if _has_plan(each)}
    return [f"{s}\n{plan}" for s, plan in plans.items() if max(_rows_of(plan)) > MOST_ROWS]


def _rows_of(plan: str) -> list[int]:
    """Return how many rows each step of a plan has looked at, in all its rounds."""
    steps = re.findall(r"actual time=\S+ rows=(\d+) loops=(\d+)\)(?:\n\s+(?!->).*)*", plan)
    removed = re.findall(r"Rows Removed by (?:Filter|Index Recheck|Join Filter): (\d+)", plan)
    return [0, *(int(rows) * int(rounds) for rows, rounds in steps), *map(int, removed)]


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


@pytest.mark.postgres
async def test_questions_are_found_among_many_decisions(postgres: Postgres) -> None:
    """Not by a look at all that was decided about a seller or in a channel."""
    with postgres.database(migrated=True) as address:
        fill(address)
        database = Database(address)
        with recorded() as ran:
            async with SqlStore(database, Encryptor()).begin() as uow:
                spoken = await uow.findings.decisions(TEAM, "U0001", limit=10, only_nudges=True)
                past = await uow.findings.past_nudges(
                    TEAM, "U0001", "C0001", "7", trap=Trap.BLAME, since=0.0
                )
                recent = await uow.findings.recent_nudges(TEAM, "U0001", since=0.0)
                asked = await uow.findings.asked_in_channel(TEAM, "C0001", since=0.0)
                count = await uow.findings.count_decisions(TEAM, "U0001")
        await database.close()
        assert (len(spoken), len(past.to_author), len(recent), len(asked)) == (10, 40, 40, 1)
        assert count == 2_000
        with planning(address, may_read_whole=True) as plan_of:
            *plans, counting = [plan_of(*each) for each in ran.items() if _has_plan(each[0])]

    assert "Index Only Scan using ix_inbox_workspace_id_author_id_decided_at" in counting
    assert max(max(_rows_of(plan)) for plan in plans) <= MOST_ROWS
    for index in ("ix_inbox_spoken", "ix_findings_to_author", "ix_findings_in_channel"):
        assert any(index in plan for plan in plans)
