"""What Slack says about an installation, for ``reframe doctor`` and ``reframe init``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from bot.flows.errors import SlackRefusedError, SlackUnavailableError
from bot.slack.clients import Client
from bot.slack.web_api import call_read, field, within

_HELLO_SECONDS = 5.0
_NO_COLLEAGUE = ("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_stranger")


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """What the bot can do in a channel.

    Attributes:
        is_member: whether it is in the channel.
        is_archived: whether nobody can write there.
    """

    is_member: bool
    is_archived: bool


async def connect_once(client: Client, app_token: str) -> None:
    """Connect by Socket Mode and wait for Slack's hello, then hang up
    (docs.slack.dev/apis/events-api/using-socket-mode).

    An event that Slack sends meanwhile gets no acknowledgment, so Slack sends it again.

    Raises:
        SlackRefusedError: the app token is not accepted.
        RateLimitedError, SlackUnavailableError: no connection now.
    """
    opened = await call_read(client, client.apps_connections_open(app_token=app_token))
    hello = await within(_HELLO_SECONDS, _hello(client, field(opened, "url")))
    if hello.get("type") != "hello":
        raise SlackUnavailableError("Slack's first line is no hello")


async def _hello(client: Client, url: str) -> dict[str, Any]:
    assert client.session is not None
    try:
        async with client.session.ws_connect(url, proxy=client.proxy) as socket:
            found = await socket.receive_json()
    except TypeError as closed:  # what aiohttp makes of a connection that ends instead
        raise SlackUnavailableError("the connection was closed at once") from closed
    return found if isinstance(found, dict) else {}


def app_of(app_token: str) -> str | None:
    """Return the id of the app that an app token names; None if it has another form."""
    found = re.match(r"xapp-\d+-(A[A-Z0-9]+)-", app_token)
    return found[1] if found else None


async def channel_report(client: Client, channel_id: str) -> ChannelReport | None:
    """Return what the bot can do in a channel; None if there is none with this id, or it is private
    and the bot isn't in it. Reads one message of it to know that it may.

    Raises:
        SlackRefusedError: a scope is missing; ``needed`` names it.
        RateLimitedError, SlackUnavailableError: not now.
    """
    try:
        found = await call_read(client, client.conversations_info(channel=channel_id))
    except SlackRefusedError as refused:
        if refused.code == "channel_not_found":
            return None
        raise
    channel = found.get("channel") or {}
    report = ChannelReport(bool(channel.get("is_member")), bool(channel.get("is_archived")))
    if report.is_member:
        await call_read(client, client.conversations_history(channel=channel_id, limit=1))
    return report


async def why_no_admin(client: Client, user_id: str) -> str:
    """Return why somebody can't be an admin, in plain words; empty if nothing is in the way.

    Raises:
        SlackCallError: Slack can't be asked now.
    """
    try:
        found = await call_read(client, client.users_info(user=user_id))
    except SlackRefusedError as refused:
        if refused.code in ("user_not_found", "user_not_visible"):
            return "nobody in this workspace has this ID"
        raise
    user = found.get("user") or {}
    reasons = dict(zip(_NO_COLLEAGUE, ("deactivated", "a bot", *["a guest"] * 3), strict=True))
    return next((f"is {why}" for flag, why in reasons.items() if user.get(flag)), "")
