"""Web API clients: how one is built, and which one belongs to a workspace."""

from __future__ import annotations

import logging
from typing import Protocol

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.errors import SlackRefusedError

Client = AsyncWebClient
"""A Web API client with its token, as the wiring passes it on."""

LIBRARY_LOG = logging.getLogger("reframe.slack_libraries")
"""Where Slack's libraries log. They may log a payload, so nothing below a warning is shown."""


class ClientProvider(Protocol):
    """Knows the client of each workspace that has installed the bot."""

    async def client(self, workspace_id: str) -> AsyncWebClient:
        """Return the client with a workspace's bot token.

        Raises:
            SlackRefusedError: ``unknown_workspace``: it has not installed the bot.
        """


class SingleWorkspaceClients:
    """The set-up with one token in the settings. Implements ``ClientProvider``.

    Args:
        workspace_id: the workspace that the token belongs to.
        client: with this token.
    """

    def __init__(self, workspace_id: str, client: AsyncWebClient) -> None:
        self._workspace_id = workspace_id
        self._client = client

    async def client(self, workspace_id: str) -> AsyncWebClient:
        """Return the one client.

        Raises:
            SlackRefusedError: it is asked for another workspace.
        """
        if workspace_id != self._workspace_id:
            raise SlackRefusedError("unknown_workspace")
        return self._client


def web_client(
    token: str, api_url: str, timeout: float, session: aiohttp.ClientSession
) -> AsyncWebClient:
    """Build a Web API client without retries.

    The library's connection retry posts a second time after Slack took the first. Who tries again,
    and when, is for the flows.

    Args:
        token: the bot token.
        api_url: Slack's, or a fake Slack's.
        timeout: seconds per call.
        session: shared, since a new one per call costs three times as much (measured).
    """
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        timeout=max(1, round(timeout)),
        session=session,
        retry_handlers=[],
        logger=LIBRARY_LOG,
    )
