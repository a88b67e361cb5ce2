"""What is to be said or taken back in Slack: each row once, through crashes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports import Post, PostKind
from bot.store.database import Database, changed
from bot.store.rows import insert_once
from bot.store.tables import DROPPED, QUEUED, SENDING, SENT, outbox

_nudge = outbox.alias("nudge")


class SqlOutbox:
    """The outbox over SQL; implements ``bot.flows.ports.Outbox``.

    A row goes ``queued -> sending -> sent | dropped``. ``not_before`` is when it may be tried; for
    a row in ``sending`` it is when no earlier request can be in flight any more.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ready(self, now: float, limit: int, *, skip: Sequence[str] = ()) -> list[Post]:
        rows = (
            select(outbox, _nudge.c.sent_ts.label("nudge_ts"))
            .outerjoin(_nudge, _nudge.c.key == outbox.c.about)
            .where(_open(), outbox.c.not_before <= now, outbox.c.channel.not_in(skip))
            .order_by(outbox.c.not_before, outbox.c.id)
            .limit(limit)
        )
        async with self._database.begin() as connection:
            return [_post(r) for r in (await connection.execute(rows)).mappings()]

    async def next_ready(self) -> float | None:
        soonest = (
            select(func.min(outbox.c.not_before))
            .select_from(outbox.outerjoin(_nudge, _nudge.c.key == outbox.c.about))
            .where(_open())
        )
        async with self._database.begin() as connection:
            at: float | None = await connection.scalar(soonest)
        return at

    async def begin(self, post: Post, *, now: float, doubt_until: float) -> bool:
        return await self._move(
            post,
            state=SENDING,
            sending_since=now,
            not_before=doubt_until,
            attempts=post.attempts + 1,
        )

    async def sent(self, post: Post, ts: str, *, now: float) -> None:
        body = {"body": "{}"} if post.kind is PostKind.SAY else {}
        await self._move(post, state=SENT, sent_ts=ts, done_at=now, **body)

    async def again(self, post: Post, *, at: float) -> None:
        await self._move(
            post, state=QUEUED, sending_since=None, not_before=at, attempts=post.attempts + 1
        )

    async def doubt(self, post: Post, *, until: float) -> None:
        await self._move(post, not_before=until, attempts=post.attempts + 1)

    async def drop(self, post: Post, reason: str, *, now: float) -> None:
        gone: dict[str, Any] = {"state": DROPPED, "reason": reason, "done_at": now}
        if post.kind is PostKind.SAY:
            gone["body"] = "{}"
        about_it = update(outbox).where(outbox.c.about == post.key, outbox.c.state == QUEUED)
        async with self._database.begin() as connection:
            await connection.execute(_open_row(post).values(gone))
            await connection.execute(about_it.values(gone))

    async def waiting(self) -> int:
        """How many posts are not yet sent or dropped; for the health page."""
        count = select(func.count()).select_from(outbox)
        async with self._database.begin() as connection:
            return await connection.scalar(count.where(outbox.c.state.in_((QUEUED, SENDING)))) or 0

    async def _move(self, post: Post, **values: Any) -> bool:
        async with self._database.begin() as connection:
            return await changed(connection, _open_row(post).values(values)) == 1


async def queue_say(
    connection: AsyncConnection,
    key: str,
    *,
    team: str,
    channel: str,
    reader: str,
    body: Mapping[str, str],
    now: float,
    thread_ts: str = "",
) -> bool:
    """Puts something that is laid out already into the outbox, once; its body goes when it is said.

    Args:
        connection: in a transaction. key: unique.
        channel: a conversation, or a user for the bot's own conversation with that user.
        reader: whom it is for; empty for a whole channel. body: ``text`` and ``blocks`` (JSON).
    """
    row = {
        "key": key,
        "kind": PostKind.SAY,
        "team": team,
        "channel": channel,
        "thread_ts": thread_ts,
        "reader": reader,
        "body": json.dumps(dict(body)),
        "state": QUEUED,
        "not_before": now,
        "created_at": now,
    }
    return await insert_once(connection, outbox, row)


def _open_row(post: Post) -> Any:
    return update(outbox).where(outbox.c.id == post.id, outbox.c.state.in_((QUEUED, SENDING)))


def _open() -> Any:
    """Rows with something left to do; a retraction waits until its nudge is out."""
    return and_(
        outbox.c.state.in_((QUEUED, SENDING)),
        or_(outbox.c.kind != PostKind.RETRACT, _nudge.c.state == SENT),
    )


def _post(row: Any) -> Post:
    kind = PostKind(row["kind"])
    return Post(
        id=row["id"],
        kind=kind,
        key=row["key"],
        team=row["team"],
        channel=row["channel"],
        thread_ts=row["thread_ts"],
        target=row["nudge_ts"] if kind is PostKind.RETRACT else row["reader"],
        body=json.loads(row["body"]),
        created_at=row["created_at"],
        attempts=row["attempts"],
        sending_since=row["sending_since"] if row["state"] == SENDING else None,
    )
