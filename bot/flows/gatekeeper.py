"""Asks the gate about a queued message: what its reader wants and where they are now."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.gate import Passage, SendNow, Skip, Unprompted
from bot.core.model import Person, Reason
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.house_rules import HouseRules
from bot.flows.ports.chat import Chat
from bot.flows.ports.circumstances import Circumstances
from bot.flows.ports.findings import NudgeRecord
from bot.flows.ports.outbox import QUESTIONS, OutgoingMessage
from bot.flows.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true of a queued message right before it is posted.

    Attributes:
        rules: in force in its workspace. chosen: for its channel, and by its reader.
        nudge: the decision that it comes from; None for what is no question, or was forgotten.
        is_channel_told: whether the notice that it waits for came to something, if there is one.
    """

    rules: WorkspaceRules
    chosen: Circumstances
    nudge: NudgeRecord | None
    is_channel_told: bool


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

    async def look(self, uow: UnitOfWork, message: OutgoingMessage) -> Standing | None:
        """Return what may have changed since a message was queued; None if nothing could keep it
        back: it answers somebody, or goes to a whole channel.

        Args:
            uow: the transaction that notes the try, so nobody opts out in between.
            message: as it was queued.
        """
        is_question = message.kind in QUESTIONS
        if not is_question and (message.unprompted is None or not message.recipient_id):
            return None
        workspace_id, nudge, is_told = message.workspace_id, None, True
        if is_question:
            key = message.content.get("nudge_key", message.key)
            nudge = await uow.findings.nudge(workspace_id, key)
            if message.about_key:
                is_told = await uow.outbox.is_live(workspace_id, message.about_key)
        trap = nudge.trap if nudge is not None else None
        chosen = await uow.circumstances.of(
            workspace_id, message.channel_id, message.recipient_id, trap
        )
        return Standing(self._rules.in_force(chosen.choices), chosen, nudge, is_told)

    def check(
        self,
        message: OutgoingMessage,
        reader: Person | None,
        standing: Standing | None,
        *,
        now: float,
        enqueued_at: float,
    ) -> Passage:
        """Return whether a queued message may be posted now.

        Args:
            message: as it was queued.
            reader: as ``reader`` has returned them. standing: as ``look`` has.
            now: Unix seconds.
            enqueued_at: when it was queued, Unix seconds; its due time if it names none.
        """
        kind = message.unprompted
        if kind is None or reader is None or standing is None:
            return SendNow()
        if kind is Unprompted.NUDGE and not standing.is_channel_told:
            return Skip(Reason.CHANNEL_PAUSED)  # the channel could not be told
        return standing.rules.gate.check(
            kind,
            reader,
            standing.chosen.preferences,
            now=now,
            due_at=enqueued_at if message.due_at is None else message.due_at,
            muted_until=standing.chosen.muted_until,
        )
