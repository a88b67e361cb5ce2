"""A suspected message becomes a question in its thread, or a silence with a reason."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.core.coach import Coach
from bot.core.guard import Guard
from bot.core.model import Audience, Message, Past, Person, Reason, Reply, Suspect, Trap, Verdict
from bot.core.policy import DAY, Limits, StayQuiet, barred, decide
from bot.core.wording import Wording, Written
from bot.core.words import Playbook
from bot.flows.ask_ports import Writer
from bot.flows.ports import (
    Chat,
    ChatBusy,
    ChatDown,
    ChatRefused,
    Clock,
    Detector,
    Inbox,
    JudgeFailed,
)

log = logging.getLogger(__name__)

BATCH = 16
_FIRST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Learnt:
    """What Slack and the detector say of one suspect, before any transaction."""

    verdict: Verdict
    author: Person
    audience: Audience
    written: Written | None = None


class Nudge:
    """Decides suspects. ``step`` is what the worker calls.

    Args:
        detector, inbox, chat, clock, limits: the ports and the caps.
        playbook: the words; its version is kept with each finding.
        coach: picks the words. guard: has the last say on them.
        writer: a model that may write words; None where the playbook speaks alone.
        wording: checks what a model wrote.
        settled: told about each message that is done.
        wake_delivery: called when something lies in the outbox.
    """

    def __init__(
        self,
        *,
        detector: Detector,
        inbox: Inbox,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        coach: Coach,
        guard: Guard,
        wording: Wording,
        writer: Writer | None,
        settled: Callable[[Message], None],
        wake_delivery: Callable[[], None],
    ) -> None:
        self._detector = detector
        self._inbox = inbox
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._playbook = playbook
        self._coach = coach
        self._guard = guard
        self._wording = wording
        self._writer = writer
        self._settled = settled
        self._wake_delivery = wake_delivery

    async def step(self) -> float | None:
        """Decides some of what has settled, so that a stop need not wait for all of it.

        Slow questions (who reads, who wrote, what is it) are asked side by side; the decisions are
        taken one after the other, so that two messages of one seller can't both use up one cap.

        Returns:
            When the next suspect settles or has settled, Unix seconds, or None.
        """
        suspects = await self._inbox.due(self._clock(), BATCH)
        learnt = await asyncio.gather(*(self._learn(s) for s in suspects))
        for suspect, facts in zip(suspects, learnt, strict=True):
            if facts is not None:
                await self._conclude(suspect, facts)
        await self._inbox.scrub()
        return await self._inbox.next_due()

    async def _learn(self, suspect: Suspect) -> _Learnt | None:
        message = suspect.message
        try:
            glance = self._detector.glance(message.text)
            if not self._detector.promises(glance):
                return _Learnt(glance, _somebody(message), Audience.COLLEAGUES)
            audience = await self._chat.audience(message.channel)
            author = await self._chat.person(message.author)
            if await self._barred(message, audience, author):
                return _Learnt(glance, author, audience)  # no call, no text sent, for nothing
            earlier = await self._chat.earlier(message.channel, message.thread_ts, message.ts)
            verdict = await self._detector.judge(message.team, message.text, earlier)
            return _Learnt(verdict, author, audience, await self._write(message, verdict))
        except ChatRefused as refused:
            log.warning("event=%s slack refused: %s", message.event_id, refused.code)
            await self._silence(suspect, Reason.AUTHOR_UNKNOWN)
        except (ChatBusy, ChatDown) as failure:
            log.warning("event=%s slack failed: %s", message.event_id, failure)
            await self._later(suspect, failure)
        except Exception as broken:  # noqa: BLE001 - one poisonous message must not stop the rest
            log.error("event=%s could not be judged: %s", message.event_id, type(broken).__name__)
            await self._later(suspect, broken)
        return None

    async def _write(self, message: Message, verdict: Verdict) -> Written | None:
        """What a model would say; None where it may not, or gives no good answer in time."""
        if self._writer is None or not verdict.sure or verdict.trap is None:
            return None
        past = await self._past(message, verdict.trap, self._clock())
        scenes = self._coach.situations(message.text)
        fitting = self._coach.fitting(
            verdict.trap, scenes, asked=past.asked or {}, now=self._clock()
        )
        try:
            return await self._writer.write(message.team, message.text, verdict.trap, fitting)
        except JudgeFailed as failed:
            log.info("event=%s the playbook speaks alone: %s", message.event_id, failed)
            return None

    async def _barred(self, message: Message, audience: Audience, author: Person) -> bool:
        """Whether the bot would keep quiet whatever the message says."""
        now = self._clock()
        past = await self._past(message, None, now)
        return bool(
            barred(
                audience=audience,
                author=author,
                past=past,
                sent_at=message.sent_at,
                now=now,
                limits=self._limits,
            )
        )

    async def _past(self, message: Message, trap: Trap | None, now: float) -> Past:
        return await self._inbox.past(
            message,
            trap,
            now=now,
            cool_down_seconds=self._limits.cool_down_days * DAY,
            ignored_after_seconds=self._limits.ignored_after_hours * 3_600.0,
        )

    async def _conclude(self, suspect: Suspect, facts: _Learnt) -> None:
        message, now = suspect.message, self._clock()
        past = await self._past(message, facts.verdict.trap, now)
        outcome = self._outcome(message, facts, past, now)
        version = self._playbook.version
        if not await self._inbox.decide(suspect, facts.verdict, outcome, now=now, playbook=version):
            return  # rewritten or taken back while we thought: the newer wording has its own turn
        self._settled(message)
        spoken = isinstance(outcome, Reply)
        if spoken:
            self._wake_delivery()
        log.info(
            "event=%s channel=%s trap=%s score=%.2f outcome=%s detector=%s",
            message.event_id,
            message.channel,
            facts.verdict.trap or "none",
            facts.verdict.score,
            "speak" if spoken else outcome,
            facts.verdict.detector,
        )

    def _outcome(self, message: Message, facts: _Learnt, past: Past, now: float) -> Reason | Reply:
        decision = decide(
            facts.verdict,
            audience=facts.audience,
            author=facts.author,
            past=past,
            sent_at=message.sent_at,
            now=now,
            limits=self._limits,
        )
        if isinstance(decision, StayQuiet):
            return decision.reason
        if facts.verdict.trap is None:
            return Reason.NO_TRAP
        reply = self._coach.choose(
            facts.verdict.trap,
            message.text,
            asked=past.asked or {},
            now=now,
            key=f"{message.channel}/{message.ts}",
        )
        if reply is None:
            return Reason.NO_QUESTION_LEFT
        if facts.written is not None:
            fitting = self._coach.fitting(
                facts.verdict.trap, reply.scenes, asked=past.asked or {}, now=now
            )
            reply, faults = self._wording.reply(reply, facts.written, fitting, message.text)
            if faults:
                log.info("event=%s a model's words fell: %d", message.event_id, len(faults))
        reply = replace(reply, private=decision.private)
        if breaches := self._guard.breaches(reply):
            log.error("question=%s stopped by guard: %s", reply.question_id, "; ".join(breaches))
            return Reason.FAILED
        return reply

    async def _later(self, suspect: Suspect, why: Exception) -> None:
        if suspect.attempts + 1 >= self._limits.attempts:
            await self._silence(suspect, Reason.FAILED)
            return
        pause = _FIRST_PAUSE_SECONDS * 4.0**suspect.attempts
        if isinstance(why, ChatBusy):
            pause = max(pause, why.retry_after)
        await self._inbox.postpone(suspect, self._clock() + pause)

    async def _silence(self, suspect: Suspect, reason: Reason) -> None:
        nothing = Verdict(None, 0.0, suspicious=True, sure=False, detector=self._detector.name)
        await self._inbox.decide(
            suspect, nothing, reason, now=self._clock(), playbook=self._playbook.version
        )
        self._settled(suspect.message)
        log.info(
            "event=%s channel=%s outcome=%s",
            suspect.message.event_id,
            suspect.message.channel,
            reason,
        )


def _somebody(message: Message) -> Person:
    """Who wrote it does not matter where we stay quiet anyway; Slack need not be asked."""
    return Person(message.author, zone=None, offset=0, colleague=True)
