"""A person's own controls: pause, settings, what was decided and why, and being forgotten."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from string import Template
from typing import Any

from bot.core import days
from bot.core.model import Delivery, Person, Reason, Wishes
from bot.core.policy import WEEK, Limits
from bot.core.words import Playbook
from bot.flows.ask_ports import Channels, Decided, Record, Watched
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock, People

log = logging.getLogger(__name__)

DECISIONS = 10
NUDGES = 5
COUNTED_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Told:
    """One decision as its author reads it: when and where, and the question or the reason."""

    when: str
    channel: str
    question: str
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand for one person, for Home.

    Attributes:
        until: the last day of a pause; empty for one without an end, None where there is none.
        only_on_demand: no unasked questions. first: Home was never opened before.
        nudges: the latest questions. kept: how many decisions are kept.
    """

    wishes: Wishes
    limits: Limits
    until: str | None
    only_on_demand: bool
    first: bool
    nudges: tuple[Told, ...]
    kept: int


class Controls:
    """What a person can set, see and erase.

    Args:
        record, people, channels, chat, clock, limits: the ports and the caps.
        playbook: the words. admins: who may choose for every channel.
    """

    def __init__(
        self,
        *,
        record: Record,
        people: People,
        channels: Channels,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        admins: frozenset[str],
    ) -> None:
        self._record = record
        self._people = people
        self._channels = channels
        self._chat = chat
        self._clock = clock
        self.limits = limits
        self._playbook = playbook
        self._admins = admins
        known = [q for words in playbook.traps.values() for q in words.questions]
        self._questions = {q.id: q.text for q in (*known, *playbook.open.questions)}

    async def pause(self, team: str, user: str, text: str) -> str:
        """``/reframe pause`` and for how long; returns what to say."""
        seconds = days.span(text)
        if seconds is None:
            return self._playbook.say("command", "span")
        until = days.until(self._clock(), seconds)
        await self._people.pause(team, user, until=until)
        if until >= days.FOR_EVER:
            return self._playbook.say("command", "paused_open")
        person = await self._person(user)
        day = days.day(until, person, self._playbook.voice["time"])
        return Template(self._playbook.say("command", "paused")).substitute(until=day)

    async def resume(self, team: str, user: str) -> str:
        """``/reframe resume``; returns what to say."""
        await self._people.resume(team, user, now=self._clock())
        return self._playbook.say("command", "resumed")

    async def why(self, team: str, user: str) -> list[Told]:
        """The last ten decisions about the person's own messages, silence included."""
        found = await self._record.decisions(team, user, DECISIONS)
        return await self._told(user, found)

    async def wishes(self, team: str, user: str) -> Wishes:
        """What the person has chosen."""
        return await self._record.wishes(team, user)

    async def wish(self, team: str, user: str, **changes: Any) -> None:
        """Changes what the person has chosen; the names are those of ``Wishes``."""
        await self._record.wish(team, user, **changes)
        log.info("a seller changed %s", ", ".join(sorted(changes)))

    async def forget(self, team: str, user: str) -> str:
        """Erases all that is kept about the person; returns what to say."""
        count, paused = await self._record.erase(team, user, now=self._clock())
        log.info("a seller is forgotten: %d rows", count)
        key = "forgotten_paused" if paused else "forgotten"
        return Template(self._playbook.say("record", key)).substitute(count=count)

    async def uninstalled(self, team: str) -> None:
        """The app was removed from a workspace, or its token taken back: nothing is kept of it."""
        count = await self._record.erase_team(team)
        log.warning("team=%s is gone, and so is all that was kept of it: %d rows", team, count)

    async def standing(self, team: str, user: str, *, opened: bool = False) -> Standing:
        """How things stand for the person; that Home was ``opened`` once is remembered."""
        now = self._clock()
        wishes = await self._record.wishes(team, user)
        nudges = await self._record.nudges(team, user, NUDGES)
        kept = await self._record.decisions(team, user, 1_000)
        if opened and not wishes.greeted:
            await self._record.wish(team, user, greeted=True)
        until = None
        if wishes.paused_until and wishes.paused_until > now:
            person = await self._person(user)
            open_end = wishes.paused_until >= days.FOR_EVER
            words = self._playbook.voice["time"]
            until = "" if open_end else days.day(wishes.paused_until, person, words)
        return Standing(
            wishes=wishes,
            limits=self.limits,
            until=until,
            only_on_demand=wishes.daily_limit == 0,
            first=not wishes.greeted,
            nudges=tuple(await self._told(user, nudges)),
            kept=len(kept),
        )

    async def watched(self, team: str, channel: str) -> Watched:
        """How a channel is watched, with counts of the last four weeks."""
        since = self._clock() - COUNTED_WEEKS * WEEK
        return await self._channels.channel(team, channel, since=since)

    async def may_choose(self, team: str, channel: str, user: str) -> bool:
        """Whether this person chooses how a channel is watched: an admin, or who invited the bot
        where no admin is named."""
        if self._admins:
            return user in self._admins
        return (await self.watched(team, channel)).inviter == user

    async def watch(self, team: str, channel: str, user: str, delivery: Delivery) -> bool:
        """Chooses how a channel is watched. False: it is not this person's to choose."""
        if not await self.may_choose(team, channel, user):
            return False
        await self._channels.watch(team, channel, delivery)
        log.info("channel=%s delivery=%s", channel, delivery)
        return True

    async def _told(self, user: str, decided: list[Decided]) -> list[Told]:
        if not decided:
            return []
        person = await self._person(user)
        words = self._playbook.voice["time"]
        return [
            Told(
                when=days.moment(d.at, person, words),
                channel=d.channel,
                question=self._questions.get(d.question_id or "", ""),
                reason=self._playbook.say("quiet", d.reason or Reason.FAILED),
            )
            for d in decided
        ]

    async def _person(self, user: str) -> Person:
        try:
            return await self._chat.person(user)
        except (ChatRefused, ChatBusy, ChatDown):
            return Person(user, zone=None, offset=0, colleague=True)
