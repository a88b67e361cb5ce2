"""What was decided on each message, without its text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    distinct,
    func,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.digest_stats import FLOOR
from bot.core.history import PastNudge, PastNudges
from bot.core.model import NOT_USEFUL, Feedback, Reason, Trap
from bot.flows.ports.findings import (
    ChannelCounts,
    DecisionRecord,
    Finding,
    NudgeInThread,
    NudgeRecord,
    Ratings,
    RecentNudge,
)
from bot.store.columns import joined, one_of, separated
from bot.store.database import changed
from bot.store.tables import DROPPED, QUESTIONS, SPEAK, findings, inbox, outbox

_SPOKEN = and_(QUESTIONS, one_of(findings.c.outcome, SPEAK))
_RATED = (Feedback.HELPFUL, *NOT_USEFUL)


class SqlFindings:
    """Findings over SQL; implements ``bot.flows.ports.findings.Findings``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, finding: Finding, *, now: float) -> None:
        row = {
            "inbox_id": finding.inbox_id,
            "workspace_id": finding.workspace_id,
            "channel_id": finding.channel_id,
            "thread_ts": finding.thread_ts,
            "author_id": finding.author_id,
            "trap": finding.trap,
            "score": finding.score,
            "detector": finding.detector,
            "playbook_version": finding.playbook_version,
            "outcome": finding.outcome or SPEAK,
            "question_id": finding.question_id,
            "key": finding.key,
            "situations": joined(finding.situations),
            "is_private": finding.is_private,
            "created_at": now,
        }
        await self._connection.execute(_ADD, row)

    async def nudge(self, workspace_id: str, key: str) -> NudgeRecord | None:
        named = {"workspace_id": workspace_id, "key": key}
        found = await self._connection.execute(_NUDGE, named)
        row = found.mappings().first()
        if row is None:
            return None
        return NudgeRecord(
            key=key,
            workspace_id=workspace_id,
            channel_id=row["channel_id"],
            thread_ts=row["thread_ts"],
            author_id=row["author_id"],
            trap=Trap(row["trap"]) if row["trap"] else None,
            question_id=row["question_id"],
            situations=separated(row["situations"]),
            is_private=row["is_private"],
            message_deleted=row["withdrawn"] == Reason.DELETED,
        )

    async def nudge_key_of(self, workspace_id: str, channel_id: str, ts: str) -> str | None:
        key: str | None = await self._connection.scalar(
            select(findings.c.key)
            .join(inbox, inbox.c.id == findings.c.inbox_id)
            .where(
                inbox.c.workspace_id == workspace_id,
                inbox.c.channel_id == channel_id,
                inbox.c.ts == ts,
            )
        )
        return key

    async def past_nudges_to(self, workspace_id: str, author_id: str) -> list[PastNudge]:
        author = {"workspace_id": workspace_id, "author_id": author_id}
        rows = await self._connection.execute(_PAST_TO_AUTHOR, author)
        return [_past_nudge(row) for row in rows]

    async def past_nudges(
        self,
        workspace_id: str,
        author_id: str,
        channel_id: str,
        thread_ts: str,
        *,
        trap: Trap | None,
        since: float,
    ) -> PastNudges:
        place = {"workspace_id": workspace_id, "channel_id": channel_id, "thread_ts": thread_ts}
        values = place | {"author_id": author_id, "trap": trap, "since": since}
        statement = _PAST if trap is None else _PAST_WITH_TRAP
        found: dict[str, list[PastNudge]] = {}
        rows = await self._connection.execute(statement, values)
        for row in sorted(rows, key=lambda r: (r.created_at, r.id)):
            found.setdefault(row.of, []).append(_past_nudge(row))
        return PastNudges(
            to_author=found.get(_TO_AUTHOR, []),
            in_thread=found.get(_IN_THREAD, []),
            about_trap=found.get(_ABOUT_TRAP, []),
        )

    async def latest_nudge_in_thread(
        self, workspace_id: str, channel_id: str, thread_ts: str, author_id: str
    ) -> NudgeInThread | None:
        place = {"workspace_id": workspace_id, "channel_id": channel_id, "thread_ts": thread_ts}
        found = await self._connection.execute(_LATEST_IN_THREAD, place | {"author_id": author_id})
        row = found.first()
        return NudgeInThread(row.key, row.created_at) if row else None

    async def set_feedback(
        self, workspace_id: str, key: str, feedback: Feedback, *, now: float
    ) -> bool:
        given = (
            update(findings)
            .where(_of_key(workspace_id, key), findings.c.feedback.is_distinct_from(feedback))
            .values(feedback=feedback, answered_at=now)
        )
        return await changed(self._connection, given) > 0

    async def mark_answered(self, workspace_id: str, key: str, *, now: float) -> None:
        unknown = update(findings).where(
            _of_key(workspace_id, key), findings.c.answered_at.is_(None)
        )
        await self._connection.execute(unknown.values(answered_at=now))

    async def ratings(self, workspace_id: str, trap: Trap, *, since: float) -> Ratings:
        counts = select(func.count(), _count_if(one_of(findings.c.feedback, *NOT_USEFUL))).where(
            findings.c.workspace_id == workspace_id,
            findings.c.trap == trap,
            one_of(findings.c.feedback, *_RATED),
            findings.c.answered_at > since,
        )
        rated, not_useful = (await self._connection.execute(counts)).one()
        return Ratings(rated, not_useful)

    async def channel_counts(
        self, workspace_id: str, channel_id: str, *, start: float, end: float
    ) -> ChannelCounts:
        public = and_(findings.c.outcome == SPEAK, findings.c.is_private.is_(False))
        counts = select(_sellers(public), _sellers(findings.c.outcome == Reason.OBSERVED)).where(
            _in_channel(workspace_id, channel_id),
            QUESTIONS,
            findings.c.created_at >= start,
            findings.c.created_at < end,
        )
        asked, observed = (await self._connection.execute(counts)).one()
        return ChannelCounts(asked, observed)

    async def asked_in_channel(
        self, workspace_id: str, channel_id: str, *, since: float
    ) -> dict[str, float]:
        rows = await self._connection.execute(
            select(findings.c.question_id, func.max(findings.c.created_at).label("at"))
            .where(
                _in_channel(workspace_id, channel_id),
                findings.c.created_at > since,
                _SPOKEN,
                findings.c.is_private.is_(False),
            )
            .group_by(findings.c.question_id)
        )
        return {row.question_id: row.at for row in rows}

    async def recent_nudges(
        self, workspace_id: str, author_id: str, *, since: float
    ) -> list[RecentNudge]:
        rows = (
            select(
                findings.c.created_at,
                findings.c.question_id,
                findings.c.feedback,
                findings.c.situations,
            )
            .where(
                findings.c.workspace_id == workspace_id,
                findings.c.author_id == author_id,
                findings.c.created_at > since,
                _SPOKEN,
            )
            .order_by(findings.c.created_at.desc(), findings.c.id.desc())
        )
        return [
            RecentNudge(
                r.created_at,
                r.question_id,
                Feedback(r.feedback) if r.feedback else None,
                separated(r.situations),
            )
            for r in await self._connection.execute(rows)
        ]

    async def decisions(
        self, workspace_id: str, author_id: str, *, limit: int, only_nudges: bool = False
    ) -> list[DecisionRecord]:
        rows = (
            select(
                inbox.c.decided_at,
                inbox.c.channel_id,
                inbox.c.reason,
                findings.c.trap,
                findings.c.question_id,
            )
            .outerjoin(findings, findings.c.inbox_id == inbox.c.id)
            .where(_decided(workspace_id, author_id))
            .order_by(inbox.c.decided_at.desc(), inbox.c.id.desc())
            .limit(limit)
        )
        if only_nudges:
            rows = rows.where(one_of(inbox.c.reason, SPEAK))
        return [
            DecisionRecord(
                at=r.decided_at,
                channel_id=r.channel_id,
                trap=Trap(r.trap) if r.trap else None,
                reason=None if r.reason == SPEAK else Reason(r.reason),
                question_id=r.question_id,
            )
            for r in await self._connection.execute(rows)
        ]

    async def count_decisions(self, workspace_id: str, author_id: str) -> int:
        count = select(func.count()).select_from(inbox).where(_decided(workspace_id, author_id))
        return await self._connection.scalar(count) or 0


