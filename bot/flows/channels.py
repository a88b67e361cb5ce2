"""The bot comes into a channel: a modest hello to who invited it, one line for the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from bot.core.model import Audience, Trap
from bot.flows.ask_ports import Channels
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock

log = logging.getLogger(__name__)


class Arrivals:
    """Says hello, and lets a kind of question speak again.

    Args:
        channels, chat, clock: the ports.
        hello: lays out what the inviter is told: (channel, whether it may speak there).
        notice: lays out the line for the channel. watched: whether a channel is watched at all.
        admins: who may let a kind speak again; empty for those who invited the bot.
        wake_delivery: called when something lies in the outbox.
    """

    def __init__(
        self,
        *,
        channels: Channels,
        chat: Chat,
        clock: Clock,
        hello: Callable[[str, bool], Mapping[str, str]],
        notice: Callable[[], Mapping[str, str]],
        watched: Callable[[str], bool],
        admins: frozenset[str],
        wake_delivery: Callable[[], None],
    ) -> None:
        self._channels = channels
        self._chat = chat
        self._clock = clock
        self._hello = hello
        self._notice = notice
        self._watched = watched
        self._admins = admins
        self._wake_delivery = wake_delivery

    async def invited(self, team: str, channel: str, inviter: str, event_id: str) -> bool:
        """Someone invited the bot. False: known already, or not a channel that is watched.

        Raises:
            StoreDown: nothing was stored, so it must not be acknowledged.
        """
        if not self._watched(channel):
            return False
        try:
            colleagues = await self._chat.audience(channel) is Audience.COLLEAGUES
        except (ChatRefused, ChatBusy, ChatDown) as failure:
            log.warning("channel=%s readers unknown: %s", channel, failure)
            colleagues = False
        new = await self._channels.invited(
            team,
            channel,
            inviter=inviter,
            key=event_id,
            notice=self._notice() if colleagues else None,
            hello=self._hello(channel, colleagues),
            now=self._clock(),
        )
        if new:
            self._wake_delivery()
            log.info("channel=%s invited, open to colleagues only: %s", channel, colleagues)
        return new

    async def clear(self, team: str, trap: Trap, user: str) -> bool:
        """Lets a kind of question speak again. False: it is not this person's to decide."""
        allowed = self._admins or frozenset(await self._channels.inviters(team))
        if user not in allowed:
            return False
        await self._channels.clear(team, trap, now=self._clock())
        log.info("trap=%s may speak again", trap)
        return True
