"""A candidate message becomes a question in its thread, or a silence with a reason."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.core.coach import Coach
from bot.core.draft_review import DraftReview, LlmDraft
from bot.core.gate import Gate
from bot.core.guard import Guard
from bot.core.model import Audience, History, Message, Person, Reason, Reply, Verdict
from bot.core.nudge_policy import StayQuiet, blocked_regardless, decide
from bot.core.playbook_model import Playbook
from bot.flows.channel_notice import owed_notice
from bot.flows.channel_pause import end_closed_pause
from bot.flows.concurrency import Lanes, by_workspace, run_all
from bot.flows.errors import (
    JudgeError,
    SlackCallError,
    SlackRefusedError,
    StoreUnavailableError,
)
from bot.flows.nudge_history import read_history
from bot.flows.nudge_messages import nudge_for, nudge_key
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector, Writer
from bot.flows.ports.findings import Finding
from bot.flows.ports.inbox import Candidate
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.retries import ends_every_claim, next_try, note_rate_limit, respect_rate_limits
from bot.flows.slack_error_codes import APP_REFUSED

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Assessment:
    """What Slack and the detector say about one candidate, before any transaction."""

    verdict: Verdict
    author: Person
    audience: Audience
    draft: LlmDraft | None = None


class Nudge:
    """Decides candidates. ``run_due`` is what the worker calls.

    Args:
        store, detector, chat, clock: the ports. gate: what it lets through, and the caps.
        owner: who claims candidates; unique per running process.
        playbook: the words; its version is kept with each finding.
        coach: picks the words. guard: has the last say on them.
        renderer: renders the notice to a channel that was never told about the bot.
        writer: a model that may write words; None if the playbook speaks alone.
        draft_review: checks what a model wrote.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        detector: Detector,
        chat: Chat,
        clock: Clock,
        gate: Gate,
        owner: str,
        playbook: Playbook,
        coach: Coach,
        guard: Guard,
        draft_review: DraftReview,
        writer: Writer | None,
        renderer: Renderer,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._detector = detector
        self._chat = chat
        self._clock = clock
        self._gate = gate
        self._limits = gate.limits
        self._owner = owner
        self._playbook = playbook
        self._coach = coach
        self._guard = guard
        self._draft_review = draft_review
        self._writer = writer
        self._renderer = renderer
        self._wake_delivery = wake_delivery
        self._lanes = Lanes(gate.limits.batches.patience_seconds)

    async def run_due(self) -> float | None:
        """Decide one batch of what has settled; a stop need not wait for all of it.

        Slow questions (who reads, who wrote, what is it) are asked side by side, and a slow
        workspace holds up only itself. Decisions are taken one after the other, each in a
        transaction of its own.

        Returns:
            When to look again, Unix seconds, or None.
        """
        now, batches = self._clock(), self._limits.batches
        async with self._store.begin() as uow:
            await respect_rate_limits(uow, self._chat, now=now)
            candidates = await uow.inbox.claim_due(
                now=now,
                limit=batches.decide,
                owner=self._owner,
                lease_until=now + batches.lease_seconds,
                without=self._lanes.busy,
            )
        for workspace_id, some in by_workspace(
            candidates, lambda c: c.message.workspace_id
        ).items():
            self._lanes.start(workspace_id, self._decide_all(some))
        await self._lanes.wait()
        await self._store.purge_erased_pages()  # also what intake has erased
        async with self._store.begin() as uow:
            next_due = await uow.inbox.next_due()
        return self._lanes.next_round(next_due, self._clock())

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._lanes.finish()

    async def _decide_all(self, candidates: Sequence[Candidate]) -> None:
        assessments = await run_all(self._assess(c) for c in candidates)
        for candidate, assessment in zip(candidates, assessments, strict=True):
            if assessment is None:
                continue
            try:
                await self._decide(candidate, assessment)
            except StoreUnavailableError:
                raise
            except Exception as broken:  # noqa: BLE001 - one poisonous message must not stop the rest
                log.error("%s can't be decided: %s", _named(candidate.message), _type(broken))
                await self._retry_later(candidate, broken)

    async def _assess(self, candidate: Candidate) -> _Assessment | None:
        """Ask all that needs Slack or a model. None: it was decided or given back here."""
        message = candidate.message
        if ends_every_claim(
            candidate.unfinished_claims,
            since=message.sent_at,
            now=self._clock(),
            limits=self._limits,
        ):
            log.error("%s given up: no claim of it came to an end", _named(message))
            await self._stay_quiet(candidate, Reason.FAILED)
            return None
        try:
            quick = self._detector.quick_verdict(message.text)
            if not self._detector.may_lead_to_reply(quick):
                # We will stay quiet, so skip the calls to Slack.
                return _Assessment(quick, Person.unknown(message.author_id), Audience.COLLEAGUES)
            workspace_id = message.workspace_id
            audience = await self._chat.audience(workspace_id, message.channel_id)
            author = await self._chat.person(workspace_id, message.author_id)
            if await self._is_blocked(message, audience, author):
                return _Assessment(quick, author, audience)  # no text leaves the machine in vain
            context = await self._chat.preceding_messages(
                workspace_id, message.channel_id, message.thread_ts, message.ts
            )
            verdict = await self._detector.classify(workspace_id, message.text, context)
            return _Assessment(verdict, author, audience, await self._draft(message, verdict))
        except SlackRefusedError as refused:
            log.warning("%s slack refused: %s", _named(message), refused.code)
            if refused.code in APP_REFUSED:  # nothing about the author: tried again
                await self._retry_later(candidate, refused)
            else:
                await self._stay_quiet(candidate, Reason.AUTHOR_UNKNOWN)
        except SlackCallError as failure:
            log.warning("%s slack failed: %s", _named(message), failure)
            await self._retry_later(candidate, failure)
        except StoreUnavailableError:
            raise
        except Exception as broken:  # noqa: BLE001 - one poisonous message must not stop the rest
            log.error("%s can't be assessed: %s", _named(message), _type(broken))
            await self._retry_later(candidate, broken)
        return None

    async def _is_blocked(self, message: Message, audience: Audience, author: Person) -> bool:
        now = self._clock()
        async with self._store.begin() as uow:
            history = await read_history(uow, message, None, now=now, limits=self._limits)
        reason = blocked_regardless(
            audience=audience,
            author=author,
            history=history,
            sent_at=message.sent_at,
            now=now,
            gate=self._gate,
        )
        return reason is not None

    async def _draft(self, message: Message, verdict: Verdict) -> LlmDraft | None:
        """Ask a model for words; None if it may not write, or gives no good answer in time."""
        if self._writer is None or not verdict.sure or verdict.trap is None:
            return None
        now = self._clock()
        async with self._store.begin() as uow:
            asked = await uow.people.asked_questions(message.workspace_id, message.author_id)
        questions = self._coach.eligible_questions(
            verdict.trap, self._coach.find_situations(message.text), asked=asked, now=now
        )
        try:
            return await self._writer.write(
                message.workspace_id, message.text, verdict.trap, questions
            )
        except JudgeError as failed:
            log.info("%s the playbook speaks alone: %s", _named(message), failed)
            return None

    async def _decide(self, candidate: Candidate, assessment: _Assessment) -> None:
        message, now = candidate.message, self._clock()
        verdict = assessment.verdict
        async with self._store.begin() as uow:
            # Two messages of one seller, or in one channel, must not both use up one cap.
            await uow.serialize(message.workspace_id, message.author_id, message.channel_id)
            history = await read_history(uow, message, verdict.trap, now=now, limits=self._limits)
            outcome = self._outcome(message, assessment, history, now)
            if not await self._record(uow, candidate, verdict, outcome, now):
                return  # reworded or taken back meanwhile: the newer wording has its own turn
            if isinstance(outcome, Reply):
                await uow.people.note_question(
                    message.workspace_id, message.author_id, outcome.question_id, at=now
                )
                # The bot may speak, so a pause that is still kept has lost its cause.
                await end_closed_pause(uow, message.workspace_id, message.channel_id)
                channel = await uow.channels.settings(message.workspace_id, message.channel_id)
                notice_key = await owed_notice(
                    uow, self._renderer, message.workspace_id, channel, now=now
                )
                nudge = nudge_for(message, outcome, after_key=notice_key)
                await uow.outbox.enqueue(nudge, now=now)
        if isinstance(outcome, Reply):
            self._wake_delivery()
        log.info(
            "%s channel=%s trap=%s score=%.2f outcome=%s detector=%s",
            _named(message),
            message.channel_id,
            verdict.trap or "none",
            verdict.score,
            "speak" if isinstance(outcome, Reply) else outcome,
            verdict.detector,
        )

    def _outcome(
        self, message: Message, assessment: _Assessment, history: History, now: float
    ) -> Reason | Reply:
        verdict = assessment.verdict
        decision = decide(
            verdict,
            audience=assessment.audience,
            author=assessment.author,
            history=history,
            sent_at=message.sent_at,
            now=now,
            gate=self._gate,
        )
        if isinstance(decision, StayQuiet):
            return decision.reason
        if verdict.trap is None:
            return Reason.NO_TRAP
        asked = history.asked_questions
        reply = self._coach.choose_reply(
            verdict.trap,
            message.text,
            asked=asked,
            now=now,
            key=f"{message.channel_id}/{message.ts}",
        )
        if reply is None:
            return Reason.NO_QUESTION_LEFT
        if assessment.draft is not None:
            questions = self._coach.eligible_questions(
                verdict.trap, reply.situations, asked=asked, now=now
            )
            reply, faults = self._draft_review.review_reply(
                reply, assessment.draft, questions, message.text
            )
            if faults:
                log.info("%s parts of a model's draft rejected: %d", _named(message), len(faults))
        reply = replace(reply, private=decision.private)
        if violations := self._guard.violations(reply):
            log.error(
                "%s question=%s stopped by guard: %s",
                _named(message),
                reply.question_id,
                "; ".join(violations),
            )
            return Reason.FAILED
        return reply

    async def _record(
        self,
        uow: UnitOfWork,
        candidate: Candidate,
        verdict: Verdict,
        outcome: Reason | Reply,
        now: float,
    ) -> bool:
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
            playbook_version=self._playbook.version,
            outcome=reason,
            question_id=reply.question_id if reply else None,
            key=nudge_key(message) if reply else None,
            situations=reply.situations if reply else (),
            is_private=reply.private if reply else False,
        )
        await uow.findings.add(finding, now=now)
        return True

    async def _retry_later(self, candidate: Candidate, why: Exception) -> None:
        backoff, now = self._limits.backoff, self._clock()
        if now - candidate.message.sent_at > self._limits.too_old_seconds:
            await self._stay_quiet(candidate, Reason.TOO_OLD)
            return
        following = next_try(why, attempts=candidate.attempts, backoff=backoff, now=now)
        if following is None:
            await self._stay_quiet(candidate, Reason.FAILED)
            return
        async with self._store.begin() as uow:
            await uow.inbox.release(candidate, due_at=following.at, attempts=following.attempts)
            await note_rate_limit(uow, candidate.message.workspace_id, why, now=now)

    async def _stay_quiet(self, candidate: Candidate, reason: Reason) -> None:
        no_verdict = Verdict(None, 0.0, suspicious=True, sure=False, detector=self._detector.name)
        async with self._store.begin() as uow:
            if not await self._record(uow, candidate, no_verdict, reason, self._clock()):
                return  # reworded or taken back meanwhile
        message = candidate.message
        log.info("%s channel=%s outcome=%s", _named(message), message.channel_id, reason)


def _type(error: Exception) -> str:
    return type(error).__name__


def _named(message: Message) -> str:
    return f"workspace={message.workspace_id} event={message.event_id}"
