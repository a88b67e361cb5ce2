"""Asks the gate about a queued message: what its reader wants and where they are now."""

from __future__ import annotations

from bot.core.gate import Gate, Passage, SendNow, Skip, Unprompted
from bot.core.model import Person, Reason
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.house_rules import HouseRules
from bot.flows.ports.chat import Chat
from bot.flows.ports.outbox import OutgoingMessage
from bot.flows.ports.unit_of_work import UnitOfWork


class Gatekeeper:
    """Decides right before a message is posted whether it may still go out.

    Args:
        chat: asked who the reader is. rules: of each workspace.
    """

    def __init__(self, *, chat: Chat, rules: HouseRules) -> None:
        self._chat = chat
        self._rules = rules

    def latest(self, message: OutgoingMessage, *, enqueued_at: float) -> float | None:
        """Return until when a message may still come, Unix seconds; None if it answers somebody."""
        if message.unprompted is None:
            return None
        due_at = enqueued_at if message.due_at is None else message.due_at
        return self._rules.house.gate.latest(message.unprompted, due_at)

    async def reader(self, message: OutgoingMessage) -> Person | None:
        """Ask Slack who and where the reader of something unprompted is now; None if the gate has
        no say: it answers somebody, or goes to a whole channel.

        Raises:
            SlackCallError: Slack doesn't say.
        """
        if message.unprompted is None or not message.recipient_id:
            return None
        return await self._chat.person(message.workspace_id, message.recipient_id)

    async def rules(self, uow: UnitOfWork, message: OutgoingMessage) -> WorkspaceRules:
        """Return the rules in force where a message goes."""
        return await self._rules.of(uow, message.workspace_id)

    async def check(
        self,
        uow: UnitOfWork,
        message: OutgoingMessage,
        reader: Person | None,
        gate: Gate,
        *,
        now: float,
        enqueued_at: float,
    ) -> Passage:
        """Return whether a queued message may be posted now.

        Args:
            uow: the transaction that notes the try, so nobody opts out in between.
            message: as it was queued.
            reader: as ``reader`` has returned them. gate: of the workspace, from ``rules``.
            now: Unix seconds.
            enqueued_at: when it was queued, Unix seconds; its due time if it names none.
        """
        kind, reader_id = message.unprompted, message.recipient_id
        if kind is None or reader is None:
            return SendNow()
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
        return gate.check(
            kind, reader, preferences, now=now, due_at=due_at, muted_until=muted_until
        )
