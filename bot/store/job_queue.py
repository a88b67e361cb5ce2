"""Hands out stored work to worker processes, with Procrastinate on the same PostgreSQL.

A row is the record; a job only names it, and is written in the transaction that stores the row.
A job that must wait has no lock: Procrastinate lets the oldest job of a lock block all others of
it, due or not. Once it is due it goes to the end of the line of its channel.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import procrastinate
from procrastinate import exceptions
from sqlalchemy import Select, Table, and_, delete, literal, null, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import StoreUnavailableError
from bot.flows.ports.clock import Clock
from bot.flows.ports.work import DueWork, WorkItem, WorkKind
from bot.store.claims import NO_LEASE
from bot.store.columns import one_of
from bot.store.database import Database
from bot.store.instance_lock import lock_table
from bot.store.job_connections import job_connector
from bot.store.tables import (
    QUEUED,
    SENDING,
    WAITING,
    asks,
    channel_pacing,
    inbox,
    outbox,
    preferences,
    sales_teams,
)

log = logging.getLogger(__name__)

QUEUE = "reframe"
GONE_SECONDS = 10.0
"""How long after its lock has expired a process counts as gone."""
STALLED_SECONDS = 25.0
"""How long a worker may be silent before others do its jobs; longer than a process needs to be
gone, so that its claims have ended by then."""
_LEASED: dict[Table, tuple[str, ...]] = {
    inbox: (WAITING,),
    outbox: (QUEUED, SENDING),
    asks: (WAITING,),
    preferences: (),
    sales_teams: (),
}
"""What is claimed, and the states in which it can be: the past, millions of rows, is passed by."""
_MOST_AT_ONCE = 1_000
_COUNTED_SECONDS = 10.0
_JOBS_PER_PRIORITY = 5
_LOWEST_PRIORITY = 100
_OPEN_JOBS = text("""
    SELECT task_name, args->>'workspace_id', args->>'place_id', args->>'key'
    FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing', 'failed') AND queue_name = 'reframe'
      AND args->>'key' IS NOT NULL
""")
_DEFER = text("""
    SELECT procrastinate_defer_jobs_v1(array_agg(job))
    FROM jsonb_populate_recordset(
        CAST(NULL AS procrastinate_job_to_defer_v1), CAST(:jobs AS jsonb)
    ) AS job
""")
"""The library's own function. Its caller in Python wants as many jobs back as it gave, and those of
a workspace that is gone are left out (``bot.store.removals``)."""
_NOTE_ERROR = text("""
    UPDATE procrastinate_jobs SET args = args || jsonb_build_object('error', CAST(:error AS text))
    WHERE id = :id
