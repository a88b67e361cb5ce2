"""What a seller answers to a nudge changes what the bot does next, at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from string import Template

from bot.core import days
from bot.core.coach import TALK_SECONDS, Coach
from bot.core.model import Delivery, Feedback, More, Person, Trap
from bot.core.policy import DAY, Limits, useless
from bot.core.words import Playbook
from bot.flows.ask import because
from bot.flows.ask_ports import Asks, Channels
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock, People

log = logging.getLogger(__name__)

DOUBLE_CLICK_SECONDS = 3.0


class Answers:
    """Takes the seller's answer down and does what it asks.

    Helpful and Not this time are kept; That's wrong takes the nudge away and keeps this kind of
    question from the seller for a while; Pause keeps the bot still; the rest asks for more. Each is
    one transaction, private answer included, so a double click or a retry changes nothing.

    Args:
        people, asks, channels, chat, clock, limits: the ports and the caps.
        playbook: the words. coach: picks another question.
        probation: how an admin is told that a trap keeps still: (trap, not useful, ratings).
        admins: who is told; empty for those who invited the bot.
        wake_delivery: called when something lies in the outbox.
    """

    def __init__(
        self,
        *,
        people: People,
        asks: Asks,
        channels: Channels,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        coach: Coach,
        probation: Callable[[Trap, int, int], Mapping[str, str]],
        admins: frozenset[str],
        wake_delivery: Callable[[], None],
    ) -> None:
        self._people = people
        self._asks = asks
        self._channels = channels
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._playbook = playbook
        self._coach = coach
        self._probation = probation
        self._admins = admins
        self._wake_delivery = wake_delivery

    async def answer(self, key: str, user: str, feedback: Feedback) -> bool:
        """One press of a button.

        Args:
            key: of the nudge. user: who pressed. feedback: which button.

        Returns:
            Whether it was this person's to press.
        """
        now = self._clock()
        pause_until = now + self._limits.pause_days * DAY
        words = {str(f): self._playbook.say("feedback", f) for f in Feedback}
        if feedback is Feedback.PAUSE:
            words[feedback] = Template(words[feedback]).substitute(
                until=await self._day(user, pause_until)
            )
        words["only_author"] = self._playbook.say("feedback", "only_author")
        kept = await self._people.answer(
            key,
            user,
            feedback,
            now=now,
            words=words,
            mute_until=now + self._limits.mute_days * DAY,
            pause_until=pause_until,
        )
        if kept in (Feedback.NOT_THIS_TIME, Feedback.WRONG):
            await self._review(key, now)
        self._wake_delivery()
        log.info("post=%s feedback=%s kept=%s", key, feedback, kept is not None)
        return kept is not None

    async def more(self, key: str, user: str, wanted: More) -> bool:
        """Another question, why this one, only privately, or into the thread.

        Returns:
            Whether it was this person's to press.
        """
        nudge = await self._people.nudged(key)
        if nudge is None:
            return False
        now, mine = self._clock(), nudge.author == user
        question_id, delivery = None, None
        if not mine:
            about, line = "only_author", self._playbook.say("feedback", "only_author")
        elif wanted is More.TO_THREAD:
            line = self._playbook.say("feedback", "to_thread")
            await self._people.to_thread(key, line, now=now)
            self._wake_delivery()
            return True
        elif wanted is More.PRIVATELY:
            about, line = str(wanted), self._playbook.say("feedback", wanted)
            delivery = Delivery.PRIVATE
        elif wanted is More.WHY:
            sentence = self._playbook.say("feedback", wanted)
            about, line = str(wanted), because(self._playbook, nudge.trap, sentence)
        else:
            about = str(wanted)
            question_id, line = await self._another(nudge.trap, nudge.scenes, nudge.team, user, key)
        told = await self._people.tell(
            key,
            user,
            about,
            line,
            now=now,
            gap_seconds=DOUBLE_CLICK_SECONDS,
            question_id=question_id,
            delivery=delivery,
        )
        self._wake_delivery()
        log.info("post=%s more=%s told=%s", key, wanted, told)
        return mine

    async def label(self, key: str, user: str, reason: str, words: str) -> str:
        """What was wrong, in the person's own choice and words; the line to say thank you with."""
        await self._people.label(key, user, reason=reason, words=words, now=self._clock())
        log.info("post=%s reason=%s words=%s", key, reason, bool(words))
        return self._playbook.say("feedback", "told_why")

    async def pause(self, team: str, user: str, seconds: float) -> str:
        """A longer pause, in seconds; infinity until the person resumes. Returns what to say."""
        until = days.until(self._clock(), seconds)
        await self._people.pause(team, user, until=until)
        log.info("a seller paused")
        if until >= days.FOR_EVER:
            return self._playbook.say("feedback", "pause_open")
        line = self._playbook.say("feedback", "pause")
        return Template(line).substitute(until=await self._day(user, until))

    async def resume(self, team: str, user: str) -> str:
        """The seller wants the bot back before the pause ends. Returns what to say."""
        await self._people.resume(team, user, now=self._clock())
        log.info("a seller resumed")
        return self._playbook.say("feedback", "resumed")

    async def _another(
        self, trap: Trap | None, scenes: tuple[str, ...], team: str, user: str, key: str
    ) -> tuple[str | None, str]:
        asked = await self._asks.asked(team, user)
        question = self._coach.another(
            trap, scenes, asked=asked, now=self._clock(), key=key, at_least=TALK_SECONDS
        )
        if question is None:
            return None, self._playbook.say("feedback", "no_more")
        line = Template(self._playbook.say("feedback", "another")).substitute(
            question=question.text
        )
        return question.id, line

    async def _review(self, key: str, now: float) -> None:
        """A kind of question that too many found not useful keeps still from now on."""
        nudge = await self._people.nudged(key)
        if nudge is None or nudge.trap is None:
            return
        trap = nudge.trap
        put = await self._channels.review(
            nudge.team,
            trap,
            useless=lambda bad, rated: useless(bad, rated, self._limits),
            told=lambda bad, rated: self._probation(trap, bad, rated),
            admins=sorted(self._admins) or await self._channels.inviters(nudge.team),
            now=now,
        )
        if put:
            log.warning("trap=%s is on probation: too many found it not useful", trap)

    async def _day(self, user: str, at: float) -> str:
        """A day in the seller's own calendar, such as ``Tue 1 December``."""
        try:
            person = await self._chat.person(user)
        except (ChatRefused, ChatBusy, ChatDown):
            person = Person(user, zone=None, offset=0, colleague=True)
        return days.day(at, person, self._playbook.voice["time"])
