"""Listens to what changes who reads a channel, or the channel itself.

What the bot remembers of a channel's readers is dropped at once, so that somebody who has just come
in counts. It is asked for anew when it is needed next.
"""

from __future__ import annotations

from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp

from bot.flows.channel_moves import ChannelMoves
from bot.slack.listeners.payload import Json, workspace_of

_SHARING = ("channel_shared", "channel_unshared")
_USERS = ("team_join", "user_change")
_UNARCHIVED = ("channel_unarchive", "group_unarchive")


class RemembersReaders(Protocol):
    """Remembers who reads each channel, and who everybody is."""

    def readers_changed(self, workspace_id: str, channel_id: str) -> None:
        """Forget who reads a channel."""

    def person_changed(self, workspace_id: str, user: dict[str, Any]) -> None:
        """Forget a user, given as Slack describes them now."""


def register(app: AsyncApp, *, readers: RemembersReaders, moves: ChannelMoves) -> None:
    """Register the listeners. Who joins is listened to beside invitations of the bot.

    Args:
        app: Bolt.
        readers: what is remembered.
        moves: keeps a channel's settings and work with it.
    """

    async def on_readers(event: Json, body: Json) -> None:
        channel_id = event.get("channel")
        if isinstance(channel_id, str):
            readers.readers_changed(workspace_of(body), channel_id)

    async def on_user(event: Json, body: Json) -> None:
        user = event.get("user")
        if isinstance(user, dict):
            readers.person_changed(workspace_of(body), user)

    async def on_new_id(event: Json, body: Json) -> None:
        old_id, new_id = event.get("old_channel_id"), event.get("new_channel_id")
        if not (isinstance(old_id, str) and isinstance(new_id, str)):
            return
        workspace_id = workspace_of(body)
        for channel_id in (old_id, new_id):
            readers.readers_changed(workspace_id, channel_id)
        await moves.new_id(workspace_id, old_id, new_id)

    async def on_unarchived(event: Json, body: Json) -> None:
        channel_id = event.get("channel")
        if isinstance(channel_id, str):
            await moves.unarchived(workspace_of(body), channel_id)

    app.event("member_left_channel")(on_readers)
    for name in _SHARING:
        app.event(name)(on_readers)
    for name in _USERS:
        app.event(name)(on_user)
    app.event("channel_id_changed")(on_new_id)
    for name in _UNARCHIVED:
        app.event(name)(on_unarchived)
