"""Posts to Slack, and tells the telemetry how it went."""

from __future__ import annotations

from bot.flows.nudge_messages import asked_about_at
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import ClaimedMessage
from bot.flows.ports.telemetry import ReplyKind, Telemetry


class WatchedPosts:
    """Carries out what the outbox holds.

    Args:
        chat, clock: the ports. telemetry: is told what was sent, and what was not.
    """

    def __init__(self, chat: Chat, clock: Clock, telemetry: Telemetry) -> None:
        self._chat = chat
        self._clock = clock
        self._telemetry = telemetry

    async def post(self, claimed: ClaimedMessage) -> str:
        """Post a message and return its ts, as ``Chat.post`` does.

        Raises:
            What ``Chat.post`` raises.
        """
        is_sent = False
        try:
            ts = await self._chat.post(claimed)
            is_sent = True
        finally:
            self._telemetry.post_ended(is_sent=is_sent)
        if (asked_at := asked_about_at(claimed.message.key)) is not None:
            self._telemetry.reply_sent(ReplyKind.QUESTION, self._clock() - asked_at)
        return ts
