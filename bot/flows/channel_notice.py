"""The one line that tells a channel about the bot, owed before anybody there is asked anything."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.gate import Unprompted
from bot.core.policy import HOUR
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Content
from bot.flows.ports.unit_of_work import UnitOfWork


async def post_notice(
    uow: UnitOfWork,
    notice: Content,
    workspace_id: str,
    channel_id: str,
    *,
    occasion: str,
    now: float,
) -> str:
    """Queue the notice, and return its key. The same occasion queues it once."""
    key = f"notice-{occasion}"
    message = OutgoingMessage(
        key=key,
        kind=MessageKind.MESSAGE,
        workspace_id=workspace_id,
        channel_id=channel_id,
        content=notice,
        unprompted=Unprompted.CHANNEL_NOTICE,
    )
    if await uow.outbox.enqueue(message, now=now):
        await uow.channels.update(workspace_id, channel_id, noticed_at=now)
    return key


async def post_notice_of_invitation(
    uow: UnitOfWork,
    notice: Content,
    workspace_id: str,
    channel: ChannelSettings,
    *,
    event_id: str,
    now: float,
) -> None:
    """Queue the notice for an invitation, unless the channel was told within the hour.

    Slack delivers an event again a minute and more after a first try that failed, and by then a
    message may have brought the notice.
    """
    if channel.noticed_at is not None and now - channel.noticed_at < HOUR:
        last = await uow.outbox.last_notice(workspace_id, channel.channel_id)
        if last is not None and last.is_live:
            return
    await post_notice(uow, notice, workspace_id, channel.channel_id, occasion=event_id, now=now)


async def owed_notice(
    uow: UnitOfWork,
    render: Callable[[], Content],
    workspace_id: str,
    channel: ChannelSettings,
    *,
    now: float,
) -> str:
    """Return the key of the notice that a question in a channel has to wait for.

    It is queued if the channel has had none, however the bot came in, or if it came to nothing.

    Args:
        uow: an open transaction. render: returns the notice; called only if it is owed.
        workspace_id, channel: where. now: Unix seconds.

    Returns:
        The key; empty if the channel was told long ago.
    """
    last = await uow.outbox.last_notice(workspace_id, channel.channel_id)
    if last is not None and last.is_live:
        return last.key
    if last is None and channel.noticed_at is not None:
        return ""
    return await post_notice(
        uow, render(), workspace_id, channel.channel_id,
        occasion=f"{channel.channel_id}-{now:.3f}", now=now,
    )  # fmt: skip
