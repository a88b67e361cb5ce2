"""The gateway against the pretend Slack: what Slack answers, in the words of the flows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from bot.core.model import Audience
from bot.core.words import Playbook
from bot.flows.ports import ChatBusy, ChatDown, ChatInDoubt, ChatRefused, Post, PostKind
from bot.sandbox.faults import Fault
from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Workspace
from bot.slack import app
from bot.slack.gateway import Gateway


@dataclass
class Desk:
    """A gateway, its Slack and a clock that is set by hand."""

    slack: PretendSlack
    gateway: Gateway
    now: list[float] = field(default_factory=lambda: [1_760_000_000.0])

    def channel(self, **flags: bool) -> str:
        return self.slack.workspace.add_channel("deal", [], **flags)


@pytest.fixture
async def desk(playbook: Playbook) -> AsyncIterator[Desk]:
    async with PretendSlack(Workspace()) as slack, aiohttp.ClientSession() as session:
        client = app.client(slack.workspace.bot_token, slack.api_url, 1, session)
        now = [1_760_000_000.0]
        yield Desk(slack, Gateway(client, playbook.voice, lambda: now[0]), now)


@pytest.mark.parametrize(
    ("flags", "audience"),
    [
        ({}, Audience.COLLEAGUES),
        ({"is_private": True}, Audience.COLLEAGUES),
        ({"is_org_shared": True}, Audience.COLLEAGUES),
        ({"is_ext_shared": True}, Audience.OUTSIDERS),
        ({"is_pending_ext_shared": True}, Audience.OUTSIDERS),
    ],
)
async def test_who_reads(desk: Desk, flags: dict[str, bool], audience: Audience) -> None:
    """Only a channel that Slack calls ours alone is safe."""
    assert await desk.gateway.audience(desk.channel(**flags)) is audience


async def test_who_reads_is_known_for_ten_minutes(desk: Desk) -> None:
    """The answer is kept for 600 seconds, unless a fresh one is wanted."""
    channel = desk.channel()
    for seconds in (0, 600, 1):
        desk.now[0] += seconds
        await desk.gateway.audience(channel)
    asked = len(desk.slack.calls_of("conversations.info"))
    desk.slack.workspace.channels[channel].is_ext_shared = True

    assert asked == 2
    assert await desk.gateway.audience(channel, fresh=True) is Audience.OUTSIDERS


async def test_many_ask_slack_once(desk: Desk) -> None:
    """Twenty suspects of one channel at a time cost one call."""
    channel = desk.channel()
    await asyncio.gather(*(desk.gateway.audience(channel) for _ in range(20)))

    assert len(desk.slack.calls_of("conversations.info")) == 1


async def test_a_failure_is_not_kept(desk: Desk) -> None:
    """After a failed answer the next one is asked for."""
    channel = desk.channel()
    desk.slack.faults.next("conversations.info", Fault.http(500))
    with pytest.raises(ChatDown):
        await desk.gateway.audience(channel)

    assert await desk.gateway.audience(channel) is Audience.COLLEAGUES


@pytest.mark.parametrize(
    "flag", ["is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted"]
)
async def test_who_is_no_colleague(desk: Desk, flag: str) -> None:
    """Bots, guests, strangers and leavers are none."""
    user = desk.slack.workspace.add_user("x", tz="Asia/Tokyo", **{flag: True})
    person = await desk.gateway.person(user)

    assert not person.colleague
    assert (person.zone, person.offset) == ("Asia/Tokyo", 32_400)


@pytest.mark.parametrize(
    "fault",
    [Fault.http(500), Fault.error("missing_scope"), Fault.rate_limited(), Fault.cut_before()],
)
async def test_context_is_a_courtesy(desk: Desk, fault: Fault) -> None:
    """Earlier messages that can't be read are simply not there."""
    desk.slack.faults.next("conversations.history", fault)

    assert await desk.gateway.earlier(desk.channel(), None, "1760000000.0") == ()


async def test_context_is_what_came_before(desk: Desk) -> None:
    """Up to three earlier messages, oldest first, and not the message itself."""
    channel = desk.channel()
    said = [await desk.slack.say("U1", channel, str(n)) for n in range(6)]

    assert await desk.gateway.earlier(channel, None, said[4]) == ("1", "2", "3")


def nudge(channel: str, thread: str) -> Post:
    body = {"mirror": "No answer so far.", "question": "What could help?", "credit": "Idea"}
    return Post(1, PostKind.NUDGE, "k1", "T1", channel, thread, "U1", body, 0.0, 0, None)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.error("is_archived"), ChatRefused),
        (Fault.rate_limited("7"), ChatBusy),
        (Fault.http(500), ChatInDoubt),
        (Fault.http(502, "<html>bad gateway</html>"), ChatInDoubt),
        (Fault.cut_before(), ChatInDoubt),
        (Fault.cut_after(), ChatInDoubt),
        (Fault.hang(3), ChatInDoubt),
    ],
)
async def test_how_a_post_can_fail(desk: Desk, fault: Fault, error: type[Exception]) -> None:
    """6 to 8: a post is refused, put off, or in doubt; and it is tried once only."""
    channel = desk.channel()
    root = await desk.slack.say("U1", channel, "root")
    desk.slack.faults.next("chat.postMessage", fault)
    with pytest.raises(error):
        await desk.gateway.post(nudge(channel, root))

    assert len(desk.slack.calls_of("chat.postMessage")) == 1


@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30.0), ("1.5", 1.5), (None, 30.0), ("soon", 30.0), ("-5", 0.0)]
)
async def test_how_long_to_wait(desk: Desk, header: str | None, seconds: float) -> None:
    """7: Retry-After in any form, or missing."""
    desk.slack.faults.next("users.info", Fault.rate_limited(header))
    with pytest.raises(ChatBusy) as busy:
        await desk.gateway.person("U1")

    assert busy.value.retry_after == seconds


async def test_a_post_is_found_by_its_key(desk: Desk) -> None:
    """6: what was posted is found in its thread; what was not, is not."""
    channel = desk.channel()
    root = await desk.slack.say("U1", channel, "root")
    post = nudge(channel, root)
    before = await desk.gateway.find(post)
    ts = await desk.gateway.post(post)

    assert before is None
    assert await desk.gateway.find(post) == ts
