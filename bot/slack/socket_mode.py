"""Keeps a Socket Mode connection (docs.slack.dev/apis/events-api/using-socket-mode).

The library reconnects by itself, at once and as often as Slack hangs up; it was also seen to miss a
dead peer, and to end for good if Slack refused an address. So it only carries messages here, and
``SocketModeConnection`` alone decides when to connect again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.flows.errors import RateLimitedError, SlackRefusedError, SlackUnavailableError
from bot.slack.clients import LIBRARY_LOG, Client
from bot.slack.dispatch import Dispatcher
from bot.slack.web_api import call_read, field

log = logging.getLogger(__name__)

_PING_SECONDS = 4.0
_WATCH_SECONDS = 1.0
_CONNECT_TIMEOUT_SECONDS = 5.0
_CLOSE_TIMEOUT_SECONDS = 1.0
_FINISH_SECONDS = 2.0
_SHORT_LIFE_SECONDS = 10.0
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 8.0


class SocketModeConnection:
    """A Socket Mode connection that is watched, and replaced before or after it ends.

    The old one stays open until the new one is there. If connections keep ending soon after they
    were made, the waits between them grow to eight seconds.

    Args:
        dispatcher: takes what comes in.
        app_token: ``xapp-...``.
        client: for apps.connections.open.
    """

    def __init__(self, dispatcher: Dispatcher, app_token: str, client: Client) -> None:
        self._dispatcher = dispatcher
        self._app_token = app_token
        self._web = client
        self._client: _Client | None = None
        self._handled: set[asyncio.Task[None]] = set()
        self._short_lives = 0

    async def is_alive(self) -> bool:
        """Return whether events can come in now."""
        return self._client is not None and await self._client.is_connected()

    async def run(self) -> None:
        """Keep one connection until canceled."""
        try:
            while True:
                client = await self._connect()
                before, self._client = self._client, client
                if before is not None:
                    await self._finish()  # what came through it is acknowledged through it
                    await _close(before)
                await self._until_gone(client)
        finally:
            await self._finish()
            if self._client is not None:
                await _close(self._client)
                self._client = None

    async def _connect(self) -> _Client:
        """Return a new connection, however often it takes."""
        failures = 0
        while True:
            try:
                opened = await call_read(
                    self._web, self._web.apps_connections_open(app_token=self._app_token)
                )
                client = _Client(self._app_token, field(opened, "url"), self._web)
                client.socket_mode_request_listeners.append(self._receive)
                try:
                    async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
                        await client.connect()
                except BaseException:
                    await _close(client)
                    raise
            except RateLimitedError as limited:
                log.warning("Socket Mode can't connect: %s", limited)
                await asyncio.sleep(limited.retry_after)
            except SlackRefusedError as refused:
                log.error("Slack refuses the app token: %s", refused.code)
                await asyncio.sleep(_LONGEST_WAIT_SECONDS)
            except (SlackUnavailableError, OSError, TimeoutError, aiohttp.ClientError) as failure:
                log.warning("Socket Mode can't connect: %s", type(failure).__name__)
                await asyncio.sleep(_wait(failures))
                failures += 1
            else:
                log.info("connected to Slack by Socket Mode")
                return client

    async def _until_gone(self, client: _Client) -> None:
        """Wait until a connection must be replaced, and longer if that happens again and again."""
        began = time.monotonic()
        while not client.is_asked_to_go and await client.is_connected():
            with suppress(TimeoutError):
                async with asyncio.timeout(_WATCH_SECONDS):
                    await client.asked_to_go.wait()
        lived = time.monotonic() - began
        log.info("the Socket Mode connection ended after %.0f s; making a new one", lived)
        if lived >= _SHORT_LIFE_SECONDS:
            self._short_lives = 0
            return
        if self._short_lives:
            await asyncio.sleep(_wait(self._short_lives - 1))
        self._short_lives += 1

    async def _finish(self) -> None:
        """Wait for what is being handled, for a while."""
        if self._handled:
            await asyncio.wait(self._handled, timeout=_FINISH_SECONDS)

    async def _receive(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        """Acknowledge what was handled; Slack sends again what was not."""
        task = asyncio.current_task()
        if task is not None:
            self._handled.add(task)
            task.add_done_callback(self._handled.discard)
        began = time.time()
        response = await self._dispatcher.dispatch(request.payload)
        await send_async_response(client, request, response, began)


class _Client(SocketModeClient):
    """One connection that never makes another one.

    Args:
        app_token: ``xapp-...``. address: ``wss://...``. web_client: not used to connect.
    """

    def __init__(self, app_token: str, address: str, web_client: Client) -> None:
        super().__init__(
            app_token,
            logger=LIBRARY_LOG,
            web_client=web_client,
            auto_reconnect_enabled=False,
            ping_interval=_PING_SECONDS,
        )
        self.wss_uri = address
        self.asked_to_go = asyncio.Event()

    @property
    def is_asked_to_go(self) -> bool:
        """Whether Slack has said that it will hang up."""
        return self.asked_to_go.is_set()

    async def connect(self) -> None:
        """Open the connection."""
        self.current_session = await self.aiohttp_client_session.ws_connect(
            self.wss_uri or "",
            autoping=False,
            heartbeat=self.ping_interval,
            proxy=self.proxy,
            ssl=self.web_client.ssl if self.web_client.ssl is not None else True,
        )
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Note that Slack will hang up: the library calls this when it is told so."""
        self.asked_to_go.set()


async def _close(client: SocketModeClient) -> None:
    """Close a connection; a peer that says no goodbye is not waited for."""
    with suppress(TimeoutError, OSError, aiohttp.ClientError):
        async with asyncio.timeout(_CLOSE_TIMEOUT_SECONDS):
            await client.close()
    for task in (client.message_receiver, client.message_processor, client.current_session_monitor):
        if task is not None:
            task.cancel()
    await client.aiohttp_client_session.close()


def _wait(failures: int) -> float:
    """Return how many seconds to wait after so many failures before this one."""
    return min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2.0 ** min(failures, 8))
