"""Why a question that was decided on is not posted any more."""

from __future__ import annotations

from bot.core.model import Delivery, Reason
from bot.core.nudge_policy import channel_silence
from bot.flows.gatekeeper import Standing
from bot.flows.ports.outbox import QUESTIONS, MessageKind, OutgoingMessage

_PRIVATE_SINCE = "private_since"  # for a public question of somebody who wants none any more


def why_withheld(message: OutgoingMessage, standing: Standing | None, *, now: float) -> str | None:
    """Return why a question may not be posted any more: what its author has done since.

    Args:
        message: any; only questions are withheld.
        standing: as ``Gatekeeper.look`` has found it. now: Unix seconds.
    """
    if standing is None or message.kind not in QUESTIONS:
        return None
    if standing.nudge is not None and standing.nudge.message_deleted:
        return Reason.DELETED
    if message.content.get("nudge_key", message.key) != message.key:
        return None  # its author has asked for this copy
    channel = standing.chosen.channel
    if reason := channel_silence(channel.delivery, channel.paused_until, now):
        return reason
    usual = standing.rules.limits.delivery
    wanted = (standing.chosen.preferences.delivery, channel.delivery or usual)
    is_public = message.kind is MessageKind.NUDGE
    return _PRIVATE_SINCE if is_public and Delivery.PRIVATE in wanted else None
