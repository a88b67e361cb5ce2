"""Several fake workspaces at one address, each of which may install the app by OAuth.

Follows docs.slack.dev/authentication/installing-with-oauth and
docs.slack.dev/authentication/using-token-rotation: a code and a refresh token are taken once, and
the token before a new one holds until it expires.
"""

from __future__ import annotations

import asyncio
import itertools
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from aiohttp import encode_basic_auth, web

from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json, Workspace


class InstallableSlack:
    """The Web API and the page that asks for consent, for several workspaces. Use it as an async
    context manager; the workspaces are started by whoever made them.

    Args:
        slacks: the workspaces.
        client_id, client_secret: of the app.

    Attributes:
        redirect_url: where whoever installs the app is sent back to; may be set later.
        chosen: the workspace in which the app is installed next.
        consents: whether whoever is asked says yes. is_org_wide: whether to a whole organization.
        expires_in: seconds for which a new token holds; None for ever.
        refreshes: how many refresh tokens were exchanged, by workspace.
        seconds: how long an exchange takes.
    """

    def __init__(
        self, *slacks: FakeSlack, client_id: str, client_secret: str, redirect_url: str
    ) -> None:
        self.chosen = slacks[0]
        self.consents = True
        self.is_org_wide = False
        self.expires_in: int | None = None
        self.refreshes: dict[str, int] = {}
        self.seconds = 0.0
        self._slacks = slacks
        self._client = (client_id, client_secret)
        self.redirect_url = redirect_url
        self._codes: dict[str, FakeSlack] = {}
        self._refresh_tokens: dict[str, FakeSlack] = {}
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def api_url(self) -> str:
        """Value for ``SLACK_API_URL``."""
        return f"http://127.0.0.1:{self._port}/api/"

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_get("/oauth/v2/authorize", self._authorize)
        application.router.add_post("/api/oauth.v2.access", self._access)
        application.router.add_route("*", "/api/{method}", self._call)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _authorize(self, request: web.Request) -> web.Response:
        """Ask for consent, and send the browser back with a code or an error."""
        if request.query.get("client_id") != self._client[0] or not request.query.get("scope"):
            return web.Response(status=400, text="invalid_client_id")
        answer = {"state": request.query.get("state", "")}
        if self.consents:
            answer["code"] = f"code-{next(self._numbers)}"
            self._codes[answer["code"]] = self.chosen
        else:
            answer["error"] = "access_denied"
        raise web.HTTPFound(f"{self.redirect_url}?{urlencode(answer)}")

    async def _access(self, request: web.Request) -> web.Response:
        """Exchange a code or a refresh token."""
        given = await request.post()
        await asyncio.sleep(self.seconds)
        if request.headers.get("Authorization") != encode_basic_auth(*self._client):
            return _error("bad_client_secret")
        if given.get("grant_type") == "refresh_token":
            slack = self._refresh_tokens.pop(str(given.get("refresh_token")), None)
            if slack is None:
                return _error("invalid_refresh_token")
            team_id = slack.workspace.team_id
            self.refreshes[team_id] = self.refreshes.get(team_id, 0) + 1
        else:
            slack = self._codes.pop(str(given.get("code")), None)
            if slack is None:
                return _error("invalid_code")
        return web.json_response(self._granted(slack))

    def _granted(self, slack: FakeSlack) -> Json:
        space = slack.workspace
        number = next(self._numbers)
        space.older_tokens.add(space.bot_token)
        space.bot_token = f"xoxb-{space.team_id}-{number}"
        granted: Json = {
            "ok": True,
            "access_token": space.bot_token,
            "token_type": "bot",
            "scope": "chat:write",
            "bot_user_id": space.bot_user_id,
            "app_id": space.app_id,
            "team": {"id": space.team_id, "name": space.team_id},
            "enterprise": None,
            "authed_user": {"id": "U0001"},
            "is_enterprise_install": False,
        }
        if self.is_org_wide:
            organization = {"id": "E0ORG", "name": "Org"}
            granted |= {"team": None, "enterprise": organization, "is_enterprise_install": True}
        if self.expires_in is not None:
            refresh_token = f"xoxe-1-{space.team_id}-{number}"
            self._refresh_tokens[refresh_token] = slack
            granted |= {"refresh_token": refresh_token, "expires_in": self.expires_in}
        return granted

    async def _call(self, request: web.Request) -> web.StreamResponse:
        """Hand a call to the workspace that its token belongs to."""
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        for slack in self._slacks:
            if _accepts(slack.workspace, token):
                return await slack.serve_api(request)
        return _error("invalid_auth")


def uninstall(slack: FakeSlack) -> None:
    """Take the app's tokens back in a workspace, without telling the app."""
    slack.workspace.bot_token = ""
    slack.workspace.older_tokens.clear()


def _accepts(space: Workspace, token: str) -> bool:
    return bool(token) and token in {space.bot_token, *space.older_tokens}


def _error(code: str) -> web.Response:
    return web.json_response({"ok": False, "error": code})
