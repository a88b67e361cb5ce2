"""Calls to Slack, each within its time, and what their failures mean in the words of the flows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.flows.ports import ChatBusy, ChatDown, ChatInDoubt, ChatRefused

Got = TypeVar("Got")

DEFAULT_RETRY_AFTER_SECONDS = 30.0
_LONGEST_RETRY_AFTER_SECONDS = 3_600.0
_PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)


class Calls:
    """Makes calls.

    Args:
        timeout: seconds that one may take; with a session of ours the client's own has no effect.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    async def ask(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """The data of an answer.

        Raises:
            ChatRefused, ChatBusy, ChatDown.
        """
        try:
            return (await self.through(call)).data
        except SlackApiError as error:
            raise _failure(error) from None

    async def change(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """A call that changes something: where the end is not known, it is in doubt.

        Raises:
            ChatInDoubt, and what ``ask`` raises.
        """
        try:
            return await self.ask(call)
        except ChatDown as down:
            if isinstance(down.__cause__, aiohttp.ClientConnectorError):
                raise  # nobody was there to take it
            raise ChatInDoubt(str(down)) from down

    async def through(self, call: Callable[[], Awaitable[Got]]) -> Got:
        """Whatever a call gives. Raises ChatDown where none can be made; SlackApiError passes."""
        try:
            async with asyncio.timeout(self._timeout):
                return await call()
        except SlackApiError:
            raise
        except (
            aiohttp.ClientError,
            SlackClientError,
            TimeoutError,
            OSError,
            json.JSONDecodeError,
            AttributeError,  # the client stumbles over a 200 that holds no JSON object
            TypeError,
        ) as failure:
            raise ChatDown(type(failure).__name__) from failure


def _failure(error: SlackApiError) -> ChatRefused | ChatBusy | ChatDown:
    """What Slack's answer means. Retry-After may be missing or a fraction (reliability.md 7)."""
    answer = error.response
    status = getattr(answer, "status_code", 0) or getattr(answer, "status", 0)
    code = str(answer.get("error", "")) if isinstance(getattr(answer, "data", None), dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        header = answer.headers.get("Retry-After") or answer.headers.get("retry-after")
        try:
            seconds = float(header)
        except (TypeError, ValueError):
            seconds = DEFAULT_RETRY_AFTER_SECONDS
        return ChatBusy(min(max(0.0, seconds), _LONGEST_RETRY_AFTER_SECONDS))
    if status >= 500 or code in _PASSING or not code:
        return ChatDown(code or f"HTTP {status}")
    return ChatRefused(code)
