"""Who reads a channel and who writes in it (reliability.md section 6): in doubt, silence."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox.faults import Fault
from tests.house import BLAME, ENTITLEMENT, House


@pytest.mark.parametrize("how", ["is_ext_shared", "is_pending_ext_shared"])
async def test_16_20_shared_channels_are_silent(house: House, how: str) -> None:
    """16, 20: where people outside can read, or soon will, nothing is stored or said."""
    shared = house.workspace.add_channel("ext", [house.ana], **{how: True})
    ts = await house.say(ENTITLEMENT, channel=shared)
    await house.idle()

    assert house.replies(ts, shared) == []
    assert await house.outcome(ts, shared) is None


async def test_16_the_envelope_alone_is_enough(house: House) -> None:
    """16: an event marked as shared is dropped though Slack's channel page says otherwise."""
    ts = await house.say(ENTITLEMENT, envelope={"is_ext_shared_channel": True})
    await house.idle()

    assert await house.outcome(ts) is None
    assert house.slack.calls_of("conversations.info") == []


async def test_18_shared_between_event_and_post(empty_house: House) -> None:
    """18: a channel that becomes shared while the message settles gets no post."""
    await empty_house.start(REFRAME_SETTLE_SECONDS=0.3)
    ts = await empty_house.say(ENTITLEMENT)
    empty_house.workspace.channels[empty_house.deal].is_ext_shared = True
    await empty_house.idle()

    outcome = await empty_house.outcome(ts)
    assert outcome is not None
    assert outcome.post == "dropped"
    assert empty_house.posts() == 0


async def test_19_unknown_readers_mean_silence(house: House) -> None:
    """19: when Slack won't say who reads, nothing is stored and nothing is said."""
    house.slack.faults.next("conversations.info", Fault.http(500))
    failed = await house.say(ENTITLEMENT)
    house.slack.faults.next("conversations.info", Fault.error("missing_scope"))
    refused = await house.say(BLAME)
    await house.idle()

    assert await house.outcome(failed) is None
    assert await house.outcome(refused) is None
    assert house.posts() == 0


async def test_19_readers_not_known_in_time_mean_silence(house: House) -> None:
    """19: Slack is answered in time though it does not say who reads, and nothing is stored."""
    house.slack.faults.next("conversations.info", Fault.hang(3))
    said = house.event(ENTITLEMENT)
    answer = await house.slack.deliver(house.slack.envelope(said), retry=False)

    assert answer.status == 200
    assert await house.outcome(str(said["ts"])) is None


@pytest.mark.parametrize(
    "who",
    [{"is_restricted": True}, {"is_ultra_restricted": True}, {"is_bot": True}, {"deleted": True}],
)
async def test_22_guests_bots_and_leavers_are_not_coached(
    house: House, who: dict[str, bool]
) -> None:
    """22: only colleagues of flesh are coached."""
    someone = house.workspace.add_user("someone", **who)
    ts = await house.say(ENTITLEMENT, user=someone)
    await house.idle()

    outcome = await house.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "author_not_colleague"


@pytest.mark.parametrize(
    "extra",
    [
        {"bot_id": "B0OTHER"},
        {"subtype": "bot_message", "bot_id": "B0OTHER"},
        {"user_team": "T0CUSTOMER"},
        {"subtype": "channel_join"},
        {"subtype": "channel_topic"},
        {"user": None},
        {"text": None},
        {"text": 5},
    ],
)
async def test_22_24_what_is_no_colleagues_message(house: House, extra: dict[str, object]) -> None:
    """22, 24: bots, other companies' people, joins and topics are never stored."""
    said = house.event(ENTITLEMENT, **extra)
    status, _ = await house.signed(house.slack.envelope(said))
    await house.idle()

    assert status == 200
    assert await house.outcome(str(said["ts"])) is None


async def test_23_own_posts_make_no_loop(house: House) -> None:
    """23: the bot's own posts come back to it, and nothing happens."""
    assert house.slack.echo_own_posts
    await house.say(ENTITLEMENT)
    await house.idle()
    await asyncio.sleep(0.1)
    await house.idle()

    assert house.posts() == 1


@pytest.mark.parametrize("subtype", ["file_share", "me_message", "thread_broadcast"])
async def test_24_peoples_words_in_other_shapes(house: House, subtype: str) -> None:
    """24: comments on files, /me and broadcasts are people's words, and coached once."""
    ts = await house.say(ENTITLEMENT, subtype=subtype)
    await house.idle()

    assert len(house.replies(ts)) == 1
