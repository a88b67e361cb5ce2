"""Jobs name stored work, and come and go with the transaction that stores it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text, update

from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.work import WorkItem, WorkKind
from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.inspection import backlog
from bot.store.job_queue import JobQueue, lock_of
from bot.store.tables import outbox
from bot.store.unit_of_work import SqlStore
from tests.contracts.examples import ask, message, nudge
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres
NOW = 1_000_000_000.0
NEWEST_MIGRATION = "03.04.00_50_post_add_retry_failed_job_procedure.sql"


@dataclass
class Stored:
    """A store that hands out its work."""

    database: Database
    queue: JobQueue
    store: SqlStore

    async def jobs(self) -> list[dict[str, Any]]:
        async with self.database.begin() as connection:
            found = await connection.execute(text("SELECT * FROM procrastinate_jobs ORDER BY id"))
            return [dict(row) for row in found.mappings()]


@pytest.fixture
async def stored(postgres: Postgres) -> AsyncIterator[Stored]:
    """Yield a store on a database with all tables."""
    with postgres.database(migrated=True) as address:
        database = Database(address)
        queue = JobQueue(database, lambda: NOW)
        await queue.open()
        try:
            yield Stored(database, queue, SqlStore(database, Encryptor(), queue))
        finally:
            await queue.close()
            await database.close()


def test_the_migration_has_the_tables_of_the_library() -> None:
    """If a newer version has more of them, a migration must bring them to old databases."""
    files = sorted(file.name for file in Path(SchemaManager.get_migrations_path()).glob("*.sql"))

    assert files[-1] == NEWEST_MIGRATION


async def test_a_job_holds_ids_and_the_time(stored: Stored) -> None:
    """What is due at once is in the line of its channel; what must wait is not yet."""
    settled, settling = message(1), message(2)
    async with stored.store.begin() as uow:
        await uow.inbox.add_all([NewMessage(settled, NOW), NewMessage(settling, NOW + 10)], now=NOW)
        await uow.asks.add(ask("ask-1"), now=NOW)
        await uow.outbox.enqueue(nudge(1), now=NOW)
    jobs = await stored.jobs()

    assert [job["task_name"] for job in jobs] == ["decision", "decision", "ask", "delivery"]
    assert [job["lock"] is None for job in jobs] == [False, True, False, False]
    assert jobs[1]["scheduled_at"].timestamp() == NOW + 10
    assert all(set(job["args"]) == {"workspace_id", "place_id", "key"} for job in jobs)
    assert settled.text not in str(jobs)


async def test_who_has_many_jobs_comes_after_who_has_few(stored: Stored) -> None:
    """A hundred posts of one workspace don't hold up the single one of another."""
    async with stored.store.begin() as uow:
        for number in range(100):
            await uow.outbox.enqueue(nudge(number, channel_id=f"C{number}"), now=NOW)
        await uow.outbox.enqueue(nudge(1, workspace_id="T2"), now=NOW)
    manager = stored.queue.app.job_manager
    worker_id = await manager.register_worker()
    first = [await manager.fetch_job(queues=None, worker_id=worker_id) for _ in range(5)]

    assert [job.task_kwargs["workspace_id"] for job in first if job] == ["T1"] * 4 + ["T2"]


async def test_no_job_of_what_is_rolled_back(stored: Stored) -> None:
    """A story that fails leaves neither the row nor its job."""

    async def fail() -> None:
        async with stored.store.begin() as uow:
            await uow.outbox.enqueue(nudge(1), now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await stored.jobs() == []


async def test_rows_without_a_job_get_one(stored: Stored) -> None:
    """As after a process without a role; a row that has one, failed or not, gets no second."""
    alone = SqlStore(stored.database, Encryptor())
    async with alone.begin() as uow:
        await uow.inbox.add(NewMessage(message(1), NOW), now=NOW)
        await uow.asks.add(ask("ask-1"), now=NOW)
        await uow.outbox.enqueue(nudge(1), now=NOW)

    assert await stored.queue.defer_what_has_no_job() == 3
    async with stored.database.begin() as connection:
        await connection.execute(
            text("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'ask'")
        )
    assert await stored.queue.defer_what_has_no_job() == 0
    assert (await backlog(stored.database)).dead_letters == 1


async def test_the_end_of_a_notice_lets_its_question_be_worked_on(stored: Stored) -> None:
    """A question waits for the notice to its channel, and no clock says for how long."""
    async with stored.store.begin() as uow:
        await uow.outbox.enqueue(nudge(1, key="notice", channel_id="C1"), now=NOW)
        await uow.outbox.enqueue(nudge(2, about_key="notice", channel_id="C2"), now=NOW)
    async with stored.store.begin() as uow:
        first = await uow.outbox.claim_ready(now=NOW, limit=1, owner="me", lease_until=NOW + 9)
        waiting = WorkItem(WorkKind.DELIVERY, "T1", "C2", nudge(2).key)
        assert await uow.outbox.next_ready(waiting) is None
        await uow.outbox.mark_sent(first[0], "1.0", now=NOW)

    assert [job["args"]["key"] for job in await stored.jobs()] == ["notice"] + [waiting.key] * 2


async def test_claims_of_processes_that_are_gone_end(stored: Stored) -> None:
    """A process is gone whose lock has expired; others take over at once and need not wait for the
    lease."""
    async with stored.store.begin() as uow:
        await uow.outbox.enqueue(nudge(1), now=NOW)
        await uow.outbox.claim_ready(now=NOW, limit=1, owner="gone", lease_until=NOW + 120)
    await stored.queue.take_over()
    async with stored.store.begin() as uow:
        again = await uow.outbox.claim_ready(now=NOW, limit=1, owner="me", lease_until=NOW + 120)

    assert [claimed.message.key for claimed in again] == [nudge(1).key]


async def test_a_job_that_is_tried_again_ends_the_claim_before(stored: Stored) -> None:
    """Also of a process that lives: its database was away in the middle of the job."""
    post = nudge(1)
    item = WorkItem(WorkKind.DELIVERY, post.workspace_id, post.channel_id, post.key)
    async with stored.store.begin() as uow:
        await uow.outbox.enqueue(post, now=NOW)
        [claimed] = await uow.outbox.claim_ready(
            now=NOW, limit=1, owner="other", lease_until=NOW + 120
        )
    await stored.queue.end_claim(item)
    async with stored.store.begin() as uow:
        assert await uow.outbox.next_ready(item) == NOW
        assert not await uow.outbox.mark_sent(claimed, "1.0", now=NOW)
    async with stored.database.begin() as connection:
        await connection.execute(update(outbox).values(lease_owner=None))


def test_a_lock_is_of_a_channel_or_of_one_ask() -> None:
    assert lock_of(WorkItem(WorkKind.DECISION, "T1", "C1", "1.0")) == "decision/T1/C1"
    assert lock_of(WorkItem(WorkKind.ASK, "T1", "", "key")) == "ask/T1/key"