def _past_nudge(row: Row[Any]) -> PastNudge:
    return PastNudge(
        at=row.created_at,
        observed=row.outcome == Reason.OBSERVED,
        dropped=row.outcome == SPEAK and row.state in (None, DROPPED),
        answered_at=row.answered_at,
    )


def _nudges(of: str, which: ColumnElement[bool]) -> Select[Any]:
    """Questions that were asked or would have been, with how their sending went."""
    message = and_(outbox.c.workspace_id == findings.c.workspace_id, outbox.c.key == findings.c.key)
    columns = (findings.c.created_at, findings.c.id, findings.c.outcome, findings.c.answered_at)
    return (
        select(*columns, outbox.c.state, literal(of).label("of"))
        .outerjoin(outbox, message)
        .where(which, QUESTIONS)
    )


def _of_key(workspace_id: str, key: str) -> ColumnElement[bool]:
    return and_(findings.c.workspace_id == workspace_id, findings.c.key == key)


def _in_channel(workspace_id: str, channel_id: str) -> ColumnElement[bool]:
    return and_(findings.c.workspace_id == workspace_id, findings.c.channel_id == channel_id)


def _decided(workspace_id: str, author_id: str) -> ColumnElement[bool]:
    return and_(
        inbox.c.workspace_id == workspace_id,
        inbox.c.author_id == author_id,
        inbox.c.decided_at.is_not(None),  # what waits has none; to say so, the index is enough
    )


