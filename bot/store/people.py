"""What sellers and channels asked for: answers to nudges, pauses, mutes."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Table, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Feedback
from bot.flows.ports import PostKind
from bot.store.database import Database, changed
from bot.store.inbox import insert_once, queue_retraction
from bot.store.tables import QUEUED, channels, findings, mutes, outbox, people


class SqlPeople:
    """Preferences over SQL; implements ``bot.flows.ports.People``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer(
        self,
        key: str,
        user: str,
        feedback: Feedback,
        *,
        now: float,
        words: dict[str, str],
        mute_until: float,
        pause_until: float,
    ) -> Feedback | None:
        async with self._database.begin() as connection:
            finding = (
                (await connection.execute(select(findings).where(findings.c.key == key)))
                .mappings()
                .first()
            )
            nudge = (
                (await connection.execute(select(outbox).where(outbox.c.key == key)))
                .mappings()
                .first()
            )
            if finding is None or nudge is None:
                return None
            if finding["author"] != user:
                await _whisper(connection, nudge, user, "only_author", words["only_author"], now)
                return None
            given = (
                update(findings)
                .where(findings.c.key == key)
                .where(findings.c.feedback.is_distinct_from(feedback))
                .values(feedback=feedback, answered_at=now)
            )
            new = await changed(connection, given) > 0
            if feedback is Feedback.PAUSE:
                # Anew after a resume; while it lasts, a second press does not make it longer.
                new = not await self._is_paused(connection, finding["team"], user, now)
            if not new:
                return feedback
            if feedback is Feedback.WRONG:
                await self._mute(connection, finding, mute_until)
                await queue_retraction(connection, nudge, now)
            turn = ""
            if feedback is Feedback.PAUSE:
                await self._pause(connection, finding["team"], user, pause_until)
                turn = f"-{pause_until:.0f}"
            await _whisper(connection, nudge, user, feedback, words[feedback], now, turn)
            return feedback

    async def resume(self, team: str, user: str) -> None:
        async with self._database.begin() as connection:
            await self._pause(connection, team, user, None)

    async def pause_channel(self, team: str, channel: str, *, until: float, why: str) -> None:
        async with self._database.begin() as connection:
            await _put(
                connection,
                channels,
                {"team": team, "channel": channel},
                {"paused_until": until, "why": why},
            )

    async def _mute(self, connection: AsyncConnection, finding: Any, until: float) -> None:
        who = {"team": finding["team"], "user": finding["author"], "trap": finding["trap"]}
        await _put(connection, mutes, who, {"until": until})

    async def _is_paused(
        self, connection: AsyncConnection, team: str, user: str, now: float
    ) -> bool:
        until = select(people.c.paused_until).where(people.c.team == team, people.c.user == user)
        return (await connection.scalar(until) or 0.0) > now

    async def _pause(
        self, connection: AsyncConnection, team: str, user: str, until: float | None
    ) -> None:
        await _put(connection, people, {"team": team, "user": user}, {"paused_until": until})


async def _whisper(
    connection: AsyncConnection,
    nudge: Any,
    user: str,
    what: str,
    line: str,
    now: float,
    turn: str = "",
) -> None:
    """A line for one reader's eyes in the nudge's thread, once for each thing and turn."""
    await insert_once(
        connection,
        outbox,
        {
            "key": f"whisper-{what}{turn}-{user}-{nudge['key']}",
            "kind": PostKind.WHISPER,
            "team": nudge["team"],
            "channel": nudge["channel"],
            "thread_ts": nudge["thread_ts"],
            "reader": user,
            "about": None,
            "body": json.dumps({"line": line, "about": what}),
            "state": QUEUED,
            "not_before": now,
            "created_at": now,
        },
    )


async def _put(
    connection: AsyncConnection, table: Table, key: dict[str, Any], values: dict[str, Any]
) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(key | values)
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
