"""Odd responses of Slack: slow, broken, out of shape, or only rarely seen."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from bot.core.model import Audience
from bot.core.playbook_model import Playbook
from bot.flows.errors import DeliveryUnconfirmedError, RateLimitedError, SlackUnavailableError
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.slack.clients import web_client
from bot.slack.gateway import Gateway
from bot.slack.identity import Identity
from bot.slack.workspaces import SingleWorkspace
from tests.slack.kit import Clock, claimed

WORKSPACE = "T0REFRAME"


def nudge(channel_id: str, thread_ts: str) -> ClaimedMessage:
    return claimed(MessageKind.NUDGE, WORKSPACE, channel_id, recipient_id="U1", thread_ts=thread_ts)


def responding(**fields: Any) -> Fault:
    return Fault.http(200, json.dumps({"ok": True, **fields}), "application/json")


async def test_a_hanging_call_ends_with_the_clients_timeout(
    slack: FakeSlack, gateway: Gateway
) -> None:
    """A call that hangs for a minute ends after the second that was given, unconfirmed."""
    channel_id = slack.workspace.add_channel("deal")
    root = await slack.post_message("U1", channel_id, "root")
    slack.faults.inject("chat.postMessage", Fault.hang(60))
    async with asyncio.timeout(5):
        with pytest.raises(DeliveryUnconfirmedError):
            await gateway.post(nudge(channel_id, root))


@pytest.mark.parametrize(
    "fault",
    [
        Fault.http(502, "Bad Gateway", "text/plain"),
        Fault.http(200, "OK", "text/plain"),
        Fault.http(200, "<html>", "text/html"),
        Fault.http(200, "{cut", "application/json"),
        Fault.http(200, "[1]", "application/json"),
        Fault.http(200, "", "application/json"),
        Fault.http(200, "null", "application/json"),
    ],
)
async def test_what_is_not_a_response_of_slack(
    slack: FakeSlack, gateway: Gateway, fault: Fault
) -> None:
    """A proxy's page, whatever its type, means that Slack can't be reached."""
    channel_id = slack.workspace.add_channel("deal")
    slack.faults.inject("conversations.info", fault)
    slack.faults.inject("conversations.history", fault)
    with pytest.raises(SlackUnavailableError):
        await gateway.audience(WORKSPACE, channel_id)

    assert await gateway.preceding_messages(WORKSPACE, channel_id, None, "1760000000.000100") == ()


@pytest.mark.parametrize("fields", [{}, {"ts": ""}, {"ts": None}])
async def test_a_post_without_a_ts_is_unconfirmed(
    slack: FakeSlack, gateway: Gateway, fields: dict[str, Any]
) -> None:
    """A 200 that doesn't name the message leaves open whether there is one."""
    channel_id = slack.workspace.add_channel("deal")
    slack.faults.inject("chat.postMessage", responding(**fields))
    with pytest.raises(DeliveryUnconfirmedError, match="no ts"):
        await gateway.post(nudge(channel_id, "1760000000.000100"))


@pytest.mark.parametrize("fields", [{}, {"channel": None}, {"channel": "D1"}, {"channel": {}}])
async def test_a_direct_conversation_without_an_id(
    slack: FakeSlack, gateway: Gateway, fields: dict[str, Any]
) -> None:
    """A 200 that doesn't name the conversation counts as no response at all."""
    slack.faults.inject("conversations.open", responding(**fields))
    with pytest.raises(SlackUnavailableError, match=r"no channel\.id"):
        await gateway.direct_channels.resolve(WORKSPACE, "U1")


@pytest.mark.parametrize("body", ["<html>slow down</html>", "slow down", '{"ok": false', "{}"])
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/json"])
async def test_429_with_any_body(slack: FakeSlack, gateway: Gateway, body: str, kind: str) -> None:
    """429 means to wait as long as its header says, whatever the body is."""
    fault = Fault("http", 429, body, kind, headers=(("Retry-After", "7"),))
    slack.faults.inject("users.info", fault)
    with pytest.raises(RateLimitedError) as limited:
        await gateway.person(WORKSPACE, "U1")

    assert limited.value.retry_after == 7


