"""What ``reframe doctor`` says about Slack: tokens, scopes, connection, channels, admins, clock."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import urlsplit

import aiohttp

from bot.cli.check import NOT_OK, OFF, OK, WARNING, Check
from bot.cli.problems import sentence
from bot.flows.errors import (
    RateLimitedError,
    SettingsError,
    SlackCallError,
    SlackRefusedError,
    SlackUnavailableError,
)
from bot.setting_values import is_on_this_machine, is_slack_itself, listed, misplaced_token
from bot.settings import Settings
from bot.slack.clients import Client, web_client
from bot.slack.http import MAX_AGE_SECONDS
from bot.slack.identity import (
    OPTIONAL_SCOPES,
    Identity,
    granted_scopes,
    missing_scopes,
    who_am_i,
)
from bot.slack.installation import (
    ChannelReport,
    app_of,
    channel_report,
    connect_once,
    why_no_admin,
)
from bot.slack.oauth import INSTALL_PATH
from bot.slack.own_channels import own_channels
from bot.slack.state import SlackState
from bot.slack.web_api import call_read
from bot.workspace_wiring import choose_transport, kind_of_refusal, missing_for_many

_ODD_CLOCK_SECONDS = 60.0


async def check_slack(settings: Settings) -> list[Check]:
    """Check everything about Slack that its API can answer; changes nothing there."""
    if settings.serves_many_workspaces:
        return [await _check_many_workspaces(settings)]
    token = settings.bot_token
    if not token:
        return [Check("Slack", OFF, "SLACK_BOT_TOKEN is not set: reframe init asks for it")]
    if misplaced_token("SLACK_BOT_TOKEN", token):
        return []  # said among the settings
    state = SlackState(time.time)
    async with aiohttp.ClientSession() as session:
        client = web_client(
            token,
            settings.slack_api_url,
            settings.limits.post_timeout_seconds,
            session,
            state=state,
        )
        return [check async for check in _check_all(settings, client, state)]


async def _check_many_workspaces(settings: Settings) -> Check:
    """Check what needs no workspace: the settings, and that Slack can be reached."""
    try:
        choose_transport(settings, None)
    except SettingsError as wrong:
        missing = ", ".join(missing_for_many(settings))
        if wrong.why == "missing_for_many":
            detail = f"not set, and many workspaces need it: {missing}"
            return Check("Slack", NOT_OK, detail, sentence("fix_missing_for_many", name=missing))
        detail = f"{wrong.name} doesn't fit many workspaces"
        return Check("Slack", NOT_OK, detail, sentence(wrong.why, name=wrong.name))
    timeout = settings.limits.post_timeout_seconds
    async with aiohttp.ClientSession() as session:
        client = web_client("", settings.slack_api_url, timeout, session)
        try:
            await call_read(client, client.api_test())
        except SlackCallError as down:
            detail = f"{settings.slack_api_url} does not answer: {down}"
            return Check("Slack", NOT_OK, detail, _fix_away(settings, client))
    which = f"{_which_slack(settings)}: any workspace may install the bot, from {INSTALL_PATH}"
    return Check("Slack", OK, which)


async def _check_all(settings: Settings, client: Client, state: SlackState) -> AsyncIterator[Check]:
    if client.proxy:
        yield Check("proxy", OK, f"calls to Slack go through {_host_of(client.proxy)}")
    try:
        me = await who_am_i(client)
    except SlackRefusedError as refused:
        yield Check("Slack", NOT_OK, f"Slack refuses the bot token: {refused.code}",
                    sentence(kind_of_refusal(refused.code), what=refused.code))  # fmt: skip
        return
    except (RateLimitedError, SlackUnavailableError) as down:
        detail = f"{settings.slack_api_url} does not answer: {down}"
        yield Check("Slack", NOT_OK, detail, _fix_away(settings, client))
        return
    found = f"workspace {me.workspace_id}, bot {me.user_id}, app {me.app_id or 'unknown'}"
    yield Check("Slack", OK, f"{_which_slack(settings)}: {found}")
    yield await _or_refusal("scopes", lambda: _check_scopes(client))
    yield _check_clock(state.clock_error)
    app_token = settings.slack_app_token
    if app_token and not misplaced_token("SLACK_APP_TOKEN", app_token.get_secret_value()):
        yield await check_app_token(client, me, app_token.get_secret_value())
    for check in await _check_channels(settings, client):
        yield check
    for user_id in sorted(settings.admins):
        yield await _or_refusal(f"admin {user_id}", lambda: _check_admin(client, user_id))  # noqa: B023 - awaited at once


async def check_app_token(client: Client, me: Identity, app_token: str) -> Check:
    """Check that Socket Mode connects with an app token, and that it is of the bot's app."""
    other = app_of(app_token)
    if other and me.app_id and other != me.app_id:
        detail = f"the app token is of the app {other}, the bot token of {me.app_id}"
        return Check("Socket Mode", NOT_OK, detail, sentence("fix_other_app"))
    try:
        await connect_once(client, app_token)
    except SlackRefusedError as refused:
        fix = sentence("slack_refused_app_token", what=str(refused))
        return Check("Socket Mode", NOT_OK, f"Slack refuses the app token: {refused}", fix)
    except (RateLimitedError, SlackUnavailableError) as down:
        fix = sentence("fix_slack_away")
        return Check("Socket Mode", NOT_OK, f"can't connect: {down}", fix)
    return Check("Socket Mode", OK, "connects")


