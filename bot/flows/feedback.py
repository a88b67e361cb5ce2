"""What a seller answers to a nudge changes what the bot does next, at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from enum import StrEnum
from string import Template
from typing import Any

from bot.core import durations
from bot.core.coach import Coach
from bot.core.model import NOT_USEFUL, Delivery, Feedback, More, Person
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, day_start
from bot.flows.article_credit import explain_question
from bot.flows.house_rules import HouseRules
from bot.flows.nudge_messages import (
    line_about,
    reject_other_user,
    take_away,
    thread_copy_key,
)
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.findings import NudgeRecord
from bot.flows.ports.people import WrongLabel
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.probation import ProbationFlow
from bot.flows.turn_to_people import TurnToPeople

log = logging.getLogger(__name__)


class Press(StrEnum):
    """What a press on a button of a nudge met.

    ``UNKNOWN``: nothing is known of the nudge any more, because it is too old or its author was
    forgotten. ``MESSAGE_DELETED``: it was taken, but the message that the nudge answers is gone.
    """

    TAKEN = "taken"
    NOT_THEIRS = "not_theirs"
    UNKNOWN = "unknown"
    MESSAGE_DELETED = "message_deleted"


class FeedbackHandler:
    """Takes the seller's feedback and does what it asks.

    Helpful and Not this time are kept. That's wrong takes the nudge away and mutes this trap for
    the seller. Pause keeps the bot quiet. Each is one transaction, the private line included, so a
    double click or a retry changes nothing.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
        probation: reviews a trap after each bad rating.
        people: answers what is a matter for people.
        playbook: the words. coach: picks another question.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        probation: ProbationFlow,
        people: TurnToPeople,
        playbook: Playbook,
        coach: Coach,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._probation = probation
        self._people = people
        self._playbook = playbook
        self._coach = coach
        self._wake_delivery = wake_delivery

    async def record_feedback(
        self, workspace_id: str, key: str, user_id: str, feedback: Feedback
    ) -> Press:
        """Take one press of a feedback button.

        Args:
            workspace_id: Slack's team id.
            key: of the nudge.
            user_id: who pressed.
            feedback: which button.

        Returns:
            What the press met.
        """
        now = self._clock()
        pause_until = now + self._limits.pause_days * DAY
        person = Person.unknown(user_id)
        if feedback is Feedback.PAUSE:  # asks Slack for the time zone, so before the transaction
            within = self._limits.audience_within_seconds
            person = await person_or_unknown(
                self._chat, workspace_id, user_id, within_seconds=within
            )
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, user_id)  # not while this person is forgotten
            nudge = await uow.findings.nudge(workspace_id, key)
            if nudge is None:
                return Press.UNKNOWN
            if nudge.author_id != user_id:
                strings = await self._rules.strings(uow, workspace_id)
                await reject_other_user(uow, nudge, user_id, strings, now=now)
            elif await self._is_news(uow, nudge, feedback, now):
                await self._apply(uow, nudge, feedback, person, now, pause_until)
        self._wake_delivery()
        log.info("workspace=%s nudge=%s feedback=%s", workspace_id, key, feedback)
        return _met(nudge, user_id)

    async def give_more(self, workspace_id: str, key: str, user_id: str, wanted: More) -> Press:
        """Give another question, say why this one, or go private.

        Returns:
            What the press met. Who wants to be coached privately is, even if nothing is known of
            the nudge any more.
        """
        now = self._clock()
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, user_id)  # not while this person is forgotten
            nudge = await uow.findings.nudge(workspace_id, key)
            if nudge is None:
                if wanted is More.PRIVATELY:
                    await uow.people.update(workspace_id, user_id, delivery=Delivery.PRIVATE)
                return Press.UNKNOWN
            if nudge.author_id != user_id:
                strings = await self._rules.strings(uow, workspace_id)
                await reject_other_user(uow, nudge, user_id, strings, now=now)
            elif not await self._is_double_click(uow, nudge, user_id, wanted, now):
                await self._give(uow, nudge, wanted, now)
        self._wake_delivery()
        log.info("workspace=%s nudge=%s more=%s", workspace_id, key, wanted)
        return _met(nudge, user_id)

    async def private_words(self, workspace_id: str, key: str) -> Mapping[str, Any] | None:
        """Return the words of a nudge that only its author saw, as the outbox keeps them; None if
        it was for everybody, or nothing is known of it any more."""
        async with self._store.look() as uow:
            nudge = await uow.findings.nudge(workspace_id, key)
            if nudge is None or not nudge.is_private:
                return None
            content, drafted = await uow.outbox.contents_of(workspace_id, key)
        return drafted or content

    async def keeps_words(self) -> bool:
        """Return whether words about what was wrong can be kept, so whether to ask for them."""
        async with self._store.look() as uow:
            return uow.people.keeps_words

    async def explain_wrong(
        self, workspace_id: str, key: str, user_id: str, *, reason: str, words: str
    ) -> str:
        """Keep what was wrong, in the person's choice and words; return the line of thanks.

        Words about a matter for people are not kept, and the line says where to turn.
        """
        kind = self._people.find(words)
        words = "" if kind is not None else words
        async with self._store.begin() as uow:
            is_kept = await uow.people.explain_label(
                workspace_id,
                key,
                user_id,
                reason=reason,
                words=words,
                now=day_start(self._clock()),
            )
            rules = await self._rules.of(uow, workspace_id)
        log.info("workspace=%s reason=%s words=%s", workspace_id, reason, bool(words))
        if kind is not None:
            return self._people.answer(kind, rules.strings, rules.help_contact)
        return rules.strings["feedback"]["reason_saved" if is_kept else "old"]

    async def _is_news(
        self, uow: UnitOfWork, nudge: NudgeRecord, feedback: Feedback, now: float
    ) -> bool:
        """Keep the feedback; return whether anything follows from it."""
        changed = await uow.findings.set_feedback(nudge.workspace_id, nudge.key, feedback, now=now)
        if feedback is not Feedback.PAUSE:
            return changed
        # A pause works again after a resume; while it lasts, a press does not make it longer.
        chosen = await uow.people.preferences(nudge.workspace_id, nudge.author_id)
        return not chosen.is_paused(now)

    async def _apply(
        self,
        uow: UnitOfWork,
        nudge: NudgeRecord,
        feedback: Feedback,
        author: Person,
        now: float,
        pause_until: float,
    ) -> None:
        workspace_id, author_id = nudge.workspace_id, nudge.author_id
        offer, turn = "", ""
        strings = await self._rules.strings(uow, workspace_id)
        line = strings["feedback"][feedback]
        match feedback:
            case Feedback.HELPFUL:
                chosen = await uow.people.preferences(workspace_id, author_id)
                offer = "reflection" if chosen.weekly_reflection is None else ""
            case Feedback.WRONG:
                await self._take_away(uow, nudge, now)
                span = durations.format_span(self._limits.mute_days, strings["time"])
                line = Template(line).substitute(span=span)
            case Feedback.PAUSE:
                await uow.people.update(workspace_id, author_id, paused_until=pause_until)
                turn = f"-{pause_until:.3f}"
                day = durations.format_day(pause_until, author, strings["time"])
                line = Template(line).substitute(until=day)
        await uow.outbox.enqueue(
            line_about(nudge, author_id, feedback, line, strings, turn=turn, offer=offer), now=now
        )
        if feedback in NOT_USEFUL and nudge.trap is not None:
            await self._probation.review(uow, workspace_id, nudge.trap, now)

    async def _take_away(self, uow: UnitOfWork, nudge: NudgeRecord, now: float) -> None:
        """Mute the trap, keep the label, and delete every posted message that shows the nudge.

        What only its author sees, Slack's own button removes.
        """
        workspace_id, author_id = nudge.workspace_id, nudge.author_id
        if nudge.trap is not None:
            until = now + self._limits.mute_days * DAY
            await uow.people.mute(workspace_id, author_id, nudge.trap, until=until)
        label = WrongLabel(nudge.key, workspace_id, author_id, nudge.trap)
        await uow.people.add_label(label, now=day_start(now))
        posted = [] if nudge.is_private else [nudge.key]
        for key in (*posted, thread_copy_key(nudge.key)):
            await take_away(uow, nudge, key, Feedback.WRONG, now=now)

    async def _give(self, uow: UnitOfWork, nudge: NudgeRecord, wanted: More, now: float) -> None:
        workspace_id, author_id = nudge.workspace_id, nudge.author_id
        strings = await self._rules.strings(uow, workspace_id)
        sentence = strings["feedback"][wanted]
        match wanted:
            case More.PRIVATELY:
                await uow.people.update(workspace_id, author_id, delivery=Delivery.PRIVATE)
                line = sentence
            case More.WHY:
                line = explain_question(self._playbook, nudge.trap, nudge.question_id, sentence)
            case _:
                line = await self._another_question(uow, nudge, sentence, now)
        told = await uow.outbox.enqueued_at(workspace_id, nudge.key, author_id, wanted)
        await uow.outbox.enqueue(
            line_about(nudge, author_id, wanted, line, strings, turn=f"-{len(told)}"), now=now
        )
        await uow.findings.mark_answered(workspace_id, nudge.key, now=now)

    async def _another_question(
        self, uow: UnitOfWork, nudge: NudgeRecord, sentence: str, now: float
    ) -> str:
        workspace_id, author_id = nudge.workspace_id, nudge.author_id
        question = self._coach.requested_question(
            nudge.trap,
            nudge.situations,
            asked=await uow.people.asked_questions(workspace_id, author_id),
            now=now,
            key=nudge.key,
        )
        await uow.people.note_question(workspace_id, author_id, question.id, at=now)
        return Template(sentence).substitute(question=question.text)

    async def _is_double_click(
        self, uow: UnitOfWork, nudge: NudgeRecord, user_id: str, wanted: More, now: float
    ) -> bool:
        told = await uow.outbox.enqueued_at(nudge.workspace_id, nudge.key, user_id, wanted)
        return bool(told) and now - told[-1] < self._limits.double_click_seconds


def _met(nudge: NudgeRecord, user_id: str) -> Press:
    if nudge.author_id != user_id:
        return Press.NOT_THEIRS
    return Press.MESSAGE_DELETED if nudge.message_deleted else Press.TAKEN
