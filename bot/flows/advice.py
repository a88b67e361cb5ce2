"""Decides what to answer to an ask: by what is wanted, and with or without a model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.core.advice import Advice, build_advice
from bot.core.coach import Coach
from bot.core.draft_review import DraftReview
from bot.core.intents import Intent, IntentRouter
from bot.core.model import Reason, Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook
from bot.core.policy import HOUR, Limits
from bot.flows.advice_topic import unpack_question, unpack_topic
from bot.flows.article_credit import explain_question
from bot.flows.errors import JudgeError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector, Writer
from bot.flows.ports.rendering import AskReply
from bot.flows.ports.unit_of_work import Store
from bot.flows.small_answers import SmallAnswers
from bot.flows.wishes import Wishes

log = logging.getLogger(__name__)

_REWORDED = frozenset({Intent.DEAL, Intent.REWORD})  # else the text is a task and no sentence


class Advisor:
    """Answers asks.

    Args:
        store, detector, clock, limits: the ports and the caps.
        writer: a model that may write words; None if the playbook speaks alone.
        playbook, coach, draft_review: the words, who picks them, and who checks a model's.
        router: tells what an ask is about. small: answers what needs no coaching.
        wishes: grants wishes.
    """

    def __init__(
        self,
        *,
        store: Store,
        detector: Detector,
        writer: Writer | None,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        coach: Coach,
        draft_review: DraftReview,
        router: IntentRouter,
        small: SmallAnswers,
        wishes: Wishes,
    ) -> None:
        self._store = store
        self._detector = detector
        self._writer = writer
        self._clock = clock
        self._limits = limits
        self._playbook = playbook
        self._coach = coach
        self._draft_review = draft_review
        self._router = router
        self._small = small
        self._wishes = wishes
        self._asks_for_more = Phrases(playbook.cues["another"])

    async def reply_to(self, ask: Ask) -> AskReply:
        """Return the reply to an ask that is no matter for people.

        Small talk and wishes are answered however often they come; all else has a limit.
        """
        is_follow_up = ask.place is ReplyPlace.DIRECT and self._is_follow_up(ask.text)
        intent = Intent.DEAL
        if ask.kind is AskKind.ADVICE and not is_follow_up:
            intent = self._router.find(ask.text)
            log.info("%s intent=%s", ask.log_name, intent)
            if intent.is_wish:
                return AskReply(line=await self._grant(ask, intent), is_small_talk=True)
            if (line := self._small.answer(intent, ask.text, ask.key)) is not None:
                return AskReply(line=line, is_small_talk=True)
        if await self._asked_enough(ask):
            return AskReply(line=self._playbook.text("advice", "enough"))
        match ask.kind:
            case AskKind.WHY:
                trap, _ = unpack_topic(ask.text)
                because, shown = self._playbook.text("advice", "because"), unpack_question(ask.text)
                return AskReply(line=explain_question(self._playbook, trap, shown, because))
            case AskKind.ANOTHER:
                return await self._another_question(ask, *unpack_topic(ask.text))
        if is_follow_up:
            return await self._go_on(ask)
        return await self._advise(ask, intent if intent.is_coached else Intent.DEAL)

    async def _asked_enough(self, ask: Ask) -> bool:
        """Return whether this is more than a person may ask in an hour."""
        async with self._store.begin() as uow:
            asked_lately = await uow.asks.count_since(
                ask.workspace_id, ask.user_id, self._clock() - HOUR
            )
        return asked_lately > self._limits.asks_per_hour

    async def _grant(self, ask: Ask, intent: Intent) -> str:
        """Do what is wished. In a modal it may be a message to colleagues: only say how to."""
        if ask.place is ReplyPlace.VIEW:
            return self._playbook.text("command", "how_to_stop")
        place = (ask.workspace_id, ask.user_id, ask.text)
        granted = await self._wishes.grant(*place)
        return granted[1] if granted else await self._wishes.grant_in_other_words(*place, intent)

    async def _go_on(self, ask: Ask) -> AskReply:
        async with self._store.begin() as uow:
            topic = await uow.people.topic(ask.workspace_id, ask.user_id)
        if topic is None or self._clock() - topic.at > self._limits.topic_seconds:
            return AskReply(line=self._playbook.text("advice", "forgotten"))
        return await self._another_question(ask, topic.trap, topic.situations)

    async def _advise(self, ask: Ask, intent: Intent) -> AskReply:
        now = self._clock()
        await self._detector.prepare(ask.text)
        quick = self._detector.quick_verdict(ask.text)
        async with self._store.begin() as uow:
            asked = await uow.people.asked_questions(ask.workspace_id, ask.user_id)
        situations = await asyncio.to_thread(self._coach.find_situations, ask.text)

        def build(trap: Trap | None) -> Advice:
            return build_advice(
                self._coach, trap, situations, asked=asked, now=now, key=ask.key, intent=intent
            )

        verdict, trap, timed_out = quick, self._detector.closest_trap(quick), False
        advice = build(trap)
        try:
            async with asyncio.timeout(self._limits.ask_within_seconds):
                verdict = await self._detector.classify(ask.workspace_id, ask.text)
                trap = self._detector.closest_trap(verdict)
                advice = build(trap)
                advice = await self._write(ask, advice, trap, situations, asked, now)
                if intent not in _REWORDED:
                    advice = replace(advice, reworded="")
        except (TimeoutError, JudgeError) as failed:
            log.info("%s the model is skipped: %s", ask.log_name, failed or "no answer in time")
            timed_out = True
        advice = replace(advice, skipped=timed_out or verdict.fell_back)
        if trap is None and verdict.why is Reason.OTHER_LANGUAGE:
            advice = replace(advice, observation=self._playbook.text("quiet", verdict.why))
        return AskReply(advice=advice, trap=trap, situations=tuple(situations))

    async def _write(
        self,
        ask: Ask,
        plain: Advice,
        trap: Trap | None,
        situations: Sequence[str],
        asked: dict[str, float],
        now: float,
    ) -> Advice:
        """Let a model put the advice into words, as far as the review accepts them."""
        questions = self._coach.eligible_questions(
            trap,
            situations,
            asked=asked,
            now=now,
            min_repeat_seconds=self._limits.topic_seconds,
        )
        if self._writer is None or not questions:
            return plain
        draft = await self._writer.write(ask.workspace_id, ask.text, trap, questions)
        advice, faults = self._draft_review.review_advice(plain, draft, questions, ask.text)
        if faults:
            log.info("%s parts of a model's draft rejected: %d", ask.log_name, len(faults))
        return advice

    async def _another_question(
        self, ask: Ask, trap: Trap | None, situations: tuple[str, ...]
    ) -> AskReply:
        now = self._clock()
        async with self._store.begin() as uow:
            asked = await uow.people.asked_questions(ask.workspace_id, ask.user_id)
        question = self._coach.requested_question(
            trap, situations, asked=asked, now=now, key=ask.key
        )
        return AskReply(question=question, trap=trap, situations=situations)

    def _is_follow_up(self, text: str) -> bool:
        """A longer message is a new matter, whatever it begins with."""
        return len(text.split()) <= self._limits.follow_up_words and text in self._asks_for_more
