"""Jobs that failed for good, for whoever looks after the bot: lists them, and hands them out again.

A job names its row and nothing else, so nothing here holds a text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import DatabaseError, StoreRefusedError, StoreUnavailableError
from bot.flows.ports.clock import Clock
from bot.flows.ports.work import DueWork, WorkItem, WorkKind
from bot.store.database import Database
from bot.store.job_queue import JobQueue

_KINDS = frozenset(WorkKind)
_FAILED = """
    SELECT id, task_name, attempts, args->>'workspace_id', args->>'place_id', args->>'key',
           args->>'error',
           (SELECT max(at) FROM procrastinate_events WHERE job_id = job.id AND type = 'failed')
    FROM procrastinate_jobs AS job
    WHERE status = 'failed'
"""
_ALL = text(f"{_FAILED} ORDER BY id")
_SOME = text(f"{_FAILED} AND id IN :ids ORDER BY id FOR UPDATE").bindparams(
    bindparam("ids", expanding=True)
)
_REMOVE = text("DELETE FROM procrastinate_jobs WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that failed for good.

    Attributes:
        id: of the job. kind: of its work.
        workspace_id, channel_id: where it belongs; empty for a request, which has no channel.
        failed_at: when it failed the last time. tries: how often it was tried.
        error: the type of the last error; empty if nobody could note it.
        key: which row of that kind.
    """

    id: int
    kind: str
    workspace_id: str
    channel_id: str
    failed_at: datetime | None
    tries: int
    error: str
    key: str

    @property
    def item(self) -> WorkItem | None:
        """The work that it names; None for care that comes around again by itself."""
        if self.kind not in _KINDS:
            return None
        return WorkItem(WorkKind(self.kind), self.workspace_id, self.channel_id, self.key)


async def dead_letters(database: Database) -> list[DeadLetter]:
    """Return all, the oldest first.

    Raises:
        DatabaseError: it is SQLite, where there are no jobs.
        StoreUnavailableError: it can't be read, or has no tables yet.
    """
    async with _jobs_of(database) as connection:
        return [_letter(row) for row in await connection.execute(_ALL)]


async def retry_dead_letters(
    database: Database, ids: Collection[int], clock: Clock
) -> list[DeadLetter]:
    """Hand out again what failed; each gets a new job, with all its tries.

    A row that is gone by now, as with its workspace, is no trouble: its job finds nothing to do.

    Args:
        database: with the jobs. ids: of those to be tried. clock: Unix seconds.

    Returns:
        Those that were found.

    Raises:
        DatabaseError: it is SQLite, where there are no jobs.
        StoreUnavailableError: it can't be written, or has no tables yet.
    """
    if not ids:
        return []
    async with _jobs_of(database) as connection:
        found = [_letter(row) for row in await connection.execute(_SOME, {"ids": list(ids)})]
        if found:
            await connection.execute(_REMOVE, {"ids": [letter.id for letter in found]})
            items = [letter.item for letter in found if letter.item is not None]
            due = [DueWork(item, clock()) for item in items]
            await JobQueue(database, clock).defer(connection, due)
    return found


@asynccontextmanager
async def _jobs_of(database: Database) -> AsyncIterator[AsyncConnection]:
    if database.is_sqlite:
        raise DatabaseError("no_jobs_on_sqlite", str(database.url.database))
    try:
        async with database.begin() as connection:
            yield connection
    except StoreRefusedError as missing:  # what PostgreSQL says of a missing table
        raise StoreUnavailableError(type(missing).__name__) from missing


def _letter(row: tuple[int, str, int, str, str, str, str, datetime | None]) -> DeadLetter:
    job_id, kind, tries, workspace_id, place_id, key, error, failed_at = row
    return DeadLetter(
        id=job_id,
        kind=kind,
        workspace_id=workspace_id or "",
        channel_id=place_id or "",
        failed_at=failed_at,
        tries=tries,
        error=error or "",
        key=key or "",
    )
