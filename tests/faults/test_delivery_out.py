"""Faults of Slack and the network: post each question once, whatever fails."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.policy import Backoff
from bot.sandbox.faults import Fault
from tests.harness import ENTITLEMENT, LABELLING, BotHarness, change_limits

POST = "chat.postMessage"
SEARCH = "conversations.replies"


@pytest.mark.fault_case(6)
async def test_06_connection_cut_after_the_post(bot: BotHarness) -> None:
    """6: find a post that Slack processed before the connection broke, and don't repeat it."""
    bot.slack.faults.inject(POST, Fault.disconnect_after())
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()

    assert len(bot.replies(ts)) == 1
    assert len(bot.slack.calls_to(POST)) == 1
    outcome = await bot.outcome(ts)
    assert outcome is not None
    assert outcome.message_state == "sent"


@pytest.mark.fault_case(6)
async def test_06_connection_cut_before_the_post(bot: BotHarness) -> None:
    """6: search for a post that never arrived, and send it again."""
    bot.slack.faults.inject(POST, Fault.disconnect_before())
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()

    assert len(bot.replies(ts)) == 1
    assert len(bot.slack.calls_to(SEARCH)) >= 1


@pytest.mark.fault_case(6)
async def test_06_found_on_a_later_page(harness: BotHarness) -> None:
    """6: find a post in a thread of more than one page."""
    await harness.start(REFRAME_UNCONFIRMED_SECONDS=0.5)
    root = await harness.say("thread root")
    for n in range(130):
        harness.workspace.add_message(
            harness.deal, {"user": harness.ben, "text": str(n), "thread_ts": root}
        )
    harness.slack.faults.inject(POST, Fault.disconnect_after())
    await harness.say(ENTITLEMENT, thread_ts=root)
    await harness.idle()

    assert harness.posts() == 1
    assert len(harness.slack.calls_to(POST)) == 1


@pytest.mark.fault_case(7)
@pytest.mark.parametrize("header", ["1", "0.3", None])
async def test_07_rate_limit_of_a_method(bot: BotHarness, header: str | None) -> None:
    """7: leave a method alone as long as Slack demands, in every channel; then post each once."""
    other = bot.workspace.add_channel("deal-other", [bot.ana])
    bot.slack.faults.inject(POST, Fault.rate_limited(header))
    held = await bot.say(ENTITLEMENT)
    await bot.until(lambda: bool(bot.slack.calls_to(POST)))
    free = await bot.say(LABELLING, channel=other)
    if header is None:
        await asyncio.sleep(0.5)
        assert len(bot.slack.calls_to(POST)) == 1
        return
    await bot.idle()

    assert (len(bot.replies(held)), len(bot.replies(free, other))) == (1, 1)
    refused, *posted = bot.slack.calls_to(POST)
    assert len(posted) == 3  # the other channel is told about the bot first
    assert min(call.at for call in posted) - refused.at >= float(header)


@pytest.mark.fault_case(8)
@pytest.mark.parametrize(
    "fault",
    [Fault.http(500), Fault.http(502, "<html>bad gateway</html>"), Fault.error("internal_error")],
)
async def test_08_slack_fails(bot: BotHarness, fault: Fault) -> None:
    """8: post the question once after a 5xx, a proxy's page or an internal error."""
    bot.slack.faults.inject(POST, fault)
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()

    assert len(bot.replies(ts)) == 1


@pytest.mark.fault_case(8)
async def test_08_slack_hangs(bot: BotHarness) -> None:
    """8: post the question once after a call that hangs until its timeout."""
    bot.slack.faults.inject(POST, Fault.hang(3))
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()

    assert len(bot.replies(ts)) == 1


