"""Odd answers and events of Slack: slow, broken, out of shape, or only rarely seen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from html import escape
from typing import Any

import aiohttp
import pytest

from bot.core.model import Audience, Deleted
from bot.core.words import Playbook
from bot.flows.ports import ChatBusy, ChatDown, ChatInDoubt, Post, PostKind
from bot.sandbox.faults import Fault
from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Workspace
from bot.slack import app
from bot.slack.gateway import Gateway
from bot.slack.parse import heard, words

NOW = 1_760_000_000.0


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(Workspace()) as running:
        yield running


@pytest.fixture
async def gateway(slack: PretendSlack, playbook: Playbook) -> AsyncIterator[Gateway]:
    async with aiohttp.ClientSession() as session:
        client = app.client(slack.workspace.bot_token, slack.api_url, 1, session)
        yield Gateway(client, playbook.voice, lambda: NOW)


def answering(**about: Any) -> Fault:
    return Fault.http(200, json.dumps({"ok": True, **about}), "application/json")


def test_a_deletion_that_leaves_a_thread() -> None:
    """Slack deletes a message with replies by turning it into a tombstone; it is gone as well."""
    said = {"user": "U1", "text": "they owe us", "ts": "1.5", "thread_ts": "1.5"}
    gone = {"subtype": "tombstone", "user": "USLACKBOT", "text": "This message was deleted."}
    event = {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": "C1",
        "ts": "2.5",
        "message": said | gone | {"hidden": True},
        "previous_message": said,
    }

    found = heard({"event_id": "Ev1", "event": event}, "T1")
    assert found == Deleted("Ev1", "T1", "C1", "1.5", "they owe us")


@pytest.mark.parametrize("sent", ["they owe us \ud83d", "\udc00"])
def test_what_no_database_takes(sent: str) -> None:
    """Half characters, which no database stores, don't stay in the words."""
    assert words(sent).encode()


@pytest.mark.parametrize("typed", ["x" * 40_000, "a&b" * 2_000, "<" * 8_000])
def test_the_cut(typed: str) -> None:
    """Of a long text the first 4,000 typed characters are kept, whatever they are."""
    assert words(escape(typed, quote=False)) == typed[:4_000]


def post(channel: str, thread: str) -> Post:
    body = {"mirror": "No answer so far.", "question": "What could help?", "credit": "Idea"}
    return Post(1, PostKind.NUDGE, "k1", "T1", channel, thread, "U1", body, 0.0, 0, None)


async def test_a_hang_ends_with_the_clients_own_timeout(
    slack: PretendSlack, gateway: Gateway
) -> None:
    """A call that hangs for a minute ends after the second that was given, in doubt."""
    channel = slack.workspace.add_channel("deal")
    root = await slack.say("U1", channel, "root")
    slack.faults.next("chat.postMessage", Fault.hang(60))
    async with asyncio.timeout(5):
        with pytest.raises(ChatInDoubt):
            await gateway.post(post(channel, root))


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
async def test_what_is_no_answer_of_slacks(
    slack: PretendSlack, gateway: Gateway, fault: Fault
) -> None:
    """A proxy's page, whatever its type, means that Slack can't be reached."""
    channel = slack.workspace.add_channel("deal")
    slack.faults.next("conversations.info", fault)
    slack.faults.next("conversations.history", fault)
    with pytest.raises(ChatDown):
        await gateway.audience(channel)

    assert await gateway.earlier(channel, None, "1760000000.000100") == ()


@pytest.mark.parametrize("body", ["<html>slow down</html>", "slow down", '{"ok": false', "{}"])
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/json"])
async def test_429_in_any_words(
    slack: PretendSlack, gateway: Gateway, body: str, kind: str
) -> None:
    """429 means to wait as long as its header says, whatever the body is."""
    fault = Fault("http", 429, body, kind, headers=(("Retry-After", "7"),))
    slack.faults.next("users.info", fault)
    with pytest.raises(ChatBusy) as busy:
        await gateway.person("U1")

    assert busy.value.retry_after == 7


@pytest.mark.parametrize(
    "header", ["inf", "nan", "1e400", "Wed, 21 Oct 2026 07:28:00 GMT", "", "-1"]
)
async def test_a_wait_has_an_end(slack: PretendSlack, gateway: Gateway, header: str) -> None:
    """No Retry-After makes the bot wait for ever."""
    slack.faults.next("users.info", Fault.rate_limited(header))
    with pytest.raises(ChatBusy) as busy:
        await gateway.person("U1")

    assert 0 <= busy.value.retry_after <= 3_600