async def _check_scopes(client: Client) -> Check:
    missing = await missing_scopes(client)
    if not missing:
        known = await granted_scopes(client)
        if not known:
            return Check("scopes", OFF, "can't be checked: Slack doesn't say which it gave")
        return Check("scopes", OK, "all that the manifest asks for")
    detail, fix = f"missing: {', '.join(missing)}", sentence("fix_scopes")
    if OPTIONAL_SCOPES.issuperset(missing):
        return Check("scopes", WARNING, f"{detail}, so private channels stay silent", fix)
    return Check("scopes", NOT_OK, detail, fix)


def _check_clock(error: float) -> Check:
    detail = f"{error:+.0f} s against Slack's"
    if abs(error) > MAX_AGE_SECONDS:
        return Check("clock", NOT_OK, detail, sentence("fix_clock"))
    if abs(error) > _ODD_CLOCK_SECONDS:
        return Check("clock", WARNING, detail, sentence("fix_clock"))
    return Check("clock", OK, detail)


async def _check_channels(settings: Settings, client: Client) -> list[Check]:
    if settings.channels == "*":
        return [await _or_refusal("channels", lambda: _check_count(client))]
    return [
        await _or_refusal(f"channel {each}", lambda: _check_channel(client, each))  # noqa: B023 - awaited at once
        for each in listed(settings.channels)
    ]


async def _check_count(client: Client) -> Check:
    count = len(await own_channels(client))
    if not count:
        return Check("channels", WARNING, "the bot is in none yet", sentence("fix_invite"))
    return Check("channels", OK, f"the bot is in {count}")


async def _check_channel(client: Client, channel_id: str) -> Check:
    name, report = f"channel {channel_id}", await channel_report(client, channel_id)
    match report:
        case None:
            detail = "no channel has this ID, or it is private and the bot isn't in it"
        case ChannelReport(is_archived=True):
            detail = "is archived"
        case ChannelReport(is_member=False):
            detail = "the bot isn't in it"
        case _:
            return Check(name, OK, "the bot is in it, and may read it")
    return Check(name, NOT_OK, detail, sentence("fix_channel"))


async def _check_admin(client: Client, user_id: str) -> Check:
    why = await why_no_admin(client, user_id)
    if why:
        return Check(f"admin {user_id}", NOT_OK, why, sentence("fix_admin"))
    return Check(f"admin {user_id}", OK, "works here")


async def _or_refusal(name: str, check: Callable[[], Awaitable[Check]]) -> Check:
    """Return a check's result, or that Slack would not answer it."""
    try:
        return await check()
    except SlackRefusedError as refused:
        return Check(name, NOT_OK, f"Slack refuses: {refused}", sentence("fix_scopes"))
    except (RateLimitedError, SlackUnavailableError) as down:
        return Check(name, WARNING, f"Slack does not answer: {down}", sentence("fix_slack_away"))


def _which_slack(settings: Settings) -> str:
    """Return which Slack is asked, in words: slack.com, or another one by its address."""
    if is_slack_itself(settings.slack_api_url):
        return "slack.com"
    return f"{settings.slack_api_url} (SLACK_API_URL), not slack.com"


def _fix_away(settings: Settings, client: Client) -> str:
    here = is_on_this_machine(settings.slack_api_url) and not client.proxy
    return sentence("fix_practice_away" if here else "fix_slack_away")


def _host_of(proxy: str) -> str:
    """Return a proxy without the name and password that its address may hold."""
    try:
        parts = urlsplit(proxy)
        return f"{parts.hostname or 'a proxy'}{f':{parts.port}' if parts.port else ''}"
    except ValueError:  # no port, or no address
        return "a proxy"
