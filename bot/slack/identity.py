"""Who the bot is in a workspace, asked before anything else is built."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.flows.errors import SlackCallError, SlackRefusedError
from bot.slack.web_api import call_read, field, within

log = logging.getLogger(__name__)

SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "users:read",
    }
)
"""What the bot token should have (manifest.json; docs/permissions.md says why)."""

OPTIONAL_SCOPES = frozenset({"groups:history", "groups:read"})
"""Those that only private channels need."""


ORG_WIDE = "org_wide_installation"
"""How ``who_am_i`` refuses a token that stands for a whole organization."""


NOT_INSTALLED = frozenset({"account_inactive", "token_revoked"})
"""How Slack refuses the token of an app that was removed from its workspace."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot in one workspace.

    Attributes:
        workspace_id: the workspace (``T...``).
        user_id: the bot's user (``U...``).
        bot_id: as messages carry it (``B...``); None if Slack doesn't say.
        app_id: the app (``A...``); None if Slack doesn't say.
    """

    workspace_id: str
    user_id: str
    bot_id: str | None
    app_id: str | None


async def who_am_i(client: AsyncWebClient) -> Identity:
    """Ask Slack who a token belongs to (docs.slack.dev/reference/methods/auth.test).

    Raises:
        SlackCallError: the token is refused, or Slack can't be asked now. The token of an org-wide
            installation is refused here (``ORG_WIDE``): with it, Slack wants to be told in each
            call which workspace is meant.
    """
    me = await call_read(client, client.auth_test())
    if me.get("is_enterprise_install"):
        raise SlackRefusedError(ORG_WIDE)
    bot_id = me.get("bot_id")
    app_id = await _app_id(client, bot_id) if bot_id else None
    return Identity(field(me, "team_id"), field(me, "user_id"), bot_id, app_id)


async def missing_scopes(client: AsyncWebClient) -> list[str]:
    """Return which scopes the token lacks, in order; none if Slack doesn't say.

    Raises:
        SlackCallError: Slack can't be asked now.
    """
    granted = await granted_scopes(client)
    return sorted(SCOPES - granted) if granted else []


async def granted_scopes(client: AsyncWebClient) -> frozenset[str]:
    """Return which scopes the token has; none if Slack doesn't say
    (docs.slack.dev/authentication/installing-with-oauth, header ``x-oauth-scopes``).

    Raises:
        SlackCallError: Slack can't be asked now.
    """
    try:
        response = await within(client.timeout, client.auth_test())
    except SlackApiError:
        return frozenset()  # the token itself is refused, which who_am_i tells
    headers = {str(name).lower(): value for name, value in response.headers.items()}
    granted = str(headers.get("x-oauth-scopes") or "")
    return frozenset(scope.strip() for scope in granted.split(",") if scope.strip())


async def may_connect(client: AsyncWebClient, app_token: str) -> None:
    """Ask for a Socket Mode address once (docs.slack.dev/reference/methods/apps.connections.open).

    Raises:
        SlackRefusedError: the app token is not accepted.
        RateLimitedError, SlackUnavailableError: not now.
    """
    await call_read(client, client.apps_connections_open(app_token=app_token))


async def _app_id(client: AsyncWebClient, bot_id: str) -> str | None:
    """Return the app's id; without it, payloads for other apps can't be told apart."""
    try:
        found = await call_read(client, client.bots_info(bot=bot_id))
        return field(found, "bot", "app_id")
    except SlackCallError as failure:
        log.info("the app's id is unknown: %s", failure)
        return None
