"""Who reads a channel and who writes in it (reliability.md, section 6): if unknown, silence."""

from __future__ import annotations

import pytest

from bot.sandbox.faults import Fault
from tests.harness import BLAME, ENTITLEMENT, BotHarness


@pytest.mark.fault_case(16, 20)
@pytest.mark.parametrize("flag", ["is_ext_shared", "is_pending_ext_shared"])
async def test_16_20_shared_channel(bot: BotHarness, flag: str) -> None:
    """16, 20: store and post nothing in a channel that outsiders can read, or soon will."""
    shared = bot.workspace.add_channel("ext", [bot.ana], **{flag: True})
    ts = await bot.say(ENTITLEMENT, channel=shared)
    await bot.idle()

    assert bot.replies(ts, shared) == []
    assert await bot.outcome(ts, shared) is None


@pytest.mark.fault_case(16)
async def test_16_event_is_marked_as_shared(bot: BotHarness) -> None:
    """16: drop an event that is marked as shared without asking Slack about the channel."""
    ts = await bot.say(ENTITLEMENT, envelope={"is_ext_shared_channel": True})
    await bot.idle()

    assert await bot.outcome(ts) is None
    assert bot.slack.calls_to("conversations.info") == []


@pytest.mark.fault_case(18)
async def test_18_channel_becomes_shared(harness: BotHarness) -> None:
    """18: post nothing in a channel that becomes shared while the message settles."""
    await harness.start(REFRAME_SETTLE_SECONDS=0.3)
    ts = await harness.say(ENTITLEMENT)
    harness.workspace.channels[harness.deal].is_ext_shared = True
    await harness.idle()

    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.message_state == "dropped"
    assert harness.posts() == 0


@pytest.mark.fault_case(17)
@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted", "is_stranger"])
async def test_a_guest_is_in_the_channel(bot: BotHarness, flag: str) -> None:
    """Store and post nothing, not even that something was deleted."""
    guest = bot.workspace.add_user("guest")
    setattr(bot.workspace.users[guest], flag, True)
    await bot.slack.join_channel(guest, bot.deal)
    posted = await bot.say(ENTITLEMENT)
    await bot.slack.delete_message(bot.deal, posted)
    await bot.idle()

    assert bot.posts() == 0
    assert await bot.outcome(posted) is None


@pytest.mark.fault_case(17, 18)
async def test_a_guest_comes_in_while_a_message_settles(harness: BotHarness) -> None:
    """Post nothing, also if Slack's event about the guest never arrives; speak once they left."""
    await harness.start(REFRAME_SETTLE_SECONDS=0.3)
    guest = harness.workspace.add_user("guest", is_restricted=True)
    ts = await harness.say(ENTITLEMENT)
    harness.workspace.channels[harness.deal].members.append(guest)
    await harness.idle()
    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert (outcome.message_state, harness.posts()) == ("dropped", 0)

    await harness.slack.leave_channel(guest, harness.deal)
    ts = await harness.say(BLAME, user=harness.ben)
    await harness.idle()
    assert len(harness.replies(ts)) == 1


@pytest.mark.fault_case(19)
async def test_19_readers_are_unknown(bot: BotHarness) -> None:
    """19: store and post nothing if Slack won't say who reads the channel."""
    bot.slack.faults.inject("conversations.info", Fault.error("missing_scope"))
    refused = await bot.say(BLAME)
    await bot.idle()

    assert await bot.outcome(refused) is None
    assert bot.posts() == 0


@pytest.mark.fault_case(19)
async def test_19_readers_are_not_known_yet(bot: BotHarness) -> None:
    """19: say nothing as long as Slack can't say who reads, and lose nothing: the words wait under
    a key that is stored nowhere."""
    bot.slack.faults.inject("conversations.info", Fault.http(500), times=3)
    ts = await bot.say("zanzibar " + ENTITLEMENT)
    assert (await bot.outcome(ts)) is not None
    assert bot.posts() == 0
    files = [f for f in bot.folder.iterdir() if f.is_file()]
    assert not any(b"zanzibar" in f.read_bytes() for f in files)

    await bot.idle()
    assert len(bot.replies(ts)) == 1


@pytest.mark.fault_case(19)
async def test_19_outsiders_turn_out_to_read(bot: BotHarness) -> None:
    """19: then nothing of the message stays, its ids neither."""
    bot.slack.faults.inject("conversations.info", Fault.http(500), times=3)
    bot.workspace.users[bot.ben].is_restricted = True  # a guest
    ts = await bot.say(ENTITLEMENT)
    assert (await bot.outcome(ts)) is not None
    await bot.idle()

    assert await bot.outcome(ts) is None
    assert bot.posts() == 0


@pytest.mark.fault_case(19)
async def test_19_readers_are_not_known_in_time(bot: BotHarness) -> None:
    """19: acknowledge in time if Slack takes too long to say who reads, and answer once it does."""
    bot.slack.faults.inject("conversations.info", Fault.hang(3))
    event = bot.event(ENTITLEMENT)
    answer = await bot.slack.deliver(bot.slack.envelope(event), retry=False)

    assert answer.status == 200
    assert bot.posts() == 0
    await bot.idle()
    assert len(bot.replies(str(event["ts"]))) == 1


@pytest.mark.fault_case(22)
@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted", "is_bot", "deleted"])
async def test_22_guests_bots_and_former_colleagues(bot: BotHarness, flag: str) -> None:
    """22: ask a guest, a bot or a deactivated user nothing."""
    someone = bot.workspace.add_user("someone")
    setattr(bot.workspace.users[someone], flag, True)
    ts = await bot.say(ENTITLEMENT, user=someone)
    await bot.idle()

    outcome = await bot.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "author_not_colleague"


@pytest.mark.fault_case(22, 24)
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
async def test_22_24_not_a_colleagues_message(bot: BotHarness, extra: dict[str, object]) -> None:
    """22, 24: store nothing about bots, users of other companies, joins and topics."""
    event = bot.event(ENTITLEMENT, **extra)
    status, _ = await bot.signed(bot.slack.envelope(event))
    await bot.idle()

    assert status == 200
    assert await bot.outcome(str(event["ts"])) is None


@pytest.mark.fault_case(23)
async def test_23_no_loop(bot: BotHarness) -> None:
    """23: ignore the events about the bot's posts."""
    assert bot.slack.events.echo_bot_messages
    await bot.say(ENTITLEMENT)
    await bot.idle()
    await bot.idle()  # the events about the post have been delivered by now

    assert bot.posts() == 1


@pytest.mark.fault_case(24)
@pytest.mark.parametrize("subtype", ["file_share", "me_message", "thread_broadcast"])
async def test_24_other_subtypes(bot: BotHarness, subtype: str) -> None:
    """24: ask once about a comment on a file, a /me message and a broadcast."""
    ts = await bot.say(ENTITLEMENT, subtype=subtype)
    await bot.idle()

    assert len(bot.replies(ts)) == 1