""")


class JobQueue:
    """Jobs in the database.

    Args:
        database: the one that the work is stored in.
        clock: Unix seconds.

    Attributes:
        app: Procrastinate's, for who runs the jobs; open between ``open`` and ``close``.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.app = procrastinate.App(connector=job_connector(database.url))
        self._recent: Counter[str] = Counter()
        self._counted_since = 0.0

    async def open(self) -> None:
        """Connect, for who runs jobs; to store some, no connection of its own is needed."""
        await self.app.open_async()

    async def close(self) -> None:
        """Disconnect. Safe to call without ``open``."""
        await self.app.close_async()

    async def defer(self, connection: AsyncConnection, work: Iterable[DueWork]) -> None:
        """Write a job for each work in the transaction of a connection, but for work of a workspace
        that has removed the app: its row has been left out too.

        Args:
            connection: in a transaction of this database.
        """
        now = self._clock()
        new = [
            _job(each.item, at=each.at, now=now, priority=self._priority(each.item, now))
            for each in dict.fromkeys(work)
        ]
        await connection.execute(_DEFER, {"jobs": json.dumps(new)})

    def _priority(self, item: WorkItem, now: float) -> int:
        """Return a lower priority for each further job of a workspace that has had many lately, so
        that whoever has few is served among the first. Each process counts what it writes."""
        if not 0 <= now - self._counted_since < _COUNTED_SECONDS:
            self._recent.clear()
            self._counted_since = now
        self._recent[item.workspace_id] += 1
        return -min(self._recent[item.workspace_id] // _JOBS_PER_PRIORITY, _LOWEST_PRIORITY)

    async def defer_later(self, item: WorkItem, at: float) -> None:
        """Write a job for work that is due at a moment, Unix seconds.

        Raises:
            StoreUnavailableError: it can't be written.
        """
        async with self._database.begin() as connection:
            await self.defer(connection, [DueWork(item, at)])

    async def end_claim(self, item: WorkItem) -> None:
        """End whatever claim there is on a row, and on its channel. A late write of whoever had it
        changes nothing, because the next claim has another number.

        Raises:
            StoreUnavailableError: the database is away.
        """
        table, key = _ROWS[item.kind]
        async with self._database.begin() as connection:
            row = and_(table.c.workspace_id == item.workspace_id, table.c[key] == item.key)
            if item.kind is WorkKind.DECISION:
                row = and_(row, table.c.channel_id == item.place_id)
            await connection.execute(update(table).where(row).values(NO_LEASE))
            if item.kind is WorkKind.DELIVERY:
                held = update(channel_pacing).where(
                    channel_pacing.c.workspace_id == item.workspace_id,
                    channel_pacing.c.channel_id == item.place_id,
                    channel_pacing.c.held_by.is_not(None),
                )
                await connection.execute(held.values(free_at=0.0, held_by=null()))

    async def defer_what_has_no_job(self) -> int:
        """Write jobs for stored work that has none, such as what a process without a role has left;
        return how many."""
        async with self._database.begin() as connection:
            waiting = [
                DueWork(WorkItem(kind, row[0], row[1], row[2]), row.at)
                for kind, rows in _WAITING.items()
                for row in await connection.execute(rows)
            ]
            # Jobs after rows: whatever is stored between the two has its job by then.
            known = await self._work_with_a_job(connection)
            lost = [work for work in waiting if work.item not in known][:_MOST_AT_ONCE]
            if lost:
                await self.defer(connection, lost)
        return len(lost)

    async def _work_with_a_job(self, connection: AsyncConnection) -> set[WorkItem]:
        """Return the work that has a job; one that failed for good is a job too."""
        rows = await connection.execute(_OPEN_JOBS)
        return {
            WorkItem(WorkKind(row[0]), row[1], row[2], row[3]) for row in rows if row[0] in _ROWS
        }

    async def take_over(self) -> int:
        """End the claims of processes that are gone, and let others do what they were at; return
        how many jobs that were."""
        async with self._database.begin() as connection:
            long_ago = text(f"clock_timestamp() - interval '{GONE_SECONDS:.0f} seconds'")
            alive = select(lock_table.c.name).where(lock_table.c.expires_at > long_ago)
            for table, states in _LEASED.items():
                gone = table.c.lease_owner.is_not(None) & table.c.lease_owner.not_in(alive)
                if states:
                    gone &= one_of(table.c.state, *states)
                await connection.execute(update(table).where(gone).values(NO_LEASE))
            held = channel_pacing.c.held_by
            orphaned = held.is_not(None) & held.not_in(alive)
            await connection.execute(
                update(channel_pacing).where(orphaned).values(free_at=0.0, held_by=null())
            )
            await connection.execute(delete(lock_table).where(lock_table.c.expires_at <= long_ago))
        manager = self.app.job_manager
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
        for job in stalled:
            try:
                await manager.retry_job(job)
            except exceptions.ConnectorException as taken:  # another sweep was faster
                log.debug("a stalled job was taken over already: %s", type(taken).__name__)
        return len(stalled)

    async def note_last_error(self, job_id: int, error: str) -> None:
        """Note in a job that is about to fail for good the type of its error, for who looks at dead
        letters.

        Raises:
            StoreUnavailableError: the database is away.
        """
        async with self._database.begin() as connection:
            await connection.execute(_NOTE_ERROR, {"id": job_id, "error": error})

    async def delete_dead_letters(self, days: float) -> None:
        """Delete jobs that failed for good longer ago than some days.

        Raises:
            StoreUnavailableError: the database is away.
        """
        try:
            await self.app.job_manager.delete_old_jobs(
                nb_hours=max(1, int(days * 24)),
                include_failed=True,
                include_aborted=True,
                include_cancelled=True,
            )
        except exceptions.ConnectorException as failure:
            raise StoreUnavailableError(type(failure).__name__) from failure


def lock_of(item: WorkItem) -> str:
    """Return what two jobs that must not run at the same time have in common."""
    return f"{item.kind}/{item.workspace_id}/{item.place_id or item.key}"


def _job(item: WorkItem, *, at: float, now: float, priority: int) -> dict[str, object]:
    """Return a job as Procrastinate's function takes it."""
    is_due = at <= now
    return {
        "queue_name": QUEUE,
        "task_name": item.kind,
        "priority": priority,
        "lock": lock_of(item) if is_due else None,
        "args": {
            "workspace_id": item.workspace_id,
            "place_id": item.place_id,
            "key": item.key,
        },
        "scheduled_at": None if is_due else datetime.fromtimestamp(at, UTC).isoformat(),
    }


_ROWS: dict[WorkKind, tuple[Table, str]] = {
    WorkKind.DECISION: (inbox, "ts"),
    WorkKind.DELIVERY: (outbox, "key"),
    WorkKind.ASK: (asks, "key"),
}
_no_place = literal("")
_WAITING: dict[WorkKind, Select[str, str, str, float]] = {
    WorkKind.DECISION: select(
        inbox.c.workspace_id, inbox.c.channel_id, inbox.c.ts, inbox.c.due_at.label("at")
    ).where(one_of(inbox.c.state, WAITING)),
    WorkKind.DELIVERY: select(
        outbox.c.workspace_id, outbox.c.channel_id, outbox.c.key, outbox.c.not_before.label("at")
    ).where(one_of(outbox.c.state, QUEUED, SENDING)),
    WorkKind.ASK: select(
        asks.c.workspace_id, _no_place, asks.c.key, asks.c.due_at.label("at")
    ).where(one_of(asks.c.state, WAITING)),
}
