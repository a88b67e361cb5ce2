"""Posts to Slack, and tells the telemetry how it went."""

from __future__ import annotations

from bot.flows.nudge_messages import asked_about_at
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import ClaimedMessage, OutgoingMessage
from bot.flows.ports.telemetry import ReplyKind, Stage, Telemetry
from bot.flows.work_context import trace_of


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
        is_sent, began = False, self._clock()
        try:
            ts = await self._chat.post(claimed)
            is_sent = True
        finally:
            self._telemetry.post_ended(is_sent=is_sent)
            self._note_question(claimed.message, began, is_sent=is_sent)
        return ts

    def _note_question(self, message: OutgoingMessage, began: float, *, is_sent: bool) -> None:
        """Tell of a post that answers a message, which is a question."""
        asked_at, now = asked_about_at(message.key), self._clock()
        if asked_at is None:
            return
        trace_id = trace_of(message.workspace_id, message.key)
        self._telemetry.stage_ended(Stage.POST, trace_id, now - began, is_ok=is_sent)
        if is_sent:
            self._telemetry.reply_sent(ReplyKind.QUESTION, now - asked_at)
