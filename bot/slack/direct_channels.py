"""The bot's direct conversation with each user."""

from __future__ import annotations

from bot.flows.ports.clock import Clock
from bot.slack.cache import WorkspaceCache
from bot.slack.clients import ClientProvider
from bot.slack.web_api import call_read, field


class DirectChannels:
    """Finds the channel of the bot's direct conversation with a user.

    Args:
        clients: the workspaces' clients.
        clock: Unix seconds.
    """

    def __init__(self, clients: ClientProvider, clock: Clock) -> None:
        self._clients = clients
        # The id of such a conversation never changes.
        self._opened = WorkspaceCache(self._open, clock, ttl_seconds=float("inf"))

    async def resolve(self, workspace_id: str, destination: str) -> str:
        """Return the direct channel if the destination is a user; any other id as it is.

        Raises:
            SlackCallError: the conversation can't be opened.
        """
        if not destination.startswith(("U", "W")):
            return destination
        return await self._opened.get(workspace_id, destination)

    async def _open(self, workspace_id: str, user_id: str) -> str:
        client = await self._clients.client(workspace_id)
        opened = await call_read(client, client.conversations_open(users=user_id))
        return field(opened, "channel", "id")
