"""Web API clients: how one is built, and which one belongs to a workspace."""

from __future__ import annotations

import logging
import time
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.errors import RateLimitedError
from bot.slack.retry_after import retry_after

_BY_APP_TOKEN = "apps.connections.open"  # noqa: S105 - the name of a method

LIBRARY_LOG = logging.getLogger("reframe.slack_libraries")
"""Where Slack's libraries log. They may log a payload, so nothing below a warning is shown."""


class NotesAnswers(Protocol):
    """Is told what Slack answers."""

    def note_answer(self, code: str) -> None:
        """Note the error code of an answer, empty for a good one."""

    def note_time(self, slack_time: float) -> None:
        """Note what time it is at Slack, Unix seconds."""


class SharesHolds(Protocol):
    """Lets all processes know what Slack asked one of them to leave alone.

    Neither method raises anything: what can't be shared now, each process hears from Slack.
    """

    async def tell(self, workspace_id: str, method: str, seconds: float) -> None:
        """Let no process call a method in a workspace for so many seconds."""

    async def seconds_left(self, workspace_id: str, method: str) -> float:
        """Return for how long others were told to leave a method alone; 0 for not at all."""


class MethodHolds:
    """Which methods of one workspace are left alone, and for how long.

    Args:
        workspace_id: Slack's team id. shared: tells and asks other processes; None for nobody.
    """

    def __init__(self, workspace_id: str = "", shared: SharesHolds | None = None) -> None:
        self._workspace_id = workspace_id
        self._shared = shared
        self._free_at: dict[str, float] = {}  # by the monotonic clock

    async def hear(self, method: str, seconds: float) -> None:
        """Leave alone what Slack has just said to, in this process and all others."""
        self.add(method, seconds)
        if self._shared is not None:
            await self._shared.tell(self._workspace_id, method, seconds)

    def add(self, method: str, seconds: float) -> None:
        """Leave a method alone for so many seconds; a longer hold stays."""
        until = time.monotonic() + seconds
        self._free_at[method] = max(until, self._free_at.get(method, 0.0))

    async def seconds_left(self, method: str) -> float:
        """Return for how long a method is left alone; 0 or less if it may be called."""
        left = self._free_at.get(method, 0.0) - time.monotonic()
        if left > 0 or self._shared is None:
            return left
        return await self._shared.seconds_left(self._workspace_id, method)


class Client(AsyncWebClient):
    """A Web API client with its token, as the wiring passes it on. It tells what Slack answers, and
    leaves a method alone while Slack says to wait.

    Attributes:
        state: is told; None for nobody.
        holds: which methods are left alone. A client that follows this one, with a newer token,
            must be given them: Slack's limits are for the workspace.
    """

    state: NotesAnswers | None = None

    def leave_alone(self, method: str, seconds: float) -> None:
        """Don't call a method for so many seconds; a longer hold stays."""
        self.holds.add(method, seconds)

    async def api_call(self, api_method: str, **arguments: Any) -> Any:
        """Call a method as ``AsyncWebClient`` does, and note the answer.

        Raises:
            RateLimitedError: Slack said to wait, so it was not called.
            SlackApiError: Slack's response is an error, a new request to wait included.
        """
        app = arguments.pop("auth", None)
        if app is not None:  # the library's way with it warns that aiohttp 4 won't have it
            basic = aiohttp.encode_basic_auth(app["client_id"], app["client_secret"])
            arguments["headers"] = {**(arguments.get("headers") or {}), "Authorization": basic}
        left = await self.holds.seconds_left(api_method)
        if left > 0:
            raise RateLimitedError(left, api_method)
        try:
            response = await super().api_call(api_method, **arguments)
        except SlackApiError as refused:
            seconds = retry_after(refused)
            if seconds is not None and api_method != _BY_APP_TOKEN:  # Socket Mode waits by itself
                await self.holds.hear(api_method, seconds)
            self._note(api_method, refused.response)
            raise
        self._note(api_method, response)
        return response

    @cached_property
    def holds(self) -> MethodHolds:
        """Which methods are left alone."""
        return MethodHolds()

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

    async def client(self, workspace_id: str) -> Client:
        """Return the client with a workspace's bot token.

        Raises:
            SlackRefusedError: ``unknown_workspace``: it has not installed the bot.
            SlackUnavailableError, RateLimitedError: its token can't be had now.
        """

    def leave_alone(self, workspace_id: str, method: str, seconds: float) -> None:
        """Let no client of a workspace call a method for so many seconds; a longer hold stays."""


def web_client(
    token: str,
    api_url: str,
    timeout: float,
    session: aiohttp.ClientSession,
    *,
    state: NotesAnswers | None = None,
) -> Client:
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
    client = Client(
        token=token,
        base_url=api_url,
        timeout=max(1, round(timeout)),
        session=session,
        retry_handlers=[],
        logger=LIBRARY_LOG,
    )
    client.state = state
    return client
