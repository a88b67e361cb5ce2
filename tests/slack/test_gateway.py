"""The gateway against the fake Slack: what Slack answers, in the words of the flows."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.model import Audience, Turn
from bot.flows.errors import (
    DeliveryUnconfirmedError,
    RateLimitedError,
    SlackRefusedError,
    SlackUnavailableError,
)
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.slack.gateway import Gateway
from tests.slack.kit import NUDGE_CONTENT, Clock, claimed, rendered

WORKSPACE = "T0REFRAME"


def nudge(channel_id: str, thread_ts: str) -> ClaimedMessage:
    return claimed(MessageKind.NUDGE, WORKSPACE, channel_id, recipient_id="U1", thread_ts=thread_ts)


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
async def test_who_reads(
    slack: FakeSlack, gateway: Gateway, flags: dict[str, bool], audience: Audience
) -> None:
    """Only a channel of the company alone is safe."""
    channel_id = slack.workspace.add_channel("deal", [], **flags)

    assert await gateway.audience(WORKSPACE, channel_id) is audience


async def test_who_reads_is_known_for_ten_minutes(
    slack: FakeSlack, gateway: Gateway, clock: Clock
) -> None:
    """The answer is kept for 600 seconds, unless a fresh one is wanted."""
    channel_id = slack.workspace.add_channel("deal")
    for seconds in (0, 599, 2):
        clock.now += seconds
        await gateway.audience(WORKSPACE, channel_id)
    asked = len(slack.calls_to("conversations.info"))
    slack.workspace.channels[channel_id].is_ext_shared = True

    assert asked == 2
    assert await gateway.audience(WORKSPACE, channel_id, fresh=True) is Audience.OUTSIDERS


async def test_many_ask_slack_once(slack: FakeSlack, gateway: Gateway) -> None:
    """Twenty candidates of one channel at a time cost one call."""
    channel_id = slack.workspace.add_channel("deal")
    await asyncio.gather(*(gateway.audience(WORKSPACE, channel_id) for _ in range(20)))

    assert len(slack.calls_to("conversations.info")) == 1


async def test_a_failure_is_not_kept(slack: FakeSlack, gateway: Gateway) -> None:
    """After a failure Slack is asked again."""
    channel_id = slack.workspace.add_channel("deal")
    slack.faults.inject("conversations.info", Fault.http(500))
    with pytest.raises(SlackUnavailableError):
        await gateway.audience(WORKSPACE, channel_id)

    assert await gateway.audience(WORKSPACE, channel_id) is Audience.COLLEAGUES


async def test_a_fresh_answer_is_asked_for_afterward(slack: FakeSlack, gateway: Gateway) -> None:
    """A fresh answer comes from a call that began after the request, not from one under way."""
    channel_id = slack.workspace.add_channel("deal")
    slack.faults.inject("conversations.info", Fault.slow(0.3))
    earlier = asyncio.create_task(gateway.audience(WORKSPACE, channel_id))
    while not slack.calls_to("conversations.info"):
        await asyncio.sleep(0.01)
    slack.workspace.channels[channel_id].is_ext_shared = True
    fresh = await gateway.audience(WORKSPACE, channel_id, fresh=True)
    await earlier

    assert fresh is Audience.OUTSIDERS


@pytest.mark.parametrize(
    "flag", ["is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted"]
)
async def test_who_is_not_a_colleague(slack: FakeSlack, gateway: Gateway, flag: str) -> None:
    """Bots, guests, strangers and people who left are not colleagues."""
    user_id = slack.workspace.add_user("x", tz="Asia/Tokyo")
    setattr(slack.workspace.users[user_id], flag, True)
    person = await gateway.person(WORKSPACE, user_id)

    assert not person.is_colleague
    assert (person.time_zone, person.utc_offset) == ("Asia/Tokyo", 32_400)


@pytest.mark.parametrize("user_id", ["USLACKBOT", ""])
async def test_slackbot_is_nobody(slack: FakeSlack, gateway: Gateway, user_id: str) -> None:
    """Slack describes it as a human, so it isn't asked."""
    assert not (await gateway.person(WORKSPACE, user_id)).is_colleague
    assert slack.calls_to("users.info") == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault.http(500),
        Fault.error("missing_scope"),
        Fault.rate_limited(),
        Fault.disconnect_before(),
    ],
)
async def test_context_is_optional(slack: FakeSlack, gateway: Gateway, fault: Fault) -> None:
    """If earlier messages can't be read, there is no context, and no error."""
    channel_id = slack.workspace.add_channel("deal")
    slack.faults.inject("conversations.history", fault)

    assert await gateway.preceding_messages(WORKSPACE, channel_id, None, "1760000000.0") == ()


async def test_context_is_what_came_before(slack: FakeSlack, gateway: Gateway) -> None:
    """Up to three earlier messages, oldest first, and not the message itself."""
    channel_id = slack.workspace.add_channel("deal")
    posted = [await slack.post_message("U1", channel_id, str(n)) for n in range(6)]
    context = await gateway.preceding_messages(WORKSPACE, channel_id, None, posted[4])

    assert context == (Turn("U1", "1"), Turn("U1", "2"), Turn("U1", "3"))


