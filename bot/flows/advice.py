"""Decides what to answer to an ask: by what is wanted, and with or without a model."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from bot.core.advice import build_advice
from bot.core.channel_wishes import names_channel
from bot.core.coach import Coach
from bot.core.intents import Intent, IntentRouter
from bot.core.languages import UiStrings
from bot.core.llm_answer import AnswerKind
from bot.core.matters_for_people import MatterKind
from bot.core.model import Reason, Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook
from bot.core.plays import Plays
from bot.core.policy import HOUR
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.advice_topic import unpack_question, unpack_topic
from bot.flows.answering import Answered, ModelAnswers
from bot.flows.article_credit import explain_question
from bot.flows.house_rules import HouseRules
from bot.flows.own_status import OwnStatus
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector
from bot.flows.ports.rendering import AskReply
from bot.flows.ports.unit_of_work import Store
from bot.flows.small_answers import SmallAnswers, has_mentions
from bot.flows.turn_to_people import TurnToPeople
from bot.flows.wishes import Wishes

log = logging.getLogger(__name__)


class Advisor:
    """Answers asks.

    Args:
        store, detector, clock: the ports. rules: of each workspace.
        model: a model's answers; None if the playbook speaks alone.
        playbook, coach, plays: the words, and who picks them.
        router: tells what an ask is about. small: answers what needs no coaching.
        people: answers what a model sees to be a matter for people.
        wishes: grants wishes. status: tells what the bot does for somebody, and in a channel.
    """

    def __init__(
        self,
        *,
        store: Store,
        detector: Detector,
        model: ModelAnswers | None,
        clock: Clock,
        rules: HouseRules,
        playbook: Playbook,
        coach: Coach,
        plays: Plays,
        router: IntentRouter,
        small: SmallAnswers,
        people: TurnToPeople,
        wishes: Wishes,
        status: OwnStatus,
    ) -> None:
        self._store = store
        self._detector = detector
        self._model = model
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._playbook = playbook
        self._coach = coach
        self._plays = plays
        self._router = router
        self._small = small
        self._people = people
        self._wishes = wishes
        self._watch = status.watch
        self._status = status
        self._asks_for_more = Phrases(playbook.cues["another"])

    async def reply_to(self, ask: Ask) -> AskReply:
        """Return the reply to an ask that is no matter for people.

        Small talk and wishes are answered however often they come; all else has a limit.
        """
        async with self._store.begin() as uow:
            rules = await self._rules.of(uow, ask.workspace_id)
        words = rules.strings
        is_follow_up = ask.place is ReplyPlace.DIRECT and self._is_follow_up(ask.text)
        intent = Intent.DEAL
        if ask.kind is AskKind.ADVICE and not is_follow_up:
            intent = self._router.find(ask.text)
            log.info("%s intent=%s", ask.log_name, intent)
            if intent.is_wish:
                return AskReply(line=await self._grant(ask, intent, words), is_small_talk=True)
            line = await self._answer_small(ask, intent, rules)
            if line is not None:
                is_markup = has_mentions(line)
                return AskReply(line=line, is_markup=is_markup, is_small_talk=True)
        if await self._asked_enough(ask):
            return AskReply(line=words["advice"]["enough"])
        match ask.kind:
            case AskKind.WHY:
                trap, _ = unpack_topic(ask.text)
                because, shown = words["advice"]["because"], unpack_question(ask.text)
                return AskReply(line=explain_question(self._playbook, trap, shown, because))
            case AskKind.ANOTHER:
                return await self._another_question(ask, *unpack_topic(ask.text))
        if is_follow_up:
            return await self._go_on(ask, words)
        is_known = intent.is_coached or intent is Intent.NOT_ENGLISH
        return await self._advise(ask, intent if is_known else Intent.DEAL, rules)

    async def _answer_small(self, ask: Ask, intent: Intent, rules: WorkspaceRules) -> str | None:
        """Return the line for what needs no coaching; None if it does."""
        topic = self._router.find_topic(ask.text) if intent is Intent.ABOUT else ""
        if intent is Intent.ABOUT and self._small.depends_on_person(ask.text, topic):
            return await self._status.describe(ask, rules, now=self._clock())
        is_here = bool(ask.channel_id) and not names_channel(ask.text)
        is_of_channel = intent is Intent.ABOUT and self._small.depends_on_channel(ask.text, topic)
        if is_of_channel and is_here:
            line: str | None = await self._watch.describe(
                ask.workspace_id, ask.channel_id, rules, now=self._clock()
            )
        else:
            line = self._small_line(ask, intent, topic, rules)
        if line and is_of_channel and await self._is_paused(ask):
            line = f"{line} {rules.strings['watching']['you_paused']}"
        return line

    async def _is_paused(self, ask: Ask) -> bool:
        async with self._store.look() as uow:
            chosen = await uow.people.preferences(ask.workspace_id, ask.user_id)
        return chosen.is_paused(self._clock())

    def _small_line(
        self, ask: Ask, intent: Intent, topic: str, rules: WorkspaceRules
    ) -> str | None:
        where = "here" if ask.place is ReplyPlace.DIRECT else "anywhere"
        return self._small.answer(
            intent,
            ask.text,
            ask.key,
            topic=topic,
            uses_model=rules.uses_model,
            admins=rules.admins,
            stop=rules.strings["stop"][where],
        )

    async def _asked_enough(self, ask: Ask) -> bool:
        """Return whether this is more than a person may ask in an hour."""
        async with self._store.begin() as uow:
            asked_lately = await uow.asks.count_since(
                ask.workspace_id, ask.user_id, self._clock() - HOUR
            )
        return asked_lately > self._limits.asks_per_hour

    async def _grant(self, ask: Ask, intent: Intent, words: UiStrings) -> str:
        """Do what is wished. In a modal it may be a message to colleagues: only say how to."""
        if ask.place is ReplyPlace.VIEW:
            return words["command"]["how_to_stop"]
        place = (ask.workspace_id, ask.user_id, ask.text)
        granted = await self._wishes.grant(*place)
        return granted[1] if granted else await self._wishes.grant_in_other_words(*place, intent)

    async def _go_on(self, ask: Ask, words: UiStrings) -> AskReply:
        async with self._store.begin() as uow:
            topic = await uow.people.topic(ask.workspace_id, ask.user_id)
        if topic is None or self._clock() - topic.at > self._limits.topic_seconds:
            return AskReply(line=words["advice"]["forgotten"])
        return await self._another_question(ask, topic.trap, topic.situations)

    async def _advise(self, ask: Ask, intent: Intent, rules: WorkspaceRules) -> AskReply:
        """Let a model answer; else the playbook, with the best verdict to be had in time."""
        detector = self._detector if rules.uses_model else self._detector.without_model
        await detector.prepare(ask.text)
        verdict = detector.quick_verdict(ask.text)
        trap = detector.closest_trap(verdict)
        async with self._store.begin() as uow:
            asked = await uow.people.asked_questions(ask.workspace_id, ask.user_id)
        situations = tuple(await asyncio.to_thread(self._coach.find_asked_situations, ask.text))
        choice = await asyncio.to_thread(self._plays.choose, ask.text, situations)
        is_late = False
        if self._model is not None and rules.uses_model:
            answered = await self._model.answer(ask, intent, trap, situations, choice, asked)
            if answered is not None:
                return self._show(answered, trap, situations, rules)
            is_late = True
        else:
            try:
                async with asyncio.timeout(self._limits.ask_within_seconds):
                    verdict = await detector.classify(ask.workspace_id, ask.text)
                trap = detector.closest_trap(verdict)
            except TimeoutError:
                log.info("%s the judge is skipped: no answer in time", ask.log_name)
                is_late = True
        if intent is Intent.NOT_ENGLISH:
            return AskReply(line=rules.strings["advice"]["english_only"])
        advice = build_advice(
            self._coach,
            trap,
            situations,
            choice,
            asked=asked,
            now=self._clock(),
            key=ask.key,
            intent=intent,
        )
        advice = replace(advice, skipped=is_late or verdict.fell_back)
        if trap is None and verdict.why is Reason.OTHER_LANGUAGE:
            advice = replace(advice, observation=rules.strings["quiet"][verdict.why])
        return AskReply(advice=advice, trap=trap, situations=situations)

    def _show(
        self,
        answered: Answered,
        trap: Trap | None,
        situations: tuple[str, ...],
        rules: WorkspaceRules,
    ) -> AskReply:
        """Return what a model's answer says, or what to say if it sees nothing to coach."""
        match answered.kind:
            case AnswerKind.PEOPLE:
                line = self._people.answer(MatterKind.DISTRESS, rules.strings, rules.help_contact)
                return AskReply(line=line, is_small_talk=True)
            case AnswerKind.DANGER:
                line = self._people.answer(MatterKind.SELF_HARM, rules.strings, rules.help_contact)
                return AskReply(line=line, is_small_talk=True)
            case AnswerKind.NOTHING:
                return AskReply(line=rules.strings["advice"]["nothing_to_coach"])
        return AskReply(advice=answered.advice, trap=trap, situations=situations)

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
