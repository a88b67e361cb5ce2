"""Faults on the way out: each question is said once, whatever Slack or the network does."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.faults import Fault
from tests.house import ENTITLEMENT, LABELLING, House

POST = "chat.postMessage"


async def test_06_accepted_and_then_cut(house: House) -> None:
    """6: a post that Slack took before the connection broke is found, not sent again."""
    house.slack.faults.next(POST, Fault.cut_after())
    ts = await house.say(ENTITLEMENT)
    await house.idle()

    assert len(house.replies(ts)) == 1
    assert len(house.slack.calls_of(POST)) == 1
    outcome = await house.outcome(ts)
    assert outcome is not None
    assert outcome.post == "sent"


async def test_06_cut_before_it_was_taken(house: House) -> None:
    """6: a post that never arrived is looked for, not found, and sent again."""
    house.slack.faults.next(POST, Fault.cut_before())
    ts = await house.say(ENTITLEMENT)
    await house.idle()

    assert len(house.replies(ts)) == 1
    assert len(house.slack.calls_of("conversations.replies")) >= 1


async def test_06_found_on_a_later_page(empty_house: House) -> None:
    """6: the key is found in a thread of more than one page."""
    await empty_house.start(REFRAME_IN_DOUBT_SECONDS=0.5)
    root = await empty_house.say("thread root")
    for n in range(130):
        empty_house.workspace.add_message(
            empty_house.deal, {"user": empty_house.ben, "text": str(n), "thread_ts": root}
        )
    empty_house.slack.faults.next(POST, Fault.cut_after())
    await empty_house.say(ENTITLEMENT, thread_ts=root)
    await empty_house.idle()

    assert empty_house.posts() == 1
    assert len(empty_house.slack.calls_of(POST)) == 1


@pytest.mark.parametrize("header", ["1", "0.3", None])
async def test_07_rate_limits_hold_one_channel(house: House, header: str | None) -> None:
    """7: after 429 that channel waits as long as Slack says, in any spelling; others go on."""
    other = house.workspace.add_channel("deal-other", [house.ana])
    house.slack.faults.next(POST, Fault.rate_limited(header))
    held = await house.say(ENTITLEMENT)
    await house.until(lambda: bool(house.slack.calls_of(POST)), 5)
    free = await house.say(LABELLING, channel=other)
    await house.until(lambda: bool(house.replies(free, other)), 5)

    assert house.replies(held) == []
    if header is not None:
        await house.idle()
        assert len(house.replies(held)) == 1
        waited = house.slack.calls_of(POST)[-1].at - house.slack.calls_of(POST)[0].at
        assert waited >= float(header)


@pytest.mark.parametrize(
    "fault",
    [Fault.http(500), Fault.http(502, "<html>bad gateway</html>"), Fault.error("internal_error")],
)
async def test_08_slack_is_ill(house: House, fault: Fault) -> None:
    """8: a 5xx, a proxy's page or an internal error is looked into, then tried again."""
    house.slack.faults.next(POST, fault)
    ts = await house.say(ENTITLEMENT)
    await house.idle()

    assert len(house.replies(ts)) == 1


async def test_08_slack_hangs(house: House) -> None:
    """8: a call that hangs is given up after its timeout, looked into, and tried again."""
    house.slack.faults.next(POST, Fault.hang(3))
    ts = await house.say(ENTITLEMENT)
    await house.idle()

    assert len(house.replies(ts)) == 1


async def test_08_slack_stays_ill(house: House) -> None:
    """8: after five tries the post is given up, and the reason is kept."""
    house.slack.faults.next(POST, Fault.error("internal_error"), times=50)
    house.slack.faults.next("conversations.replies", Fault.error("fatal_error"), times=1)
    ts = await house.say(ENTITLEMENT)
    await house.until(lambda: len(house.slack.calls_of(POST)) >= 2, 15)

    assert house.replies(ts) == []


@pytest.mark.parametrize("code", ["is_archived", "not_in_channel", "restricted_action"])
async def test_31_a_shut_channel_is_left_alone(house: House, code: str) -> None:
    """31: a channel that can't be written to gets one try, and is then paused."""
    house.slack.faults.next(POST, Fault.error(code))
    await house.say(ENTITLEMENT)
    await house.idle()
    second = await house.say(LABELLING)
    await house.idle()

    assert len(house.slack.calls_of(POST)) == 1
    outcome = await house.outcome(second)
    assert outcome is not None
    assert outcome.reason == "channel_paused"


async def test_users_info_fails_for_a_while(house: House) -> None:
    """A passing failure to learn who wrote only delays the question."""
    house.slack.faults.next("users.info", Fault.http(503))
    ts = await house.say(ENTITLEMENT)
    await house.idle()

    assert len(house.replies(ts)) == 1


async def test_36_slack_asks_to_connect_anew(empty_house: House) -> None:
    """36: after a refresh the next event comes through the new connection."""
    await empty_house.start("socket")
    await empty_house.slack.sockets.say_goodbye("refresh_requested")
    await empty_house.until(lambda: empty_house.slack.sockets.opened >= 2, 15)
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()

    assert len(empty_house.replies(ts)) == 1


async def test_36_the_connection_is_cut(empty_house: House) -> None:
    """36: a connection that breaks is made anew within 15 s, and what was missed comes again."""
    empty_house.slack.delivery.retry_scale = 0.2
    await empty_house.start("socket")
    await empty_house.slack.sockets.cut()
    ts = await empty_house.slack.say(empty_house.ana, empty_house.deal, ENTITLEMENT)
    await empty_house.until(lambda: empty_house.slack.sockets.opened >= 2, 15)
    await empty_house.slack.settled(60)
    await empty_house.idle()

    assert len(empty_house.replies(ts)) == 1


async def test_36_slack_can_not_be_reached_for_a_while(empty_house: House) -> None:
    """36: while connections are refused the bot tries again in peace, and then connects."""
    await empty_house.start("socket")
    empty_house.slack.sockets.refuse = True
    await empty_house.slack.sockets.say_goodbye("link_disabled")
    await asyncio.sleep(3)
    tries = len(empty_house.slack.calls_of("apps.connections.open"))
    empty_house.slack.sockets.refuse = False
    await empty_house.until(lambda: empty_house.slack.sockets.connected, 15)
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()

    assert tries < 20
    assert len(empty_house.replies(ts)) == 1