async def test_context_of_a_long_thread(slack: FakeSlack, gateway: Gateway) -> None:
    """In a thread of forty, the context is the three messages just before."""
    channel_id = slack.workspace.add_channel("deal")
    root = await slack.post_message("U1", channel_id, "root")
    posted = [await slack.post_message("U1", channel_id, str(n), thread_ts=root) for n in range(40)]
    context = await gateway.preceding_messages(WORKSPACE, channel_id, root, posted[38])

    assert [turn.text for turn in context] == ["35", "36", "37"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.error("is_archived"), SlackRefusedError),
        (Fault.rate_limited("7"), RateLimitedError),
        (Fault.http(500), DeliveryUnconfirmedError),
        (Fault.http(502, "<html>bad gateway</html>"), DeliveryUnconfirmedError),
        (Fault.disconnect_before(), DeliveryUnconfirmedError),
        (Fault.disconnect_after(), DeliveryUnconfirmedError),
        (Fault.hang(3), DeliveryUnconfirmedError),
    ],
)
async def test_how_a_post_can_fail(
    slack: FakeSlack, gateway: Gateway, fault: Fault, error: type[Exception]
) -> None:
    """6 to 8: a post is refused, delayed, or unconfirmed; and it is tried once only."""
    channel_id = slack.workspace.add_channel("deal")
    root = await slack.post_message("U1", channel_id, "root")
    slack.faults.inject("chat.postMessage", fault)
    with pytest.raises(error):
        await gateway.post(nudge(channel_id, root))

    assert len(slack.calls_to("chat.postMessage")) == 1


@pytest.mark.fault_case(7)
@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30.0), ("1.5", 1.5), (None, 30.0), ("soon", 30.0), ("-5", 0.1)]
)
async def test_how_long_to_wait(
    slack: FakeSlack, gateway: Gateway, header: str | None, seconds: float
) -> None:
    """7: Retry-After in any form, or missing."""
    slack.faults.inject("users.info", Fault.rate_limited(header))
    with pytest.raises(RateLimitedError) as limited:
        await gateway.person(WORKSPACE, "U1")

    assert limited.value.retry_after == seconds


@pytest.mark.fault_case(6)
async def test_a_nudge_is_found_by_its_key(slack: FakeSlack, gateway: Gateway) -> None:
    """6: what was posted is found in its thread; what was not, is not."""
    channel_id = slack.workspace.add_channel("deal")
    root = await slack.post_message("U1", channel_id, "root")
    message = nudge(channel_id, root)
    before = await gateway.find(message)
    ts = await gateway.post(message)

    assert before is None
    assert await gateway.find(message) == ts


async def test_a_direct_message_is_found_by_its_key(slack: FakeSlack, gateway: Gateway) -> None:
    """A message to a user is posted into the direct conversation, and found there."""
    ana = slack.workspace.add_user("ana")
    message = claimed(MessageKind.MESSAGE, WORKSPACE, ana, content=rendered("hello"))
    before = await gateway.find(message)
    ts = await gateway.post(message)
    (posted,) = slack.workspace.messages(slack.workspace.dm_channel(ana))

    assert before is None
    assert await gateway.find(message) == ts == posted["ts"]
    assert len(slack.calls_to("conversations.open")) == 1


async def test_metadata_tells_nudges_from_other_messages(
    slack: FakeSlack, gateway: Gateway
) -> None:
    """Messages posted by earlier versions carry the same event types."""
    channel_id = slack.workspace.add_channel("deal")
    root = await slack.post_message("U1", channel_id, "root")
    await gateway.post(nudge(channel_id, root))
    notice = claimed(MessageKind.MESSAGE, WORKSPACE, channel_id, key="k2", content=rendered("hi"))
    await gateway.post(notice)
    found = [m["metadata"] for _, m in slack.workspace.bot_messages()]

    assert found == [
        {"event_type": "reframe_nudge", "event_payload": {"key": "k1"}},
        {"event_type": "reframe_said", "event_payload": {"key": "k2"}},
    ]


async def test_a_copy_in_the_thread_keeps_the_nudges_key(
    slack: FakeSlack, gateway: Gateway
) -> None:
    """The buttons of a copy belong to the nudge; its metadata carries the key of the copy."""
    channel_id = slack.workspace.add_channel("deal")
    root = await slack.post_message("U1", channel_id, "root")
    content = {**NUDGE_CONTENT, "nudge_key": "k1"}
    await gateway.post(
        claimed(
            MessageKind.NUDGE,
            WORKSPACE,
            channel_id,
            key="k1-thread",
            thread_ts=root,
            content=content,
        )
    )
    ((_, message),) = slack.workspace.bot_messages()

    assert message["blocks"][1]["elements"][0]["value"] == "k1"
    assert message["metadata"]["event_payload"]["key"] == "k1-thread"


