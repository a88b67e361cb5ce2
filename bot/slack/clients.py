"""Web API clients: how one is built, and which one belongs to a workspace."""

from __future__ import annotations

import logging
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.errors import SlackRefusedError
from bot.slack.state import SlackState

_BY_APP_TOKEN = "apps.connections.open"  # noqa: S105 - the name of a method

Client = AsyncWebClient
"""A Web API client with its token, as the wiring passes it on."""

LIBRARY_LOG = logging.getLogger("reframe.slack_libraries")
"""Where Slack's libraries log. They may log a payload, so nothing below a warning is shown."""


class ObservedClient(AsyncWebClient):
    """A Web API client that tells what Slack answered.

    Attributes:
        state: is told; None for nobody.
    """

    state: SlackState | None = None

    async def api_call(self, api_method: str, **arguments: Any) -> Any:
        """Call a method as ``AsyncWebClient`` does, and note the answer."""
        try:
            response = await super().api_call(api_method, **arguments)
        except SlackApiError as refused:
            self._note(api_method, refused.response)
            raise
        self._note(api_method, response)
        return response

    def _note(self, api_method: str, response: Any) -> None:
        if self.state is None or api_method == _BY_APP_TOKEN:
            return
        data = getattr(response, "data", None)
        if isinstance(data, dict):  # what isn't may come from a proxy
            self.state.note_answer("" if data.get("ok") else str(data.get("error")))
        headers = getattr(response, "headers", None) or {}
        try:
            self.state.note_time(parsedate_to_datetime(headers.get("Date") or "").timestamp())
        except (TypeError, ValueError):
            return


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
    token: str,
    api_url: str,
    timeout: float,
    session: aiohttp.ClientSession,
    *,
    state: SlackState | None = None,
) -> AsyncWebClient:
    """Build a Web API client without retries.

    The library's connection retry posts a second time after Slack took the first. Who tries again,
    and when, is for the flows.

    Args:
        token: the bot token.
        api_url: Slack's, or a fake Slack's.
        timeout: seconds per call.
        session: shared, since a new one per call costs three times as much (measured).
        state: is told what Slack answers; None for nobody.
    """
    client = ObservedClient(
        token=token,
        base_url=api_url,
        timeout=max(1, round(timeout)),
        session=session,
        retry_handlers=[],
        logger=LIBRARY_LOG,
    )
    client.state = state
    return client
