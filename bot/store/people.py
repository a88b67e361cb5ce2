"""What sellers and channels asked for: answers to nudges, pauses, mutes."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Delivery, Feedback, Trap
from bot.flows.ports import Nudged, PostKind
from bot.store.database import Database, changed
from bot.store.findings import note_asked
from bot.store.inbox import queue_retraction
from bot.store.rows import insert_once, put
from bot.store.tables import (
    DROPPED,
    QUEUED,
    channels,
    findings,
    labels,
    mutes,
    outbox,
    people,
)

_IN_THREAD = "-thread"  # behind the key of a private nudge that its author brought to the thread


class SqlPeople:
    """Preferences over SQL; implements ``bot.flows.ports.People``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def nudged(self, key: str) -> Nudged | None:
        async with self._database.begin() as connection:
            finding, nudge = await _both(connection, key)
        if finding is None or nudge is None:
            return None
        body = json.loads(nudge["body"])
        return Nudged(
            key=key,
            team=finding["team"],
            author=finding["author"],
            trap=Trap(finding["trap"]) if finding["trap"] else None,
            question_id=finding["question_id"],
            scenes=tuple(s for s in body.get("scenes", "").split(",") if s),
            private=nudge["kind"] == PostKind.PRIVATE,
        )

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
            finding, nudge = await _both(connection, key)
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
                await self._take_away(connection, key, now)
                await _label(connection, finding, now)
            turn = ""
            if feedback is Feedback.PAUSE:
                await _wish(connection, finding["team"], user, paused_until=pause_until)
                turn = f"-{pause_until:.3f}"
            offer = feedback is Feedback.HELPFUL and await self._is_new_to_it(connection, finding)
            await _whisper(
                connection, nudge, user, feedback, words[feedback], now, turn, offer=offer
            )
            return feedback

    async def tell(
        self,
        key: str,
        user: str,
        about: str,
        line: str,
        *,
        now: float,
        gap_seconds: float,
        question_id: str | None = None,
        delivery: Delivery | None = None,
    ) -> bool:
        async with self._database.begin() as connection:
            finding, nudge = await _both(connection, key)
            if finding is None or nudge is None:
                return False
            count, latest = await _told(connection, about, user, key)
            if latest is not None and now - latest < gap_seconds:
                return False
            await _whisper(connection, nudge, user, about, line, now, f"-{count}")
            if finding["author"] != user:
                return True
            seen = update(findings).where(findings.c.key == key, findings.c.answered_at.is_(None))
            await connection.execute(seen.values(answered_at=now))
            if question_id:
                await note_asked(connection, finding["team"], user, question_id, now)
            if delivery:
                await _wish(connection, finding["team"], user, delivery=delivery)
            return True

    async def to_thread(self, key: str, line: str, *, now: float) -> bool:
        async with self._database.begin() as connection:
            finding, nudge = await _both(connection, key)
            if finding is None or nudge is None or nudge["kind"] != PostKind.PRIVATE:
                return False
            body = json.loads(nudge["body"]) | {"finding": key}
            again = {
                "key": f"{key}{_IN_THREAD}",
                "kind": PostKind.NUDGE,
                "team": nudge["team"],
                "channel": nudge["channel"],
                "thread_ts": finding["thread_ts"],
                "reader": nudge["reader"],
                "body": json.dumps(body),
                "state": QUEUED,
                "not_before": now,
                "created_at": now,
            }
            if not await insert_once(connection, outbox, again):
                return False
            seen = update(findings).where(findings.c.key == key, findings.c.answered_at.is_(None))
            await connection.execute(seen.values(answered_at=now))
            await _whisper(connection, nudge, nudge["reader"], "to_thread", line, now)
            return True

    async def label(self, key: str, user: str, *, reason: str, words: str, now: float) -> bool:
        mine = update(labels).where(labels.c.key == key, labels.c.user == user)
        async with self._database.begin() as connection:
            return await changed(connection, mine.values(reason=reason, words=words, at=now)) > 0

    async def pause(self, team: str, user: str, *, until: float) -> None:
        async with self._database.begin() as connection:
            await _wish(connection, team, user, paused_until=until)

    async def resume(self, team: str, user: str, *, now: float) -> None:
        async with self._database.begin() as connection:
            await _wish(connection, team, user, paused_until=None, resumed_at=now)

    async def pause_channel(self, team: str, channel: str, *, until: float, why: str) -> None:
        async with self._database.begin() as connection:
            await put(
                connection,
                channels,
                {"team": team, "channel": channel},
                {"paused_until": until, "why": why},
            )

    async def _mute(self, connection: AsyncConnection, finding: Any, until: float) -> None:
        who = {"team": finding["team"], "user": finding["author"], "trap": finding["trap"]}
        await put(connection, mutes, who, {"until": until})

    async def _take_away(self, connection: AsyncConnection, key: str, now: float) -> None:
        """Every message that shows the nudge; what only its author sees, Slack's button removes."""
        shown = select(outbox).where(
            outbox.c.key.in_((key, f"{key}{_IN_THREAD}")),
            outbox.c.kind == PostKind.NUDGE,
            outbox.c.state != DROPPED,
        )
        for row in (await connection.execute(shown)).mappings().all():
            await queue_retraction(connection, row, now)

    async def _is_new_to_it(self, connection: AsyncConnection, finding: Any) -> bool:
        """Whether the person has not yet chosen for or against the weekly look back."""
        chosen = select(people.c.reflect).where(
            people.c.team == finding["team"], people.c.user == finding["author"]
        )
        return await connection.scalar(chosen) is None

    async def _is_paused(
        self, connection: AsyncConnection, team: str, user: str, now: float
    ) -> bool:
        until = select(people.c.paused_until).where(people.c.team == team, people.c.user == user)
        return (await connection.scalar(until) or 0.0) > now


async def _both(
    connection: AsyncConnection, key: str
) -> tuple[RowMapping | None, RowMapping | None]:
    finding = await connection.execute(select(findings).where(findings.c.key == key))
    nudge = await connection.execute(select(outbox).where(outbox.c.key == key))
    return finding.mappings().first(), nudge.mappings().first()


async def _wish(connection: AsyncConnection, team: str, user: str, **values: Any) -> None:
    await put(connection, people, {"team": team, "user": user}, values)


async def _label(connection: AsyncConnection, finding: RowMapping, now: float) -> None:
    """What was wrong, without any words; those come only from the person, if at all."""
    row = {
        "key": finding["key"],
        "team": finding["team"],
        "user": finding["author"],
        "trap": finding["trap"],
        "at": now,
    }
    await insert_once(connection, labels, row)


async def _told(
    connection: AsyncConnection, about: str, user: str, key: str
) -> tuple[int, float | None]:
    """How often a person was told of one thing about a nudge, and when the last time was."""
    like = outbox.c.key.startswith(f"whisper-{about}-", autoescape=True)
    like &= outbox.c.key.endswith(f"-{user}-{key}", autoescape=True)
    found = await connection.execute(
        select(func.count(), func.max(outbox.c.created_at)).where(like)
    )
    count, latest = found.one()
    return count, latest


async def _whisper(
    connection: AsyncConnection,
    nudge: Any,
    user: str,
    what: str,
    line: str,
    now: float,
    turn: str = "",
    *,
    offer: bool = False,
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
            "body": json.dumps(
                {"line": line, "about": what, "key": nudge["key"]}
                | ({"offer": "reflect"} if offer else {})
            ),
            "state": QUEUED,
            "not_before": now,
            "created_at": now,
        },
    )
