"""The door: what happens while Slack waits for the acknowledgement.

One look in memory and at most one insert. Ordinary words are seen, and forgotten with the call.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from bot.core.model import Audience, Deleted, Edited, Ignored, Message, Reason
from bot.core.policy import Limits
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock, Detector, Inbox

log = logging.getLogger(__name__)

_GONE = "9999999999.999999"  # a deletion is later than any edit


class Notice:
    """Looks at each message once, and stores the few that deserve a decision.

    Args:
        detector: its gate decides what is suspicious.
        inbox: where suspects go.
        chat: asked who reads the channel, for suspects only.
        clock: Unix seconds.
        limits: settling time and the age beyond which nothing is coached.
        watched: whether a channel id is to be watched at all.
        wake: called after an insert, so that the worker need not poll.
    """

    def __init__(
        self,
        detector: Detector,
        inbox: Inbox,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        watched: Callable[[str], bool],
        wake: Callable[[], None],
    ) -> None:
        self._detector = detector
        self._inbox = inbox
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._watched = watched
        self._wake = wake
        self._settling: Counter[tuple[str, str, str]] = Counter()

    async def remember(self) -> None:
        """After a start: learn whose messages are still settling."""
        self._settling = Counter(await self._inbox.settling())

    async def hear(self, heard: Message | Edited | Deleted | Ignored) -> Reason | None:
        """One thing that came from a channel.

        Returns:
            Why nothing was kept, or None where something was stored or changed.

        Raises:
            Whatever the store raises: then there is no acknowledgement, and Slack sends it again.
        """
        match heard:
            case Ignored(reason):
                return reason
            case Message():
                return await self._message(heard)
            case Edited(message, before):
                return await self._edited(message, before)
            case Deleted():
                return await self._deleted(heard)

    def settled(self, message: Message) -> None:
        """The worker is done with a message; its author has nothing left to take back."""
        place = (message.team, message.channel, message.author)
        self._settling[place] -= 1
        if self._settling[place] <= 0:
            del self._settling[place]

    async def _message(self, message: Message) -> Reason | None:
        if not self._watched(message.channel):
            return Reason.NOT_WATCHED
        place = (message.team, message.channel, message.author)
        if place in self._settling and self._detector.takes_back(message.text):
            taken = await self._inbox.second_thoughts(*place, now=self._clock())
            if taken:
                del self._settling[place]
                self._wake()
                return None
        if not await self._detector.suspects(message.text):
            return Reason.ORDINARY
        now = self._clock()
        if now - message.sent_at > self._limits.too_old_seconds:
            return Reason.TOO_OLD
        if reason := await self._readers(message.channel):
            return reason
        if await self._inbox.accept(message, due_at=now + self._limits.settle_seconds, now=now):
            self._settling[place] += 1
            self._wake()
        return None

    async def _edited(self, message: Message, before: str | None) -> Reason | None:
        if not self._watched(message.channel):
            return Reason.NOT_WATCHED
        now = self._clock()
        if await self._detector.suspects(message.text):
            if now - message.sent_at > self._limits.too_old_seconds:
                return Reason.TOO_OLD
            if reason := await self._readers(message.channel):
                return reason
            await self._inbox.amend(message, due_at=now + self._limits.settle_seconds, now=now)
            self._wake()
            return None
        if before is not None and not await self._detector.suspects(before):
            return Reason.ORDINARY
        await self._withdraw(message, message.version, Reason.WITHDRAWN_BY_EDIT, now)
        return None

    async def _deleted(self, deleted: Deleted) -> Reason | None:
        if not self._watched(deleted.channel):
            return Reason.NOT_WATCHED
        if deleted.before is not None and not await self._detector.suspects(deleted.before):
            return Reason.ORDINARY
        await self._withdraw(deleted, _GONE, Reason.DELETED, self._clock())
        return None

    async def _withdraw(
        self, what: Message | Deleted, version: str, reason: Reason, now: float
    ) -> None:
        await self._inbox.withdraw(
            what.team,
            what.channel,
            what.ts,
            event_id=what.event_id,
            version=version,
            reason=reason,
            now=now,
        )
        self._wake()

    async def _readers(self, channel: str) -> Reason | None:
        """Silence, with nothing stored, where outsiders read or nobody can tell.

        Slack is waiting for the acknowledgement meanwhile, so the answer must come soon.
        """
        try:
            async with asyncio.timeout(self._limits.readers_within_seconds):
                audience = await self._chat.audience(channel)
        except (ChatRefused, ChatBusy, ChatDown, TimeoutError) as failure:
            log.warning("channel=%s readers unknown: %s", channel, failure or "no answer in time")
            return Reason.VISIBILITY_UNKNOWN
        if audience is Audience.OUTSIDERS:
            return Reason.OUTSIDERS_READ
        return None if audience is Audience.COLLEAGUES else Reason.VISIBILITY_UNKNOWN
