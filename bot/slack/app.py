"""Builds Bolt, and keeps its Socket Mode connection."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.clients import LIBRARY_LOG
from bot.slack.identity import Identity

log = logging.getLogger(__name__)

_WATCH_SECONDS = 2.0
_DEAD_AFTER_SECONDS = 6.0
_RECONNECT_SECONDS = 2.0
_CONNECT_TIMEOUT_SECONDS = 10.0
_CLOSE_TIMEOUT_SECONDS = 1.0


Authorize = Callable[..., Awaitable[AuthorizeResult]]


class SingleWorkspaceAuthorize(AsyncAuthorize):
    """Tells Bolt who it is, without asking Slack.

    By default Bolt calls auth.test at the first event; if Slack is busy then, Bolt acknowledges
    the event and it is lost. Which workspaces are served is the guard's business.

    Args:
        identity: the bot.
        token: the bot token.
    """

    def __init__(self, identity: Identity, token: str) -> None:
        self._identity = identity
        self._token = token

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=self._identity.workspace_id,
            bot_id=self._identity.bot_id,
            bot_user_id=self._identity.user_id,
            bot_token=self._token,
            user_id=user_id,
        )


def build_bolt(client: AsyncWebClient, authorize: Authorize) -> AsyncApp:
    """Build Bolt so that it answers Slack only after the listener has done its insert.

    Its default acknowledges first and loses an event whose listener fails. Signatures are checked
    in ``bot.slack.http``, before anything parses the body.

    Args:
        client: any workspace's; Bolt copies its address and session, not its token.
        authorize: tells who the bot is in the workspace of a payload.
    """
    without_token = AsyncWebClient(
        base_url=client.base_url,
        timeout=client.timeout,
        session=client.session,
        retry_handlers=[],
        logger=LIBRARY_LOG,
    )
    return AsyncApp(
        client=without_token,
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        logger=LIBRARY_LOG,
    )


class SocketModeConnection:
    """A Socket Mode connection that is watched, and replaced if it dies.

    The library reconnects by itself after a refresh. What it was seen to miss (a dead peer, a name
    that could not be looked up for a while) is found by checking it every two seconds.

    Args:
        app: Bolt.
        app_token: ``xapp-...``.
        client: for apps.connections.open.
    """

    def __init__(self, app: AsyncApp, app_token: str, client: AsyncWebClient) -> None:
        self._app = app
        self._app_token = app_token
        self._client = client
        self._handler: AsyncSocketModeHandler | None = None

    async def is_alive(self) -> bool:
        """Return whether events can come in now."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def run(self) -> None:
        """Keep one connection until canceled."""
        try:
            while True:
                await self._connect()
                await self._wait_until_dead()
                log.warning("the Socket Mode connection is dead; making a new one")
        finally:
            await self._close()

    async def _connect(self) -> None:
        while True:
            await self._close()
            handler = AsyncSocketModeHandler(
                self._app, self._app_token, web_client=self._client, logger=LIBRARY_LOG
            )
            try:
                async with asyncio.timeout(_CONNECT_TIMEOUT_SECONDS):
                    await handler.connect_async()
            except (OSError, TimeoutError, aiohttp.ClientError) as failure:
                log.warning("Socket Mode can't connect: %s", type(failure).__name__)
                await handler.close_async()
                await asyncio.sleep(_RECONNECT_SECONDS)
                continue
            self._handler = handler
            log.info("connected to Slack by Socket Mode")
            return

    async def _wait_until_dead(self) -> None:
        dead_for = 0.0
        while dead_for < _DEAD_AFTER_SECONDS:
            await asyncio.sleep(_WATCH_SECONDS)
            dead_for = 0.0 if await self.is_alive() else dead_for + _WATCH_SECONDS

    async def _close(self) -> None:
        """Close the connection; a peer that says no goodbye is not waited for."""
        if self._handler is not None:
            handler, self._handler = self._handler, None
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_TIMEOUT_SECONDS):
                    await handler.close_async()
