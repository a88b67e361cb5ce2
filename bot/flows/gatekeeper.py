"""Asks the gate about a queued message: what its reader wants and where they are now."""

from __future__ import annotations

from bot.core.model import Reason
from bot.core.unprompted import Gate, Passage, SendNow, Skip, Unprompted
from bot.flows.ports.chat import Chat
from bot.flows.ports.outbox import OutgoingMessage
from bot.flows.ports.unit_of_work import Store


class Gatekeeper:
    """Decides right before a message is posted whether it may still go out.

    Args:
        store, chat: the ports. gate: the rules.
    """

    def __init__(self, *, store: Store, chat: Chat, gate: Gate) -> None:
        self._store = store
        self._chat = chat
        self._gate = gate

    def latest(self, message: OutgoingMessage, *, enqueued_at: float) -> float | None:
        """Return until when a message may still come, Unix seconds; None if it answers somebody."""
        if message.unprompted is None:
            return None
        due_at = enqueued_at if message.due_at is None else message.due_at
        return self._gate.latest(message.unprompted, due_at)

    async def check(self, message: OutgoingMessage, *, now: float, enqueued_at: float) -> Passage:
        """Return whether a queued message may be posted now.

        What answers somebody, and what goes to a whole channel, passes: who reads a channel is not
        the gate's matter.

        Args:
            message: as it was queued.
            now: Unix seconds.
            enqueued_at: when it was queued, Unix seconds; its due time if it names none.

        Raises:
            SlackCallError: Slack doesn't say who the reader is now.
            StoreUnavailableError: the database can't say what the reader wants.
        """
        kind, reader_id = message.unprompted, message.recipient_id
        if kind is None or not reader_id:
            return SendNow()
        reader = await self._chat.person(message.workspace_id, reader_id)
        async with self._store.begin() as uow:
            preferences = await uow.people.preferences(message.workspace_id, reader_id)
            muted_until = None
            if kind is Unprompted.NUDGE:
                notice_key = message.about_key
                if notice_key and not await uow.outbox.is_live(message.workspace_id, notice_key):
                    return Skip(Reason.CHANNEL_PAUSED)  # the channel could not be told
                nudge = await uow.findings.nudge(message.workspace_id, message.key)
                if nudge is not None and nudge.trap is not None:
                    muted_until = await uow.people.muted_until(
                        message.workspace_id, reader_id, nudge.trap
                    )
        due_at = enqueued_at if message.due_at is None else message.due_at
        return self._gate.check(
            kind, reader, preferences, now=now, due_at=due_at, muted_until=muted_until
        )
