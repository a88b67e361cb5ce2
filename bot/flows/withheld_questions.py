"""Why a question that was decided on is not posted any more."""

from __future__ import annotations

from bot.core.model import Delivery, Reason
from bot.core.nudge_policy import channel_silence
from bot.core.policy import Limits
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.unit_of_work import UnitOfWork

_QUESTIONS = (MessageKind.NUDGE, MessageKind.EPHEMERAL_NUDGE)
_PRIVATE_SINCE = "private_since"  # for a public question of somebody who wants none any more


async def why_withheld(
    uow: UnitOfWork, message: OutgoingMessage, limits: Limits, *, now: float
) -> str | None:
    """Return why a question may not be posted any more: what its author has done since.

    Args:
        uow: an open transaction. message: any; only questions are withheld.
        limits: with the workspace's delivery. now: Unix seconds.
    """
    if message.kind not in _QUESTIONS:
        return None
    workspace_id, author_id = message.workspace_id, message.recipient_id
    key = message.content.get("nudge_key", message.key)
    nudge = await uow.findings.nudge(workspace_id, key)
    if nudge is not None and nudge.message_deleted:
        return Reason.DELETED
    if key != message.key:
        return None  # its author has asked for this copy
    preferences = await uow.people.preferences(workspace_id, author_id)
    channel = await uow.channels.settings(workspace_id, message.channel_id)
    if reason := channel_silence(channel.delivery, channel.paused_until, now):
        return reason
    wanted = (preferences.delivery, channel.delivery or limits.delivery)
    is_public = message.kind is MessageKind.NUDGE
    return _PRIVATE_SINCE if is_public and Delivery.PRIVATE in wanted else None