@pytest.mark.parametrize(
    "header", ["inf", "nan", "1e400", "Wed, 21 Oct 2026 07:28:00 GMT", "", "-1"]
)
async def test_every_wait_has_an_end(slack: FakeSlack, gateway: Gateway, header: str) -> None:
    """No Retry-After makes the bot wait forever."""
    slack.faults.inject("users.info", Fault.rate_limited(header))
    with pytest.raises(RateLimitedError) as limited:
        await gateway.person(WORKSPACE, "U1")

    assert 0 <= limited.value.retry_after <= 3_600


@pytest.mark.parametrize(
    "messages",
    [[{"ts": "1.5", "text": 5}], [None], ["x"], [{"text": "no ts"}], {"a": 1}, "x", 5],
)
async def test_history_of_any_shape(slack: FakeSlack, gateway: Gateway, messages: object) -> None:
    """History of an unknown shape is no context, and no error."""
    channel_id = slack.workspace.add_channel("deal")
    slack.faults.inject("conversations.history", responding(messages=messages))

    assert await gateway.preceding_messages(WORKSPACE, channel_id, None, "1760000000.000100") == ()


@pytest.mark.parametrize(
    ("response", "audience"),
    [
        ({}, Audience.UNKNOWN),
        ({"channel": None}, Audience.UNKNOWN),
        ({"channel": {"is_ext_shared": None}}, Audience.UNKNOWN),
        ({"channel": {"is_pending_ext_shared": True}}, Audience.UNKNOWN),
        ({"channel": {"is_ext_shared": False, "pending_shared": ["T2"]}}, Audience.OUTSIDERS),
        ({"channel": {"is_ext_shared": False, "pending_shared": []}}, Audience.COLLEAGUES),
        ({"channel": {"is_ext_shared": False}}, Audience.COLLEAGUES),
    ],
)
async def test_flags_that_slack_leaves_out(
    slack: FakeSlack, gateway: Gateway, response: dict[str, Any], audience: Audience
) -> None:
    """If Slack doesn't say whether outsiders read, the audience is unknown."""
    slack.faults.inject("conversations.info", responding(**response))
    slack.faults.inject("conversations.members", responding(members=[]))

    assert await gateway.audience(WORKSPACE, "C1") is audience


@pytest.mark.parametrize(
    ("user", "time_zone", "utc_offset"),
    [
        ({}, None, 0),
        ({"tz": "", "tz_offset": None}, None, 0),
        ({"tz_offset": -18_000}, None, -18_000),
    ],
)
async def test_a_person_without_a_time_zone(
    slack: FakeSlack,
    gateway: Gateway,
    user: dict[str, Any],
    time_zone: str | None,
    utc_offset: int,
) -> None:
    """A user without a time zone has none, and is a colleague all the same."""
    slack.faults.inject("users.info", responding(user=user))
    person = await gateway.person(WORKSPACE, "U1")

    assert (person.time_zone, person.utc_offset, person.is_colleague) == (
        time_zone,
        utc_offset,
        True,
    )


@pytest.mark.parametrize(
    ("profile", "status"),
    [
        (None, ""),
        ("away", ""),
        ({}, ""),
        ({"status_emoji": ":palm_tree:", "status_text": "Vacation"}, ":palm_tree: Vacation"),
        ({"status_text": "Out", "status_expiration": 1_760_000_001}, "Out"),
        ({"status_text": "Out", "status_expiration": 1_759_999_999}, ""),
        ({"status_text": "Out", "status_expiration": "soon"}, "Out"),
    ],
)
async def test_a_status_of_any_shape(
    slack: FakeSlack, gateway: Gateway, profile: object, status: str
) -> None:
    """A status counts until it expires."""
    slack.faults.inject("users.info", responding(user={"profile": profile}))

    assert (await gateway.person(WORKSPACE, "U1")).status == status


async def test_nobody_is_there(
    session: aiohttp.ClientSession, playbook: Playbook, clock: Clock
) -> None:
    """If nobody listens, a post was surely not taken."""
    async with FakeSlack() as slack:
        client = web_client("x", slack.api_url, 1, session)
        gateway = Gateway(
            SingleWorkspace(Identity(WORKSPACE, "U0", None, None), client),
            playbook.languages,
            clock,
        )
        await slack.stop()
        with pytest.raises(SlackUnavailableError):
            await gateway.post(nudge("C1", "1.5"))
