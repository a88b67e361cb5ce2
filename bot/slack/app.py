"""Builds the Slack side: client, Bolt, and the two ways in (HTTP and Socket Mode)."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

log = logging.getLogger(__name__)

_WATCH_SECONDS = 2.0
_DEAD_AFTER_SECONDS = 6.0
_TRY_AGAIN_SECONDS = 2.0
_GOODBYE_SECONDS = 1.0
_quiet = logging.getLogger("reframe.slack_libraries")


def client(
    token: str, api_url: str, timeout: float, session: aiohttp.ClientSession
) -> AsyncWebClient:
    """A Web API client over one shared session, without retries of its own.

    Args:
        token: the bot token. api_url: Slack's, or a pretend one's. timeout: seconds a call.
        session: shared, since a new one for each call costs three times as much (measured).
    """
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        timeout=max(1, round(timeout)),
        session=session,
        retry_handlers=[],
        logger=_quiet,
    )


def bolt(web_client: AsyncWebClient) -> AsyncApp:
    """Bolt, answering Slack only after the listener has done its insert.

    Its default acknowledges first and loses an event whose listener fails (reliability.md 5.1).
    Signatures are checked at our own door, which also knows the time.
    """
    return AsyncApp(
        client=web_client,
        process_before_response=True,
        request_verification_enabled=False,
        logger=_quiet,
    )


class Socket:
    """A Socket Mode connection that is watched and made anew when it dies.

    The library reconnects by itself after a refresh; what it was seen to miss (a dead peer, a name
    that could not be looked up for a while) is met by asking every two seconds whether it lives.

    Args:
        app: Bolt. app_token: ``xapp-...``. web_client: for apps.connections.open.
    """

    def __init__(self, app: AsyncApp, app_token: str, web_client: AsyncWebClient) -> None:
        self._app = app
        self._token = app_token
        self._web_client = web_client
        self._handler: AsyncSocketModeHandler | None = None

    async def alive(self) -> bool:
        """Whether events can come in now."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def run(self) -> None:
        """Keeps one connection until it is cancelled."""
        try:
            while True:
                await self._connect()
                await self._until_dead()
                log.warning("the Socket Mode connection is dead; making a new one")
        finally:
            await self._drop()

    async def _connect(self) -> None:
        while True:
            await self._drop()
            handler = AsyncSocketModeHandler(
                self._app, self._token, web_client=self._web_client, logger=_quiet
            )
            try:
                async with asyncio.timeout(10):
                    await handler.connect_async()
            except (OSError, TimeoutError, aiohttp.ClientError) as failure:
                log.warning("Socket Mode can't connect: %s", type(failure).__name__)
                await handler.close_async()
                await asyncio.sleep(_TRY_AGAIN_SECONDS)
                continue
            self._handler = handler
            log.info("connected to Slack by Socket Mode")
            return

    async def _until_dead(self) -> None:
        dead_for = 0.0
        while dead_for < _DEAD_AFTER_SECONDS:
            await asyncio.sleep(_WATCH_SECONDS)
            dead_for = 0.0 if await self.alive() else dead_for + _WATCH_SECONDS

    async def _drop(self) -> None:
        """Closes the connection; a peer that says no goodbye is not waited for."""
        if self._handler is not None:
            handler, self._handler = self._handler, None
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await handler.close_async()