async def test_fresh_is_fresh(slack: PretendSlack, gateway: Gateway) -> None:
    """A fresh answer is asked for after the wish for it, though another call is under way."""
    channel = slack.workspace.add_channel("deal")
    slack.faults.next("conversations.info", Fault.slow(0.3))
    earlier = asyncio.create_task(gateway.audience(channel))
    while not slack.calls_of("conversations.info"):
        await asyncio.sleep(0.01)
    slack.workspace.channels[channel].is_ext_shared = True
    fresh = await gateway.audience(channel, fresh=True)
    await earlier

    assert fresh is Audience.OUTSIDERS


async def test_context_of_a_long_thread(slack: PretendSlack, gateway: Gateway) -> None:
    """In a thread of forty, the context is the three messages just before."""
    channel = slack.workspace.add_channel("deal")
    root = await slack.say("U1", channel, "root")
    said = [await slack.say("U1", channel, str(n), thread_ts=root) for n in range(40)]

    assert await gateway.earlier(channel, root, said[38]) == ("35", "36", "37")


@pytest.mark.parametrize(
    "messages",
    [[{"ts": "1.5", "text": 5}], [None], ["x"], [{"text": "no ts"}], {"a": 1}, "x", 5],
)
async def test_context_of_any_shape(
    slack: PretendSlack, gateway: Gateway, messages: object
) -> None:
    """History of a shape that nobody knows is no context, and no error."""
    channel = slack.workspace.add_channel("deal")
    slack.faults.next("conversations.history", answering(messages=messages))

    assert await gateway.earlier(channel, None, "1760000000.000100") == ()


@pytest.mark.parametrize(
    ("about", "audience"),
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
    slack: PretendSlack, gateway: Gateway, about: dict[str, Any], audience: Audience
) -> None:
    """Where Slack does not say whether outsiders read, nobody knows."""
    slack.faults.next("conversations.info", answering(**about))

    assert await gateway.audience("C1") is audience


@pytest.mark.parametrize(
    ("about", "zone", "offset"),
    [
        ({}, None, 0),
        ({"tz": "", "tz_offset": None}, None, 0),
        ({"tz_offset": -18_000}, None, -18_000),
    ],
)
async def test_a_person_without_a_zone(
    slack: PretendSlack, gateway: Gateway, about: dict[str, Any], zone: str | None, offset: int
) -> None:
    """A person of whom Slack tells no zone has none."""
    slack.faults.next("users.info", answering(user=about))
    person = await gateway.person("U1")

    assert (person.zone, person.offset, person.colleague) == (zone, offset, True)


async def test_nobody_there(playbook: Playbook) -> None:
    """Where nobody listens a post was surely not taken."""
    async with PretendSlack() as slack, aiohttp.ClientSession() as session:
        gateway = Gateway(app.client("x", slack.api_url, 1, session), playbook.voice, lambda: NOW)
        await slack.stop()
        with pytest.raises(ChatDown):
            await gateway.post(post("C1", "1.5"))


async def test_whisper_and_retract(slack: PretendSlack, gateway: Gateway) -> None:
    """A whisper is for one reader, in the thread; a retraction takes the own message away."""
    ana = slack.workspace.add_user("ana")
    channel = slack.workspace.add_channel("deal", [ana])
    root = await slack.say(ana, channel, "root")
    nudge = post(channel, root)
    ts = await gateway.post(nudge)
    whisper = Post(
        2, PostKind.WHISPER, "k2", "T1", channel, root, ana,
        {"line": "a < b & c", "about": "helpful"}, 0.0, 0, None,
    )  # fmt: skip
    await gateway.post(whisper)
    gone = await gateway.post(
        Post(3, PostKind.RETRACT, "k3", "T1", channel, root, ts, {}, 0.0, 0, None)
    )

    (shown,) = slack.workspace.ephemerals(channel, ana)
    assert (shown["text"], shown["thread_ts"]) == ("a &lt; b &amp; c", root)
    assert shown["blocks"][0]["text"]["text"] == "a < b & c"
    assert gone == ts
    assert slack.workspace.replies(channel, root) == []
