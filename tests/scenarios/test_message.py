"""The way of a message, from Slack's event to the question in the thread."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import (
    BLAME,
    ENTITLEMENT,
    FIXING,
    LABELLING,
    ORDINARY,
    PITCHING,
    House,
)


@pytest.mark.parametrize("text", [BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING])
async def test_a_trap_gets_one_question(house: House, text: str) -> None:
    """A message with a trap gets one question in its thread, with a way out."""
    ts = await house.say(text)
    await house.idle()

    (reply,) = house.replies(ts)
    assert reply["text"].count("?") == 1
    elements = [e for b in reply["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert [e["text"]["text"] for e in elements[:-1]] == ["Helpful", "Not this time"]
    assert [o["text"]["text"] for o in elements[-1]["options"]] == [
        "That's wrong",
        "Another question",
        "Why this?",
        "Pause for a day",
        "Coach me privately",
    ]


async def test_an_ordinary_message_gets_silence(house: House) -> None:
    """Ordinary talk is answered by nothing and stored nowhere."""
    ts = await house.say(ORDINARY)
    await house.idle()

    assert house.replies(ts) == []
    assert await house.outcome(ts) is None


async def test_a_message_in_a_thread_is_answered_there(house: House) -> None:
    """The question goes to the thread that the message stands in."""
    root = await house.say(ORDINARY)
    await house.say(ENTITLEMENT, thread_ts=root)
    await house.idle()

    assert [m["user"] for m in house.replies(root)] == [house.ana, house.workspace.bot_user_id]


async def test_socket_mode_does_the_same(empty_house: House) -> None:
    """The same way works through Socket Mode."""
    await empty_house.start("socket")
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()

    assert len(empty_house.replies(ts)) == 1


async def test_the_key_travels_with_the_post(house: House) -> None:
    """Each nudge carries the key by which it can be found again."""
    ts = await house.say(ENTITLEMENT)
    await house.idle()

    (reply,) = house.replies(ts)
    assert reply["metadata"]["event_payload"] == {"key": f"nudge-{house.deal}-{ts}"}


async def test_taking_it_back_is_respected(empty_house: House) -> None:
    """An author who turns to curiosity while it settles gets no question."""
    await empty_house.start(REFRAME_SETTLE_SECONDS=0.4)
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.say("scratch that, that was unfair. what did we miss?")
    await empty_house.idle()

    assert empty_house.replies(ts) == []
    outcome = await empty_house.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "second_thoughts"


async def test_only_listed_channels_are_watched(empty_house: House) -> None:
    """With a list of channels, others are not even looked at."""
    await empty_house.start(REFRAME_CHANNELS="C99999999")
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()

    assert await empty_house.outcome(ts) is None


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"REFRAME_DAILY_CAP": 1}, "daily_cap"),
        ({"REFRAME_WEEKLY_CAP": 1}, "weekly_cap"),
        ({"REFRAME_COOLDOWN_DAYS": 7}, "cool_down"),
    ],
)
async def test_caps_hold(empty_house: House, settings: dict[str, int], reason: str) -> None:
    """The second question of a day, of a week, of a trap in a channel is not asked."""
    await empty_house.start(**settings)
    await empty_house.say(ENTITLEMENT)
    await empty_house.idle()
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()

    outcome = await empty_house.outcome(ts)
    assert outcome is not None
    assert outcome.reason == reason


async def test_quiet_hours_are_the_authors(tmp_path: Path, empty_house: House) -> None:
    """What is night for the author is quiet, whatever the server's clock says."""
    hours = "00:00-23:59"
    await empty_house.start(REFRAME_QUIET_HOURS=hours)
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.idle()

    outcome = await empty_house.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "quiet_hours"


async def test_helpful_is_kept(house: House) -> None:
    """A press of Helpful is acknowledged, kept, and answered to its author alone."""
    ts = await house.say(ENTITLEMENT)
    await house.idle()
    (reply,) = house.replies(ts)
    pressed = await house.slack.press(house.ana, house.deal, reply["ts"], "reframe_answer_helpful")
    await house.idle()

    assert pressed.status == 200
    assert len(house.workspace.ephemerals(house.deal, house.ana)) == 1
    assert house.workspace.ephemerals(house.deal, house.ben) == []


async def test_wrong_takes_the_nudge_away_and_mutes_the_trap(house: House) -> None:
    """After That's wrong the question is gone, and this kind stays away from its author."""
    ts = await house.say(ENTITLEMENT)
    await house.idle()
    (reply,) = house.replies(ts)
    for _ in range(2):  # a double click
        await house.choose(reply, "wrong")
    await house.idle()
    assert house.replies(ts) == []

    second = await house.say(ENTITLEMENT)
    await house.idle()
    outcome = await house.outcome(second)
    assert outcome is not None
    assert outcome.reason == "muted_trap"
    assert len(house.slack.calls_of("chat.delete")) == 1


async def test_pause_is_obeyed_at_once_and_can_be_ended(house: House) -> None:
    """After Pause there is silence; Resume in the private line brings the bot back."""
    ts = await house.say(ENTITLEMENT)
    await house.idle()
    (reply,) = house.replies(ts)
    await house.choose(reply, "pause")
    await house.idle()
    paused = await house.outcome(await quietly(house))
    assert paused is not None
    assert paused.reason == "paused"

    (line,) = house.workspace.ephemerals(house.deal, house.ana)
    await house.slack.press(house.ana, house.deal, line["ts"], "reframe_resume", ephemeral=True)
    resumed = await house.outcome(await quietly(house))
    assert resumed is not None
    assert resumed.spoken


async def quietly(house: House) -> str:
    ts = await house.say(LABELLING)
    await house.idle()
    return ts


async def test_a_colleague_can_not_press_for_the_author(house: House) -> None:
    """Another's press changes nothing for the author, and is told so privately."""
    ts = await house.say(ENTITLEMENT)
    await house.idle()
    (reply,) = house.replies(ts)
    await house.choose(reply, "wrong", user=house.ben)
    await house.idle()

    assert len(house.replies(ts)) == 1
    assert len(house.workspace.ephemerals(house.deal, house.ben)) == 1
