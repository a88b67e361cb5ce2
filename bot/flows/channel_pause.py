"""The pause of a channel in which Slack let the bot post nothing: how long, and what ends it."""

from __future__ import annotations

from bot.core.policy import DAY, Limits
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.unit_of_work import UnitOfWork
from bot.flows.slack_error_codes import CHANNEL_CLOSED, CHANNEL_LEFT


def paused_until(channel: ChannelSettings, sent_at: float, limits: Limits) -> float | None:
    """Return until when a channel is paused for a message in it, in Unix seconds; None if not.

    Slack delivers messages only from channels that the bot is in. So one that was written after
    the bot found itself outside shows that it is back, even if nobody said so.

    Args:
        channel: as it is kept.
        sent_at: when the message was written, Unix seconds.
        limits: the caps in force.
    """
    if channel.paused_until is None or channel.pause_reason not in CHANNEL_LEFT:
        return channel.paused_until
    paused_at = channel.paused_until - limits.channel_pause_days * DAY
    return None if sent_at > paused_at else channel.paused_until


async def end_closed_pause(uow: UnitOfWork, workspace_id: str, channel: ChannelSettings) -> bool:
    """End the pause of a channel that is open again. One that a person set stays.

    Args:
        uow: an open transaction, in which the settings of the ``channel`` were read.

    Returns:
        Whether there was such a pause.
    """
    if channel.paused_until is None or channel.pause_reason not in CHANNEL_CLOSED:
        return False
    await uow.channels.update(
        workspace_id, channel.channel_id, paused_until=None, pause_reason=None
    )
    return True
