"""Answers a message of a test with what the bot makes of it. Nothing about it stays or counts."""

from __future__ import annotations

import asyncio
import logging
from string import Template

from bot.core.coach import Coach
from bot.core.guard import Guard
from bot.core.matters_for_people import MattersForPeople
from bot.core.model import Delivery, Message, Reason, Reply, Verdict
from bot.core.nudge_policy import why_quiet
from bot.core.score_digits import score_and_threshold
from bot.core.situations import no_deal_to_ask_about
from bot.flows.candidate_endings import CandidateEndings, named
from bot.flows.channel_tests import ChannelTests, Place, line_for, quiet_line
from bot.flows.errors import SlackCallError
from bot.flows.house_rules import HouseRules
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector
from bot.flows.ports.inbox import Candidate
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)

_BY_SCORE = (Reason.NO_TRAP, Reason.NOT_SURE, Reason.ORDINARY)
"""The silences that a higher score would have ended, unless it was high enough already."""


class ChannelTestAnswers:
    """Reads what a test has stored, and answers it.

    Caps, cool-down, quiet hours and what was asked before don't matter here; how sure the bot is
    does, and what it never speaks to. Which questions a test has shown is remembered in memory, so
    that none is repeated before the others that fit.

    Args:
        store, detector, chat, clock: the ports. rules: of each workspace.
        tests: knows which messages belong to one.
        endings: gives a message back if Slack fails.
        coach, guard, matters: the words, and what none are for.
    """

    def __init__(
        self,
        *,
        store: Store,
        detector: Detector,
        rules: HouseRules,
        chat: Chat,
        clock: Clock,
        tests: ChannelTests,
        endings: CandidateEndings,
        coach: Coach,
        guard: Guard,
        matters: MattersForPeople,
    ) -> None:
        self._store = store
        self._detector = detector
        self._rules = rules
        self._chat = chat
        self._clock = clock
        self._tests = tests
        self._endings = endings
        self._coach = coach
        self._guard = guard
        self._matters = matters
        self._shown: dict[Place, dict[str, float]] = {}

    async def answer(self, candidate: Candidate) -> bool:
        """Answer a message and forget it. False: it belongs to no test, or no longer."""
        message = candidate.message
        if not await self._tests.covers(message):
            return False
        try:
            line, question_id = await self._line(message)
        except SlackCallError as failure:
            log.warning("%s slack failed: %s", named(message), failure)
            await self._endings.retry_later(candidate, failure)
            return True
        async with self._store.begin() as uow:
            if await uow.inbox.discard(candidate):
                await uow.outbox.enqueue(line_for(message, line), now=self._clock())
        if question_id:
            self._shown.setdefault(_place(message), {})[question_id] = self._clock()
        log.info("%s answered in a test", named(message))
        return True

    async def _line(self, message: Message) -> tuple[str, str]:
        """Return the question that fits, or why there is none, with the score; and its id."""
        turns = await self._chat.preceding_messages(
            message.workspace_id, message.channel_id, message.thread_ts, message.ts
        )
        context = [turn.text for turn in turns]
        async with self._store.begin() as uow:
            rules = await self._rules.of(uow, message.workspace_id)
            channel = await uow.channels.settings(message.workspace_id, message.channel_id)
        if any(before in self._matters for before in context):
            return quiet_line(rules.strings, Reason.NEVER_COACH), ""
        detector = self._detector if rules.uses_model else self._detector.without_model
        verdict = await detector.classify(message.workspace_id, message.text, context)
        is_candidate = detector.is_candidate(message.text)
        outcome = await self._outcome(message, verdict, is_candidate=is_candidate)
        threshold = detector.speak_threshold
        score, enough = score_and_threshold(verdict.score, threshold or 0.0)
        values = {"score": score, "threshold": enough}
        if isinstance(outcome, Reply):
            key, values["question"] = "asks", outcome.text
        else:
            key, values["reason"] = "quiet", rules.strings["quiet"][outcome]
        if threshold is not None and (verdict.score >= threshold) == (key == "asks"):
            key += "_scored" if key == "asks" or outcome in _BY_SCORE else ""
        line = Template(rules.strings["test"][key]).substitute(values)
        if not isinstance(outcome, Reply):
            return line, ""
        if (channel.delivery or rules.limits.delivery) is Delivery.OBSERVE:
            line = f"{line} {rules.strings['test']['only_counts']}"
        return line, outcome.question_id

    async def _outcome(
        self, message: Message, verdict: Verdict, *, is_candidate: bool
    ) -> Reason | Reply:
        """Return what would be asked if it were the first time, in the playbook's words; or why
        nothing would be."""
        reason = why_quiet(verdict, is_candidate=is_candidate)
        if reason or verdict.trap is None:
            return reason or Reason.NO_TRAP
        situations = await asyncio.to_thread(self._coach.find_situations, message.text)
        if reason := no_deal_to_ask_about(message.text, situations):
            return reason
        reply = self._coach.choose_reply(
            verdict.trap,
            situations,
            asked={},
            asked_here=self._shown_lately(message),
            now=self._clock(),
            key=f"{message.channel_id}/{message.ts}",
        )
        if reply is None or self._guard.violations(reply):
            return Reason.NO_QUESTION_LEFT
        return reply

    def _shown_lately(self, message: Message) -> dict[str, float]:
        """Return when this test showed each question, and forget tests that are over."""
        since = self._clock() - self._rules.limits.test_seconds
        for place, shown in list(self._shown.items()):
            if max(shown.values()) <= since:
                del self._shown[place]
        return self._shown.get(_place(message), {})


def _place(message: Message) -> Place:
    return (message.workspace_id, message.channel_id, message.author_id)
