"""Posts to URLs that Slack hands out and that need no token: response URLs and file uploads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.flows.errors import (
    DeliveryUnconfirmedError,
    RateLimitedError,
    SlackRefusedError,
    SlackUnavailableError,
)
from bot.slack.clients import LIBRARY_LOG
from bot.slack.retry_after import seconds_of
from bot.slack.web_api import within


class UrlPosts:
    """Posts to response URLs and upload URLs.

    Args:
        session: shared with the clients.
        timeout: seconds per post.
    """

    def __init__(self, session: aiohttp.ClientSession, timeout: float) -> None:
        self._session = session
        self._timeout = timeout

    async def respond(self, url: str, body: Mapping[str, Any]) -> None:
        """Post to a response URL, which takes five responses within thirty minutes
        (docs.slack.dev/interactivity/handling-user-interaction).

        Raises:
            SlackRefusedError: the URL is used up, or was never Slack's.
            RateLimitedError, SlackUnavailableError: not now.
            DeliveryUnconfirmedError: it may or may not be shown.
        """
        if not _is_trusted(url):
            raise SlackRefusedError("no_response_address")
        webhook = AsyncWebhookClient(
            url,
            timeout=max(1, round(self._timeout)),
            session=self._session,
            retry_handlers=[],
            logger=LIBRARY_LOG,
        )
        try:
            response = await within(self._timeout, webhook.send_dict(dict(body)))
        except SlackUnavailableError as down:
            if isinstance(down.__cause__, aiohttp.ClientConnectorError):
                raise  # nobody was there to take it
            raise DeliveryUnconfirmedError(str(down)) from down
        status = response.status_code
        if status == 429:
            headers = {name.lower(): value for name, value in response.headers.items()}
            raise RateLimitedError(seconds_of(headers.get("retry-after")))
        if status >= 500:
            raise SlackUnavailableError(f"HTTP {status}")
        if status != 200:
            raise SlackRefusedError("used_url")

    async def upload(self, url: str, data: bytes) -> None:
        """Send the bytes of a file to the URL that files.getUploadURLExternal returned.

        Raises:
            SlackUnavailableError: the file was not taken.
        """
        if await within(self._timeout, self._upload(url, data)) != 200:
            raise SlackUnavailableError("the file was not taken")

    async def _upload(self, url: str, data: bytes) -> int:
        async with self._session.post(url, data=data) as response:
            return response.status


def _is_trusted(url: str) -> bool:
    """Return whether a URL is HTTPS, or HTTP on this machine (a fake Slack)."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    )
