"""What a seller answers to a nudge changes what the bot does next, at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from string import Template

from bot.core.model import Feedback, Person, Playbook
from bot.core.policy import DAY, Limits, zone_of
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock, People

log = logging.getLogger(__name__)


class Answers:
    """Takes the seller's answer down and does what it asks.

    Helpful and Not this time are kept; That's wrong takes the nudge away and keeps this kind of
    question from the seller for a while; Pause keeps the bot still. All of it is one transaction,
    private answer included, so a double click or a retry changes nothing.
    """

    def __init__(
        self,
        *,
        people: People,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._people = people
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._playbook = playbook
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
        self._wake_delivery()
        log.info("post=%s feedback=%s kept=%s", key, feedback, kept is not None)
        return kept is not None

    async def resume(self, team: str, user: str) -> None:
        """The seller wants the bot back before the pause ends."""
        await self._people.resume(team, user)
        log.info("a seller resumed")

    async def _day(self, user: str, at: float) -> str:
        """A day in the seller's own calendar, such as ``Tuesday 1 December``."""
        try:
            person = await self._chat.person(user)
        except (ChatRefused, ChatBusy, ChatDown):
            person = Person(user, zone=None, offset=0, colleague=True)
        local = datetime.fromtimestamp(at, zone_of(person))
        return f"{local:%A} {local.day} {local:%B}"
