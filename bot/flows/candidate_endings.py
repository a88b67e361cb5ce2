"""How a candidate ends: recorded as a question or a silence, forgotten, or given back for later."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.core.model import Message, Reason, Reply, Verdict
from bot.core.policy import Limits
from bot.flows.nudge_messages import nudge_key
from bot.flows.ports.clock import Clock
from bot.flows.ports.findings import Finding
from bot.flows.ports.inbox import Candidate
from bot.flows.ports.telemetry import Stage, Telemetry
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.retries import next_try
from bot.flows.work_context import trace_of

log = logging.getLogger(__name__)


class CandidateEndings:
    """Ends candidates, each only while the claim on it holds.

    Args:
        store, clock, limits: the ports and the caps.
        detector_name, playbook_version: kept with each decision.
        telemetry: is told how candidates end.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        limits: Limits,
        detector_name: str,
        playbook_version: str,
        telemetry: Telemetry,
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._detector_name = detector_name
        self._playbook_version = playbook_version
        self._telemetry = telemetry

    async def record(
        self,
        uow: UnitOfWork,
        candidate: Candidate,
        verdict: Verdict,
        outcome: Reason | Reply,
        now: float,
    ) -> bool:
        """Decide a candidate and note what was found, in an open transaction.

        Returns:
            False if it was reworded or taken back meanwhile: a newer wording has its own turn.
        """
        message = candidate.message
        reply = outcome if isinstance(outcome, Reply) else None
        reason = None if isinstance(outcome, Reply) else outcome
        if not await uow.inbox.decide(candidate, reason, now=now):
            return False
        finding = Finding(
            inbox_id=candidate.id,
            workspace_id=message.workspace_id,
            channel_id=message.channel_id,
            thread_ts=message.thread,
            author_id=message.author_id,
            trap=verdict.trap,
            score=verdict.score,
            detector=verdict.detector,
            playbook_version=self._playbook_version,
            outcome=reason,
            question_id=reply.question_id if reply else None,
            key=nudge_key(message) if reply else None,
            situations=reply.situations if reply else (),
            is_private=reply.private if reply else False,
        )
        await uow.findings.add(finding, now=now)
        return True

    async def stay_quiet(self, candidate: Candidate, reason: Reason) -> bool:
        """Decide a candidate as silence about which no detector has said anything; return whether
        nothing of it is left to decide."""
        verdict = Verdict(None, 0.0, suspicious=True, sure=False, detector=self._detector_name)
        async with self._store.begin() as uow:
            if not await self.record(uow, candidate, verdict, reason, self._clock()):
                return False
        self.note(candidate.message, reason)
        log.info("%s outcome=%s", named(candidate.message), reason)
        return True

    async def discard_all(self, candidates: Sequence[tuple[Candidate, Reason]]) -> bool:
        """Forget candidates of which nothing may stay, each for its reason; return whether nothing
        of them is left to decide."""
        if not candidates:
            return True
        async with self._store.begin() as uow:
            gone = [await uow.inbox.discard(candidate) for candidate, _ in candidates]
        for candidate, reason in candidates:
            self.note(candidate.message, reason)
            log.info("%s forgotten: %s", named(candidate.message), reason)
        return all(gone)

    def note(self, message: Message, reason: Reason | None) -> None:
        """Tell the telemetry that a candidate was decided; the reason is None for a question."""
        self._telemetry.message_decided(reason, self._clock() - message.sent_at)

    def note_stage(self, message: Message, began: float) -> None:
        """Tell the telemetry that a decision was worked on from a moment (Unix seconds) to now."""
        trace_id, seconds = trace_of_message(message), self._clock() - began
        self._telemetry.stage_ended(Stage.DECIDE, trace_id, seconds, is_ok=True)

    async def retry_later(
        self, candidate: Candidate, why: Exception, *, in_vain: Reason = Reason.FAILED
    ) -> None:
        """Give a candidate back after a failure, until it is too old, or there were too many: then
        it ends for the reason ``in_vain``."""
        backoff, now = self._limits.backoff, self._clock()
        if now - candidate.message.sent_at > self._limits.too_old_seconds:
            await self.stay_quiet(candidate, Reason.TOO_OLD)
            return
        following = next_try(why, attempts=candidate.attempts, backoff=backoff, now=now)
        if following is None:
            await self.stay_quiet(candidate, in_vain)
            return
        async with self._store.begin() as uow:
            await uow.inbox.release(candidate, due_at=following.at, attempts=following.attempts)


def trace_of_message(message: Message) -> bytes:
    """Return the trace that all work on a message belongs to."""
    return trace_of(message.workspace_id, nudge_key(message))


def named(message: Message) -> str:
    """Return how a log names a message."""
    return f"workspace={message.workspace_id} channel={message.channel_id} event={message.event_id}"
