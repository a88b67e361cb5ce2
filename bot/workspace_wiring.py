"""Finds out which workspaces are served, and builds who calls Slack in them. Used by
``bot.wiring`` alone."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from dataclasses import dataclass, replace
from functools import partial

import aiohttp

from bot.core.policy import InstallLimits
from bot.flows.errors import (
    RateLimitedError,
    SettingsError,
    SlackRefusedError,
    SlackSetupError,
    SlackUnavailableError,
)
from bot.flows.installing import Installing, note_installed
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store
from bot.flows.roles import Role
from bot.flows.shared_rate_limits import SharedRateLimits
from bot.flows.workspace_tokens import WorkspaceTokens
from bot.health import Transport
from bot.setting_values import is_on_this_machine
from bot.settings import Settings
from bot.slack.clients import Client, MethodHolds, web_client
from bot.slack.identity import NOT_INSTALLED, ORG_WIDE, Identity, may_connect, who_am_i
from bot.slack.oauth import InstallPages, SlackTokenExchange, authorize_url
from bot.slack.state import SlackState
from bot.slack.views.block_kit import Strings
from bot.slack.workspaces import InstalledWorkspaces, SingleWorkspace, Workspaces
from bot.store.database import engine_url

log = logging.getLogger(__name__)

_STATE_BYTES = 24
_ASK_SLACK_SECONDS = 8.0  # at the start
_ASK_AGAIN_SECONDS = 1.0
_LONGEST_RETRY_AFTER_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackSide:
    """Who calls Slack.

    Attributes:
        workspaces: knows the bot in each that is served.
        client: with the token of the one workspace, or with none where any may install the bot.
        install_pages: what installs the bot; None with one workspace.
    """

    workspaces: Workspaces
    client: Client
    install_pages: InstallPages | None = None


def check_role(settings: Settings, role: Role) -> None:
    """Check that several processes can share the database and its texts.

    Raises:
        SettingsError: it is SQLite, or there is no key that all of them know.
    """
    if role == "all":
        return
    address = settings.database_url.get_secret_value()
    if engine_url(address).get_backend_name() == "sqlite":
        raise SettingsError("DATABASE_URL", "roles_need_postgres")
    if not settings.encryption_keys:
        raise SettingsError("REFRAME_ENCRYPTION_KEY", "roles_need_key")


def choose_transport(settings: Settings, asked: Transport | None, role: Role = "all") -> Transport:
    """Return how events come in: as asked, else by which tokens are set. To a worker none come, and
    its HTTP serves the probes alone.

    Raises:
        SettingsError: what that needs is not set.
    """
    if settings.serves_many_workspaces:
        return _many_by_http(settings, asked)
    if settings.slack_bot_token is None:
        raise SettingsError("SLACK_BOT_TOKEN", "missing_bot_token")
    if role == "worker":
        return "http"
    transport: Transport = asked or ("socket" if settings.slack_app_token else "http")
    needed = settings.slack_app_token if transport == "socket" else settings.slack_signing_secret
    if needed is None:
        name = "SLACK_APP_TOKEN" if transport == "socket" else "SLACK_SIGNING_SECRET"
        raise SettingsError(name, "missing_transport")
    return transport


def _many_by_http(settings: Settings, asked: Transport | None) -> Transport:
    if asked == "socket":
        raise SettingsError("SLACK_CLIENT_ID", "many_need_http")
    if settings.slack_bot_token is not None:
        raise SettingsError("SLACK_BOT_TOKEN", "one_or_many")
    for name in missing_for_many(settings):
        raise SettingsError(name, "missing_for_many")
    return "http"


def missing_for_many(settings: Settings) -> list[str]:
    """Return every setting that many workspaces need and that is not set."""
    needed = {
        "SLACK_CLIENT_ID": settings.slack_client_id,
        "SLACK_CLIENT_SECRET": settings.slack_client_secret,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "REFRAME_ENCRYPTION_KEY": settings.encryption_key,
    }
    return [name for name, value in needed.items() if not value]


async def build_slack_side(
    settings: Settings,
    transport: Transport,
    *,
    store: Store,
    slack: SlackState,
    session: aiohttp.ClientSession,
    strings: Strings,
    clock: Clock,
    owner: str,
    role: Role,
) -> SlackSide:
    """Find out which workspaces are served.

    Args:
        settings: all of them. transport: how events come in.
        store: holds the installations. slack: is told what Slack answers.
        session: shared by all clients. strings: the UI strings. clock: Unix seconds.
        owner: under which name this process exchanges tokens. role: what it does.

    Raises:
        SlackSetupError: a token is refused, or Slack can't be reached.
    """
    new_client = partial(
        web_client,
        api_url=settings.slack_api_url,
        timeout=settings.limits.post_timeout_seconds,
        session=session,
    )
    shared = SharedRateLimits(store=store, clock=clock, asks=role == "web")
    if settings.serves_many_workspaces:
        return _any_workspace(
            settings, new_client, store=store, slack=slack, shared=shared, strings=strings,
            clock=clock, owner=owner,
        )  # fmt: skip
    client = new_client(settings.bot_token, state=slack)
    identity = await identify(client, settings)
    client.holds = MethodHolds(identity.workspace_id, shared)
    await note_installed(store, identity.workspace_id)
    if transport == "socket" and settings.slack_app_token:
        await check_app_token(client, settings.slack_app_token.get_secret_value())
    return SlackSide(workspaces=SingleWorkspace(identity, client), client=client)


def _any_workspace(
    settings: Settings,
    new_client: partial[Client],
    *,
    store: Store,
    slack: SlackState,
    shared: SharedRateLimits,
    strings: Strings,
    clock: Clock,
    owner: str,
) -> SlackSide:
    client = new_client("")
    client_id = settings.slack_client_id or ""
    secret = settings.slack_client_secret
    client_secret = secret.get_secret_value() if secret else ""
    limits, new_state = InstallLimits(), partial(secrets.token_urlsafe, _STATE_BYTES)
    exchange = SlackTokenExchange(
        client_id=client_id, client_secret=client_secret, client=client, clock=clock
    )
    tokens = WorkspaceTokens(
        store=store, exchange=exchange, clock=clock, owner=owner, limits=limits
    )
    workspaces = InstalledWorkspaces(
        tokens=tokens, new_client=new_client, slack=slack, shared=shared, clock=clock
    )
    pages = InstallPages(
        client_id=client_id,
        client_secret=client_secret,
        client=client,
        authorize_url=authorize_url(settings.slack_api_url),
        installing=Installing(store=store, clock=clock, new_state=new_state, limits=limits),
        on_installed=workspaces.forget,
        strings=strings,
        has_model=bool(settings.openai_model),
    )
    return SlackSide(workspaces=workspaces, client=client, install_pages=pages)


def kind_of_refusal(code: str) -> str:
    """Return the key of the sentence that says what to do when Slack refuses a bot token.

    Args:
        code: Slack's error code.
    """
    if code in NOT_INSTALLED:
        return "slack_not_installed"
    return "slack_org_wide" if code == ORG_WIDE else "slack_refused_token"


async def identify(client: Client, settings: Settings) -> Identity:
    """Ask Slack who the bot token belongs to; a Slack that is busy is asked again for a while.

    Raises:
        SlackSetupError: the token is refused, or Slack can't be reached.
    """
    deadline = time.monotonic() + _ASK_SLACK_SECONDS
    while True:
        try:
            identity = await who_am_i(client)
            break
        except SlackRefusedError as refused:
            raise SlackSetupError(kind_of_refusal(refused.code), refused.code) from None
        except RateLimitedError as limited:
            wait = limited.retry_after
            deadline = max(deadline, time.monotonic() + min(wait + 1, _LONGEST_RETRY_AFTER_SECONDS))
        except SlackUnavailableError:
            wait = _ASK_AGAIN_SECONDS
        if time.monotonic() + wait > deadline:
            here = is_on_this_machine(settings.slack_api_url)
            kind = "practice_unreachable" if here else "slack_unreachable"
            raise SlackSetupError(kind, settings.slack_api_url)
        log.warning("Slack can't be asked who the bot is; asking again in %.0f s", wait)
        await asyncio.sleep(wait)
    log.info("workspace=%s bot=%s", identity.workspace_id, identity.user_id)
    return replace(identity, app_id=settings.slack_app_id or identity.app_id)


async def check_app_token(client: Client, app_token: str) -> None:
    """Try the app token once: the library would retry one that Slack refuses forever.

    Raises:
        SlackSetupError: Slack refuses it.
    """
    try:
        await may_connect(client, app_token)
    except SlackRefusedError as refused:
        raise SlackSetupError("slack_refused_app_token", refused.code) from None
    except (RateLimitedError, SlackUnavailableError) as passing:
        log.warning("Socket Mode is not available yet: %s", passing)