def _count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, 1)))


def _sellers(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Count the distinct authors of some findings; 0 if they are fewer than the floor."""
    count = func.count(distinct(case((condition, findings.c.author_id))))
    return case((count >= FLOOR, count), else_=0)


# Built once: to build a statement takes as long as to run it.
_ADD = insert(findings)
_TO_AUTHOR, _IN_THREAD, _ABOUT_TRAP = "author", "thread", "trap"
_here = findings.c.workspace_id == bindparam("workspace_id")
_of_author = and_(_here, findings.c.author_id == bindparam("author_id"))
_of_channel = and_(_here, findings.c.channel_id == bindparam("channel_id"))
_of_thread = and_(_of_channel, findings.c.thread_ts == bindparam("thread_ts"))
_of_trap = and_(
    _of_channel,
    findings.c.trap == bindparam("trap"),
    findings.c.created_at > bindparam("since"),
)
_NUDGE = (
    select(findings, inbox.c.withdrawn)
    .join(inbox, inbox.c.id == findings.c.inbox_id)
    .where(_here, findings.c.key == bindparam("key"))
)
_LATEST_IN_THREAD = (
    select(findings.c.key, findings.c.created_at)
    .where(
        _of_thread,
        findings.c.author_id == bindparam("author_id"),
        one_of(findings.c.outcome, SPEAK),
    )
    .order_by(findings.c.created_at.desc(), findings.c.id.desc())
    .limit(1)
)
_to_author = _nudges(_TO_AUTHOR, _of_author)
_in_thread = _nudges(_IN_THREAD, _of_thread)
_PAST_TO_AUTHOR = _to_author.order_by(findings.c.created_at, findings.c.id)
_PAST = union_all(_to_author, _in_thread)
_PAST_WITH_TRAP = union_all(_to_author, _in_thread, _nudges(_ABOUT_TRAP, _of_trap))
