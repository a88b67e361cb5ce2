"""The pause of a channel: because Slack let the bot post nothing, or because somebody turned the
bot off there. How long it lasts, and what ends it."""

from __future__ import annotations

from bot.core.policy import DAY, Limits
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.unit_of_work import UnitOfWork
from bot.flows.slack_error_codes import CHANNEL_CLOSED, CHANNEL_LEFT

TURNED_OFF = "turned_off"
"""The reason of a pause that a person set, instead of Slack's error code."""


def is_turned_off(channel: ChannelSettings, now: float) -> bool:
    """Return whether a person has turned the bot off in a channel, and that lasts.

    Args:
        channel: as it is kept.
        now: Unix seconds.
    """
    return channel.pause_reason == TURNED_OFF and (channel.paused_until or 0.0) > now


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


async def pause_closed(
    uow: UnitOfWork, workspace_id: str, channel_id: str, code: str, *, now: float, until: float
) -> None:
    """Pause a channel in which Slack lets the bot post nothing. A pause that a person set stays.

    Args:
        uow: an open transaction that is serialized on the channel.
        workspace_id, channel_id: where.
        code: Slack's error code.
        now, until: Unix seconds.
    """
    if not is_turned_off(await uow.channels.settings(workspace_id, channel_id), now):
        await uow.channels.update(workspace_id, channel_id, paused_until=until, pause_reason=code)


async def turn_on(uow: UnitOfWork, workspace_id: str, channel: ChannelSettings) -> None:
    """Turn the bot on again in a channel in which a person has turned it off.

    Args: see ``end_closed_pause``.
    """
    if channel.pause_reason == TURNED_OFF:
        await uow.channels.update(
            workspace_id, channel.channel_id, paused_until=None, pause_reason=None
        )


async def end_closed_pause(uow: UnitOfWork, workspace_id: str, channel: ChannelSettings) -> bool:
    """End the pause of a channel that is open again. One that a person set stays.

    Args:
        uow: an open transaction, serialized on the ``channel`` before its settings were read.

    Returns:
        Whether there was such a pause.
    """
    if channel.paused_until is None or channel.pause_reason not in CHANNEL_CLOSED:
        return False
    await uow.channels.update(
        workspace_id, channel.channel_id, paused_until=None, pause_reason=None
    )
    return True