async def test_a_chart_that_is_refused_is_left_out(slack: FakeSlack, gateway: Gateway) -> None:
    """A workspace that refuses a block gets the layout without it; other refusals are final."""
    channel_id = slack.workspace.add_channel("deal")
    content = {**rendered("with a chart"), "plain_blocks": rendered("without")["blocks"]}
    message = claimed(MessageKind.MESSAGE, WORKSPACE, channel_id, content=content)
    slack.faults.inject("chat.postMessage", Fault.error("invalid_blocks"))
    await gateway.post(message)
    ((_, posted),) = slack.workspace.bot_messages()
    assert posted["blocks"][0]["text"]["text"] == "without"

    slack.faults.inject("chat.postMessage", Fault.error("is_archived"))
    with pytest.raises(SlackRefusedError, match="is_archived"):
        await gateway.post(message)
    slack.faults.inject("chat.postMessage", Fault.error("invalid_blocks"))
    with pytest.raises(SlackRefusedError, match="invalid_blocks"):
        await gateway.post(
            claimed(MessageKind.MESSAGE, WORKSPACE, channel_id, content=rendered("no chart"))
        )


async def test_an_update_takes_the_place_of_a_message(slack: FakeSlack, gateway: Gateway) -> None:
    """With its own key, by which it is found; below, if there is nothing to replace."""
    channel_id = slack.workspace.add_channel("deal")
    first = claimed(MessageKind.MESSAGE, WORKSPACE, channel_id, key="k1", content=rendered("wait"))
    ts = await gateway.post(first)
    later = claimed(
        MessageKind.UPDATE,
        WORKSPACE,
        channel_id,
        key="k2",
        target_ts=ts,
        content=rendered("the answer"),
    )
    assert await gateway.find(later) is None
    assert await gateway.post(later) == ts
    assert await gateway.find(later) == ts
    ((_, shown),) = slack.workspace.bot_messages()
    assert shown["text"] == "the answer"

    slack.faults.inject("chat.update", Fault.error("message_not_found"))
    assert await gateway.post(later) != ts
    slack.faults.inject("chat.update", Fault.error("is_archived"))
    with pytest.raises(SlackRefusedError, match="is_archived"):
        await gateway.post(later)


async def test_ephemerals_and_deletions(slack: FakeSlack, gateway: Gateway) -> None:
    """An ephemeral line is for one reader, in the thread; a deletion takes our message away."""
    ana = slack.workspace.add_user("ana")
    channel_id = slack.workspace.add_channel("deal", [ana])
    root = await slack.post_message(ana, channel_id, "root")
    ts = await gateway.post(nudge(channel_id, root))
    line = {"line": "a < b & c", "topic": "helpful", "key": "k1", "offer": ""}
    await gateway.post(
        claimed(
            MessageKind.EPHEMERAL,
            WORKSPACE,
            channel_id,
            key="k2",
            recipient_id=ana,
            thread_ts=root,
            content=line,
        )
    )
    deletion = claimed(
        MessageKind.DELETE, WORKSPACE, channel_id, key="k3", thread_ts=root, target_ts=ts
    )
    deleted = await gateway.post(deletion)

    (shown,) = slack.workspace.ephemerals(channel_id, ana)
    assert (shown["text"], shown["thread_ts"]) == ("a &lt; b &amp; c", root)
    assert shown["blocks"][0]["text"]["text"] == "a < b & c"
    assert deleted == ts
    assert slack.workspace.replies(channel_id, root) == []


async def test_a_private_nudge(slack: FakeSlack, gateway: Gateway) -> None:
    """A private nudge is shown to its author alone, and says so."""
    ana = slack.workspace.add_user("ana")
    channel_id = slack.workspace.add_channel("deal", [ana])
    await gateway.post(
        claimed(MessageKind.EPHEMERAL_NUDGE, WORKSPACE, channel_id, recipient_id=ana)
    )
    (shown,) = slack.workspace.ephemerals(channel_id, ana)

    assert shown["text"] == "No answer so far. What could help?"
    assert "Only you" in shown["blocks"][-1]["elements"][0]["text"]
    assert slack.workspace.bot_messages() == []


async def test_a_method_is_left_alone_while_slack_says_so(
    slack: FakeSlack, gateway: Gateway, clock: Clock
) -> None:
    """7: also if another process was told; another method is called meanwhile."""
    slack.faults.inject("users.info", Fault.rate_limited("0.2"))
    for _ in range(3):
        with pytest.raises(RateLimitedError) as limited:
            await gateway.person(WORKSPACE, "U1")
        assert limited.value.method == "users.info"
    assert len(slack.calls_to("users.info")) == 1
    gateway.leave_alone(WORKSPACE, "conversations.info", until=clock() + 30)
    with pytest.raises(RateLimitedError):
        await gateway.audience(WORKSPACE, "C1")
    assert slack.calls_to("conversations.info") == []
