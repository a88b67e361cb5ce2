"""The findings in memory."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.digest_stats import FLOOR
from bot.core.history import PastNudge, PastNudges
from bot.core.model import Feedback, Reason, Trap
from bot.flows.ports.findings import (
    ChannelCounts,
    DecisionRecord,
    Finding,
    NudgeInThread,
    NudgeRecord,
    Ratings,
    RecentNudge,
)
from tests.fakes.state import (
    SPEAK,
    FindingRow,
    InboxRow,
    State,
    is_observed,
    speaks,
)

_NOT_USEFUL = (Feedback.NOT_THIS_TIME, Feedback.WRONG)


class MemoryFindings:
    """In-memory twin of ``bot.flows.ports.findings.Findings``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, finding: Finding, *, now: float) -> None:
        self._state.findings.append(FindingRow(finding, now))

    async def nudge(self, workspace_id: str, key: str) -> NudgeRecord | None:
        row = self._of_key(workspace_id, key)
        if row is None:
            return None
        finding = row.finding
        return NudgeRecord(
            key=key,
            workspace_id=workspace_id,
            channel_id=finding.channel_id,
            thread_ts=finding.thread_ts,
            author_id=finding.author_id,
            trap=finding.trap,
            question_id=finding.question_id or "",
            situations=finding.situations,
            is_private=finding.is_private,
            message_deleted=any(
                r.id == finding.inbox_id and r.withdrawn == Reason.DELETED
                for r in self._state.inbox
            ),
        )

    async def nudge_key_of(self, workspace_id: str, channel_id: str, ts: str) -> str | None:
        ids = {
            r.id
            for r in self._state.inbox
            if (r.message.workspace_id, r.message.channel_id, r.message.ts)
            == (workspace_id, channel_id, ts)
        }
        keys = (r.finding.key for r in self._state.findings if r.finding.inbox_id in ids)
        return next(keys, None)

    async def past_nudges_to(self, workspace_id: str, author_id: str) -> list[PastNudge]:
        return self._past_nudges(
            lambda r: (r.finding.workspace_id, r.finding.author_id) == (workspace_id, author_id)
        )

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
        channel = (workspace_id, channel_id)
        here = self._past_nudges_in(channel)
        return PastNudges(
            to_author=await self.past_nudges_to(workspace_id, author_id),
            in_thread=here(lambda r: r.finding.thread_ts == thread_ts),
            about_trap=here(lambda r: r.finding.trap == trap and r.created_at > since)
            if trap
            else [],
        )

    async def latest_nudge_in_thread(
        self, workspace_id: str, channel_id: str, thread_ts: str, author_id: str
    ) -> NudgeInThread | None:
        thread = (workspace_id, channel_id, thread_ts, author_id)
        found = [
            r
            for r in self._state.findings
            if (f := r.finding).outcome is None
            and (f.workspace_id, f.channel_id, f.thread_ts, f.author_id) == thread
        ]
        latest = max(found, key=lambda r: r.created_at, default=None)
        return NudgeInThread(latest.finding.key or "", latest.created_at) if latest else None

    async def set_feedback(
        self, workspace_id: str, key: str, feedback: Feedback, *, now: float
    ) -> bool:
        row = self._of_key(workspace_id, key)
        if row is None or row.feedback == feedback:
            return False
        row.feedback, row.answered_at = feedback, now
        return True

    async def mark_answered(self, workspace_id: str, key: str, *, now: float) -> None:
        row = self._of_key(workspace_id, key)
        if row is not None and row.answered_at is None:
            row.answered_at = now

    async def ratings(self, workspace_id: str, trap: Trap, *, since: float) -> Ratings:
        given = [
            r.feedback
            for r in self._state.findings
            if (r.finding.workspace_id, r.finding.trap) == (workspace_id, trap)
            and r.feedback in (Feedback.HELPFUL, *_NOT_USEFUL)
            and (r.answered_at or 0.0) > since
        ]
        return Ratings(len(given), sum(f in _NOT_USEFUL for f in given))

    async def channel_counts(
        self, workspace_id: str, channel_id: str, *, start: float, end: float
    ) -> ChannelCounts:
        here = [
            r.finding
            for r in self._state.findings
            if (r.finding.workspace_id, r.finding.channel_id) == (workspace_id, channel_id)
            and start <= r.created_at < end
        ]
        asked = {f.author_id for f in here if speaks(f) and not f.is_private}
        observed = {f.author_id for f in here if is_observed(f)}
        return ChannelCounts(*(len(s) if len(s) >= FLOOR else 0 for s in (asked, observed)))

    async def asked_in_channel(
        self, workspace_id: str, channel_id: str, *, since: float
    ) -> dict[str, float]:
        here = (
            row
            for row in self._state.findings
            if (row.finding.workspace_id, row.finding.channel_id) == (workspace_id, channel_id)
            and row.created_at > since
            and speaks(row.finding)
            and not row.finding.is_private
        )
        asked: dict[str, float] = {}
        for row in here:
            question_id = row.finding.question_id or ""
            asked[question_id] = max(row.created_at, asked.get(question_id, 0.0))
        return asked

    async def recent_nudges(
        self, workspace_id: str, author_id: str, *, since: float
    ) -> list[RecentNudge]:
        rows = [
            r
            for r in self._state.findings
            if (r.finding.workspace_id, r.finding.author_id) == (workspace_id, author_id)
            and speaks(r.finding)
            and r.created_at > since
        ]
        return [
            RecentNudge(
                r.created_at,
                r.finding.question_id or "",
                Feedback(r.feedback) if r.feedback else None,
                r.finding.situations,
            )
            for r in sorted(rows, key=lambda r: (r.created_at, r.finding.inbox_id), reverse=True)
        ]

    async def decisions(
        self, workspace_id: str, author_id: str, *, limit: int, only_nudges: bool = False
    ) -> list[DecisionRecord]:
        rows = self._decided(workspace_id, author_id)
        if only_nudges:
            rows = [r for r in rows if r.outcome == SPEAK]
        rows.sort(key=lambda r: (r.decided_at or 0.0, r.id), reverse=True)
        findings = {r.finding.inbox_id: r.finding for r in self._state.findings}
        return [_decision(r, findings.get(r.id)) for r in rows[:limit]]

    async def count_decisions(self, workspace_id: str, author_id: str) -> int:
        return len(self._decided(workspace_id, author_id))

    def _of_key(self, workspace_id: str, key: str) -> FindingRow | None:
        for row in self._state.findings:
            if (row.finding.workspace_id, row.finding.key) == (workspace_id, key):
                return row
        return None

    def _decided(self, workspace_id: str, author_id: str) -> list[InboxRow]:
        return [
            r
            for r in self._state.inbox
            if r.outcome is not None
            and (r.message.workspace_id, r.message.author_id) == (workspace_id, author_id)
        ]

    def _past_nudges_in(
        self, channel: tuple[str, str]
    ) -> Callable[[Callable[[FindingRow], bool]], list[PastNudge]]:
        def find(which: Callable[[FindingRow], bool]) -> list[PastNudge]:
            return self._past_nudges(
                lambda r: (r.finding.workspace_id, r.finding.channel_id) == channel and which(r)
            )

        return find

    def _past_nudges(self, which: Callable[[FindingRow], bool]) -> list[PastNudge]:
        states = {(r.message.workspace_id, r.message.key): r.state for r in self._state.outbox}
        rows = [
            r
            for r in self._state.findings
            if (speaks(r.finding) or is_observed(r.finding)) and which(r)
        ]
        return [
            PastNudge(
                at=r.created_at,
                observed=is_observed(r.finding),
                dropped=speaks(r.finding)
                and states.get((r.finding.workspace_id, r.finding.key or ""), "dropped")
                == "dropped",
                answered_at=r.answered_at,
            )
            for r in sorted(rows, key=lambda r: (r.created_at, r.finding.inbox_id))
        ]


def _decision(row: InboxRow, finding: Finding | None) -> DecisionRecord:
    return DecisionRecord(
        at=row.decided_at or 0.0,
        channel_id=row.message.channel_id,
        trap=finding.trap if finding else None,
        reason=None if row.outcome == SPEAK else Reason(row.outcome or ""),
        question_id=finding.question_id if finding else None,
    )
