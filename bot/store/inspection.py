"""What a database holds, for the commands that look at it without working on it, and for tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Column, Table, and_, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import StoreRefusedError, StoreUnavailableError
from bot.flows.ports.detection import TokenUsage
from bot.store.claims import latest
from bot.store.columns import one_of
from bot.store.database import Database
from bot.store.tables import (
    QUEUED,
    SENDING,
    SPEAK,
    WAITING,
    asks,
    findings,
    inbox,
    llm_calls,
    metadata,
    outbox,
    workspace_settings,
)

_DEAD_LETTERS = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")


@dataclass(frozen=True, slots=True)
class StoredData:
    """What a database holds: rows per table, and the oldest text and decision (Unix seconds)."""

    rows: dict[str, int]
    oldest_text: float | None
    oldest_decision: float | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be done.

    Attributes:
        waiting, to_send, to_answer: messages to decide, posts to send, requests to answer.
        first_decision_due, first_answer_due: when the first of them could have been taken by a
            worker, Unix seconds; None if none waits.
        first_post_due: the same for posts, of which the next in a channel waits for the one before.
        dead_letters: jobs that failed for good; processes with a role alone have any.
    """

    waiting: int
    to_send: int
    to_answer: int
    first_decision_due: float | None
    first_answer_due: float | None
    first_post_due: float | None
    dead_letters: int = 0

    @property
    def oldest_due(self) -> float | None:
        """When the first of what is decided or answered was due; None if none waits."""
        due = (self.first_decision_due, self.first_answer_due)
        return min((at for at in due if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What calls to a language model have taken: their number, and their tokens."""

    calls: int = 0
    tokens: TokenUsage = field(default_factory=TokenUsage)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one stored message.

    Attributes:
        trap: what the detector saw; None if it saw none or wasn't asked.
        reason: why we stayed quiet; None if we spoke or nothing is decided yet.
        spoken: whether a question was decided on.
        message_state: of that question in the outbox.
    """

    trap: str | None
    reason: str | None
    spoken: bool
    message_state: str | None


async def stored_data(database: Database) -> StoredData:
    """Count what is kept, and tell how old the oldest of it is.

    Raises:
        StoreUnavailableError: it can't be read, or has no tables yet.
    """
    try:
        return await _stored_data(database)
    except StoreRefusedError as missing:  # what PostgreSQL says of a missing table
        raise StoreUnavailableError(type(missing).__name__) from missing


async def _stored_data(database: Database) -> StoredData:
    texts = (
        select(func.min(inbox.c.accepted_at)).where(inbox.c.sealed_text.is_not(None)),
        select(func.min(asks.c.created_at)).where(asks.c.sealed_text.is_not(None)),
    )
    async with database.begin() as connection:
        rows = {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }
        ages = [await connection.scalar(text) for text in texts]
        oldest = await connection.scalar(select(func.min(findings.c.created_at)))
    return StoredData(rows, min((a for a in ages if a is not None), default=None), oldest)


async def model_usage(database: Database, *, since_day: str) -> dict[str, ModelUsage]:
    """Return what the model was used for, by workspace.

    Args:
        database: an open one.
        since_day: the first UTC day that counts, as ``2026-01-31``; empty for all that is kept.

    Raises:
        StoreUnavailableError: it can't be read now.
    """
    c = llm_calls.c
    counted = (c.calls, c.prompt_tokens, c.cached_tokens, c.completion_tokens)
    sums = select(c.workspace_id, *(func.sum(column) for column in counted))
    query = sums.where(c.day >= since_day).group_by(c.workspace_id).order_by(c.workspace_id)
    async with database.begin() as connection:
        rows = (await connection.execute(query)).all()
    return {
        workspace_id: ModelUsage(int(calls), TokenUsage(*map(int, tokens)))
        for workspace_id, calls, *tokens in rows
    }


async def backlog(database: Database) -> Backlog:
    """Count what waits, of all workspaces.

    Raises:
        StoreUnavailableError: it can't be read now.
    """
    async with database.begin() as connection:
        waiting, inbox_due = await _waiting(connection, inbox, inbox.c.due_at, (WAITING,))
        to_answer, asks_due = await _waiting(connection, asks, asks.c.due_at, (WAITING,))
        to_send, post_due = await _waiting(
            connection, outbox, outbox.c.not_before, (QUEUED, SENDING)
        )
        dead = 0 if database.is_sqlite else await connection.scalar(_DEAD_LETTERS) or 0
    return Backlog(waiting, to_send, to_answer, inbox_due, asks_due, post_due, dead)


async def _waiting(
    connection: AsyncConnection, table: Table, due: Column[float], states: tuple[str, ...]
) -> tuple[int, float | None]:
    """Return how many rows wait, and when the first was due and nobody's any more."""
    free = latest(connection, due, func.coalesce(table.c.lease_until, 0.0))
    found = select(func.count(), func.min(free)).where(one_of(table.c.state, *states))
    count, first = (await connection.execute(found)).one()
    return int(count), first


async def chosen_languages(database: Database) -> frozenset[str]:
    """Return the languages that admins have chosen for their workspaces."""
    column = workspace_settings.c.language
    async with database.begin() as connection:
        found = await connection.scalars(select(column).where(column.is_not(None)).distinct())
        return frozenset(found)


async def outcomes(database: Database, workspace_id: str) -> dict[tuple[str, str], Outcome]:
    """Return what became of each stored message of a workspace, by channel id and ts."""
    message = and_(outbox.c.workspace_id == findings.c.workspace_id, outbox.c.key == findings.c.key)
    rows = (
        select(
            inbox.c.channel_id,
            inbox.c.ts,
            inbox.c.state,
            inbox.c.reason,
            findings.c.trap,
            outbox.c.state.label("message_state"),
        )
        .outerjoin(findings, findings.c.inbox_id == inbox.c.id)
        .outerjoin(outbox, message)
        .where(inbox.c.workspace_id == workspace_id)
    )
    async with database.begin() as connection:
        found = (await connection.execute(rows)).mappings().all()
    return {
        (r["channel_id"], r["ts"]): Outcome(
            trap=r["trap"],
            reason=None if r["reason"] == SPEAK or r["state"] == WAITING else r["reason"],
            spoken=r["reason"] == SPEAK,
            message_state=r["message_state"],
        )
        for r in found
    }
