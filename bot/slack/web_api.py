"""Calls to Slack's Web API, each within its time, and what their failures mean to the flows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.errors import (
    DeliveryUnconfirmedError,
    RateLimitedError,
    SlackCallError,
    SlackRefusedError,
    SlackUnavailableError,
)
from bot.slack.retry_after import retry_after

Result = TypeVar("Result")

_PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)


async def call_read(client: AsyncWebClient, call: Awaitable[Any]) -> Any:
    """Return the data of Slack's response.

    Args:
        client: whose timeout holds; aiohttp ignores it on a shared session, so it is applied here.
        call: a method of the client, called but not yet awaited.

    Raises:
        SlackRefusedError, RateLimitedError, SlackUnavailableError.
    """
    try:
        return (await within(client.timeout, call)).data
    except SlackApiError as error:
        raise _failure(error) from None


async def call_write(client: AsyncWebClient, call: Awaitable[Any]) -> Any:
    """Return the data of Slack's response to a call that changes something.

    Raises:
        DeliveryUnconfirmedError: it may or may not have been carried out.
        SlackRefusedError, RateLimitedError, SlackUnavailableError: it was not.
    """
    try:
        return await call_read(client, call)
    except SlackUnavailableError as down:
        if isinstance(down.__cause__, aiohttp.ClientConnectorError):
            raise  # nobody was there to take it
        raise DeliveryUnconfirmedError(str(down)) from down


def field(response: Any, *path: str) -> str:
    """Return a text that Slack's response must hold.

    Raises:
        SlackUnavailableError: a 200 without it, as a proxy or a fault at Slack sends.
    """
    found = response
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    if not found:
        raise SlackUnavailableError(f"Slack's response has no {'.'.join(path)}")
    return str(found)


async def within(seconds: float, call: Awaitable[Result]) -> Result:
    """Return the result of a call that ends in time. ``SlackApiError`` passes through.

    Raises:
        SlackUnavailableError: no response, or none that makes sense.
    """
    try:
        async with asyncio.timeout(seconds):
            return await call
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
        raise SlackUnavailableError(type(failure).__name__) from failure


def _failure(error: SlackApiError) -> SlackCallError:
    """Return what Slack's response means."""
    response = error.response
    seconds = retry_after(error)
    if seconds is not None:
        method = urlsplit(str(getattr(response, "api_url", ""))).path.rpartition("/")[2]
        return RateLimitedError(seconds, method)
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    is_object = isinstance(getattr(response, "data", None), dict)
    code = str(response.get("error", "")) if is_object else ""
    if status >= 500 or code in _PASSING or not code:
        return SlackUnavailableError(code or f"HTTP {status}")
    return SlackRefusedError(code, str(response.get("needed") or ""))