@pytest.mark.fault_case(8)
async def test_08_slack_keeps_failing(harness: BotHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """8: search for the post before each retry, also after a failed search; never post twice."""
    change_limits(monkeypatch, backoff=Backoff(initial_seconds=0.1, factor=1.0))
    await harness.start(REFRAME_POST_TIMEOUT_SECONDS=0.5)
    harness.slack.faults.inject(POST, Fault.error("internal_error"), times=3)
    harness.slack.faults.inject(SEARCH, Fault.error("fatal_error"))
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    calls = [c.method for c in harness.slack.calls if c.method in (POST, SEARCH)]
    assert calls == [POST, SEARCH, SEARCH, POST, SEARCH, POST, SEARCH, POST]
    assert len(harness.replies(ts)) == 1


@pytest.mark.fault_case(8)
async def test_08_search_keeps_failing(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8: give up after five attempts to find an unconfirmed post, and record that."""
    change_limits(monkeypatch, backoff=Backoff(initial_seconds=0.1, factor=1.0))
    await harness.start(REFRAME_POST_TIMEOUT_SECONDS=0.5)
    harness.slack.faults.inject(POST, Fault.error("internal_error"))
    harness.slack.faults.inject(SEARCH, Fault.error("fatal_error"), times=50)
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert harness.replies(ts) == []
    assert len(harness.slack.calls_to(POST)) == 1
    assert len(harness.slack.calls_to(SEARCH)) == 4
    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.message_state == "dropped"


@pytest.mark.fault_case(31)
@pytest.mark.parametrize(
    ("code", "tries", "reason"),
    [
        ("restricted_action", 1, "channel_paused"),
        # A message from there proves that the bot is back in the channel.
        ("is_archived", 2, "speak"),
        ("not_in_channel", 2, "speak"),
    ],
)
async def test_31_channel_does_not_accept_posts(
    bot: BotHarness, code: str, tries: int, reason: str
) -> None:
    """31: try once to post in a channel that doesn't accept it, then pause the channel."""
    bot.slack.faults.inject(POST, Fault.error(code))
    first = await bot.say(ENTITLEMENT)
    await bot.idle()
    assert len(bot.slack.calls_to(POST)) == 1
    second = await bot.say(LABELLING)
    await bot.idle()

    assert len(bot.slack.calls_to(POST)) == tries
    assert bot.replies(first) == []
    outcome = await bot.outcome(second)
    assert outcome is not None
    assert (outcome.reason or "speak") == reason


async def test_users_info_fails_for_a_while(
    harness: BotHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ask the question if Slack can't say at first who the people in the channel are."""
    bot = harness
    change_limits(monkeypatch, backoff=Backoff(initial_seconds=0.1))
    await bot.start()
    bot.slack.faults.inject("users.info", Fault.http(503))
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()

    assert len(bot.replies(ts)) == 1


@pytest.mark.fault_case(36)
async def test_36_slack_requests_a_reconnect(harness: BotHarness) -> None:
    """36: receive the next event by a new connection if Slack requests it."""
    await harness.start("socket")
    await harness.slack.socket_mode.request_reconnect("refresh_requested")
    await harness.until(lambda: harness.slack.socket_mode.connections_opened >= 2)
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert len(harness.replies(ts)) == 1


@pytest.mark.fault_case(36)
async def test_36_connection_breaks(harness: BotHarness) -> None:
    """36: reconnect within 15 s, and handle what Slack delivers again."""
    harness.slack.delivery.retry_scale = 0.2
    await harness.start("socket")
    await harness.slack.socket_mode.drop_connections()
    ts = await harness.slack.post_message(harness.ana, harness.deal, ENTITLEMENT)
    await harness.until(lambda: harness.slack.socket_mode.connections_opened >= 2)
    await harness.slack.wait_for_deliveries(60)
    await harness.idle()

    assert len(harness.replies(ts)) == 1


@pytest.mark.fault_case(36)
async def test_36_connections_are_refused(harness: BotHarness) -> None:
    """36: retry slowly while connections are refused, and connect later."""
    await harness.start("socket")
    harness.slack.socket_mode.refuse_connections = True
    await harness.slack.socket_mode.request_reconnect("link_disabled")
    await asyncio.sleep(1.5)
    attempts = len(harness.slack.calls_to("apps.connections.open"))
    harness.slack.socket_mode.refuse_connections = False
    await harness.until(lambda: harness.slack.socket_mode.connected)
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert 0 < attempts < 10
    assert len(harness.replies(ts)) == 1
