"""Installing the bot in a workspace by OAuth, with Bolt's own flow
(docs.slack.dev/authentication/installing-with-oauth).

``/slack/install`` shows what the bot does, ``/slack/install/start`` leads to Slack, and Slack leads
back to ``/slack/oauth_redirect``. What proves that it began here, and what Slack gave for it, is
kept by ``bot.flows.installing``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from slack_bolt.async_app import AsyncBoltRequest
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_callback_options import (
    AsyncCallbackOptions,
    AsyncFailureArgs,
    AsyncSuccessArgs,
)
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation as SlackInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.flows.errors import (
    RateLimitedError,
    ReframeError,
    SlackUnavailableError,
    StoreUnavailableError,
    TooManyInstallsError,
)
from bot.flows.installing import Installing
from bot.flows.ports.clock import Clock
from bot.flows.ports.installations import BotTokens, Installation
from bot.slack.clients import Client
from bot.slack.identity import SCOPES
from bot.slack.views import install_pages
from bot.slack.views.block_kit import Strings
from bot.slack.web_api import call_read, field, within

log = logging.getLogger(__name__)

INSTALL_PATH = "/slack/install"
START_PATH = "/slack/install/start"
REDIRECT_PATH = "/slack/oauth_redirect"
_START = "install/start"  # from INSTALL_PATH and REDIRECT_PATH; a proxy may add a path before them
_BUSY = (TooManyInstallsError, StoreUnavailableError, SlackUnavailableError, RateLimitedError)
_FLOW_SECONDS = 20.0

_UNHEARD = logging.Logger("unheard", logging.CRITICAL + 1)
"""For a library that logs the code which an installation came back with."""

_SENTENCES = {
    "access_denied": "canceled",
    "invalid_browser": "stale",
    "invalid_state": "stale",
    "missing_code": "stale",
}
"""Which sentence of ``[install]`` belongs to which reason of Bolt's or Slack's."""


class OrgWideInstallError(BoltError):
    """The app was installed for a whole organization."""


class _States(AsyncOAuthStateStore):
    """Lets Bolt begin installations; implements its ``AsyncOAuthStateStore``."""

    def __init__(self, installing: Installing) -> None:
        self._installing = installing

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        return await self._installing.begin()

    async def async_consume(self, state: str) -> bool:
        return await self._installing.is_ours(state)


class _Kept(AsyncInstallationStore):
    """Lets Bolt keep what Slack gave; implements its ``AsyncInstallationStore``."""

    def __init__(self, installing: Installing, on_installed: Callable[[str], None]) -> None:
        self._installing = installing
        self._on_installed = on_installed

    async def async_save(self, installation: SlackInstallation) -> None:
        """Keep an installation.

        Raises:
            OrgWideInstallError: it is one of a whole organization: in each call, Slack would have
                to be told which workspace is meant.
        """
        if installation.is_enterprise_install or not installation.team_id:
            raise OrgWideInstallError("org-wide")
        seconds = installation.bot_token_expires_at
        tokens = BotTokens(
            token=installation.bot_token or "",
            refresh_token=installation.bot_refresh_token,
            expires_at=float(seconds) if seconds is not None else None,
        )
        await self._installing.finish(
            Installation(
                workspace_id=installation.team_id,
                bot_user_id=installation.bot_user_id or "",
                bot_id=installation.bot_id,
                app_id=installation.app_id,
                tokens=tokens,
            )
        )
        self._on_installed(installation.team_id)


class InstallPages:
    """Serves the pages around an installation.

    Args:
        client_id, client_secret: of the Slack app, under Basic Information.
        client: without a token. authorize_url: where Slack asks whoever installs the bot.
        installing: the flow. on_installed: is told the workspace.
        strings: the UI strings. has_model: whether a language model reads messages.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        client: Client,
        authorize_url: str,
        installing: Installing,
        on_installed: Callable[[str], None],
        strings: Strings,
        has_model: bool,
    ) -> None:
        self._strings = strings
        self._has_model = has_model
        settings = AsyncOAuthSettings(
            client_id=client_id,
            client_secret=client_secret,
            scopes=sorted(SCOPES),
            user_scopes=[],
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            install_page_rendering_enabled=False,  # ours comes first
            authorization_url=authorize_url,
            installation_store=_Kept(installing, on_installed),
            state_store=_States(installing),
            callback_options=AsyncCallbackOptions(success=self._succeed, failure=self._fail),
            logger=_UNHEARD,
        )
        self._flow = AsyncOAuthFlow(client=client, logger=_UNHEARD, settings=settings)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the routes, for any web application of this process."""
        return [
            web.get(INSTALL_PATH, self._show),
            web.get(START_PATH, self._start),
            web.get(REDIRECT_PATH, self._finish),
        ]

    async def _show(self, _: web.Request) -> web.Response:
        page = install_pages.install_page(self._strings, _START, has_model=self._has_model)
        return _html(page, 200)

    async def _start(self, request: web.Request) -> web.Response:
        return await self._answer(self._flow.handle_installation, request)

    async def _finish(self, request: web.Request) -> web.Response:
        return await self._answer(self._flow.handle_callback, request)

    async def _answer(self, handle: Any, request: web.Request) -> web.Response:
        asked = AsyncBoltRequest(
            body="", query=request.query_string, headers=dict(request.headers.items())
        )
        try:
            answer: BoltResponse = await within(_FLOW_SECONDS, handle(asked))
        except _BUSY as busy:
            log.warning("an installation can't go on now: %s", type(busy).__name__)
            return self._failed("busy", 503)
        except ReframeError as problem:
            log.error("an installation failed: %s", problem)
            return self._failed("failed", 500)
        headers = {**install_pages.HEADERS, **answer.first_headers()}
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    async def _succeed(self, args: AsyncSuccessArgs) -> BoltResponse:
        installed = args.installation
        query = urlencode({"app": installed.app_id, "team": installed.team_id})
        page = install_pages.installed_page(
            self._strings, f"https://slack.com/app_redirect?{query}"
        )
        return self._page(page, 200)

    async def _fail(self, args: AsyncFailureArgs) -> BoltResponse:
        kind = _SENTENCES.get(args.reason, "failed")
        if isinstance(args.error, OrgWideInstallError):
            kind = "org_wide"
        log.warning("an installation ended: %s", kind)
        page = install_pages.failed_page(self._strings, kind, _START)
        return self._page(page, 200 if kind == "canceled" else 400)

    def _page(self, page: str, status: int) -> BoltResponse:
        used_up = self._flow.settings.state_utils.build_set_cookie_for_deletion()
        headers: dict[str, str | Sequence[str]] = {
            "Content-Type": "text/html; charset=utf-8",
            "Set-Cookie": used_up,
        }
        return BoltResponse(status=status, body=page, headers=headers)

    def _failed(self, kind: str, status: int) -> web.Response:
        return _html(install_pages.failed_page(self._strings, kind, _START), status)


class SlackTokenExchange:
    """Exchanges refresh tokens; implements ``bot.flows.ports.installations.TokenExchange``.

    Args:
        client_id, client_secret: of the Slack app. client: without a token.
        clock: Unix seconds.
    """

    def __init__(self, *, client_id: str, client_secret: str, client: Client, clock: Clock) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._client = client
        self._clock = clock

    async def refresh(self, workspace_id: str, refresh_token: str) -> BotTokens:
        asked_at = self._clock()
        response = await call_read(
            self._client,
            self._client.oauth_v2_access(
                client_id=self._client_id,
                client_secret=self._client_secret,
                grant_type="refresh_token",
                refresh_token=refresh_token,
            ),
        )
        return BotTokens(
            token=field(response, "access_token"),
            refresh_token=field(response, "refresh_token"),
            expires_at=asked_at + float(field(response, "expires_in")),
        )


def authorize_url(api_url: str) -> str:
    """Return where Slack asks whoever installs the bot, beside its Web API."""
    return api_url.removesuffix("/").removesuffix("/api") + "/oauth/v2/authorize"


def _html(page: str, status: int) -> web.Response:
    return web.Response(
        text=page, status=status, content_type="text/html", headers=install_pages.HEADERS
    )
