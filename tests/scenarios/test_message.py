"""From Slack's event to the question in the thread."""

from __future__ import annotations

import re

import pytest

from tests.harness import (
    BLAME,
    ENTITLEMENT,
    FIXING,
    LABELLING,
    ORDINARY,
    PITCHING,
    BotHarness,
)


@pytest.mark.parametrize("text", [BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING])
async def test_trap(bot: BotHarness, text: str) -> None:
    """Ask one question in the thread, with feedback buttons and a way out."""
    ts = await bot.say(text)
    await bot.idle()

    (reply,) = bot.replies(ts)
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


async def test_ordinary_message(bot: BotHarness) -> None:
    """Post nothing about an ordinary message, and don't store it."""
    ts = await bot.say(ORDINARY)
    await bot.idle()

    assert bot.replies(ts) == []
    assert await bot.outcome(ts) is None


async def test_message_in_a_thread(bot: BotHarness) -> None:
    """Ask in the thread that the message is in."""
    root = await bot.say(ORDINARY)
    await bot.say(ENTITLEMENT, thread_ts=root)
    await bot.idle()

    assert [m["user"] for m in bot.replies(root)] == [bot.ana, bot.workspace.bot_user_id]


async def test_socket_mode(harness: BotHarness) -> None:
    """Ask a question about a message that arrives by Socket Mode."""
    await harness.start("socket")
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert len(harness.replies(ts)) == 1


async def test_post_carries_its_key(bot: BotHarness) -> None:
    """Put the key into a nudge's metadata, by which the bot finds it after a crash."""
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()

    (reply,) = bot.replies(ts)
    assert reply["metadata"]["event_payload"] == {"key": f"nudge-{bot.deal}-{ts}"}


async def test_a_next_message_that_takes_it_back(harness: BotHarness) -> None:
    """Ask nothing if the author takes the message back while it settles."""
    await harness.start(REFRAME_SETTLE_SECONDS=0.4)
    ts = await harness.say(ENTITLEMENT)
    await harness.say("scratch that, that was unfair. what did we miss?")
    await harness.idle()

    assert harness.replies(ts) == []
    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "next_message"


@pytest.mark.parametrize("edited", [False, True])
async def test_a_next_message_that_takes_it_back_after_a_restart(
    harness: BotHarness, edited: bool
) -> None:
    """Ask nothing if the author takes back what an earlier process stored, also by an edit."""
    await harness.start(REFRAME_SETTLE_SECONDS=5)
    ts = await harness.say(ORDINARY if edited else ENTITLEMENT)
    if edited:
        await harness.slack.edit_message(harness.deal, ts, ENTITLEMENT)
        await harness.slack.wait_for_deliveries()
    await harness.stop()
    await harness.start(REFRAME_SETTLE_SECONDS=5)
    await harness.say("scratch that, that was unfair. what did we miss?")
    await harness.idle()

    assert harness.replies(ts) == []
    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "next_message"


async def test_channel_that_is_not_watched(harness: BotHarness) -> None:
    """Store nothing from a channel that REFRAME_CHANNELS does not list."""
    await harness.start(REFRAME_CHANNELS="C99999999")
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert await harness.outcome(ts) is None


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"REFRAME_DAILY_CAP": 1}, "daily_cap"),
        ({"REFRAME_WEEKLY_CAP": 1}, "weekly_cap"),
        ({"REFRAME_COOLDOWN_DAYS": 7}, "cool_down"),
    ],
)
async def test_caps(harness: BotHarness, settings: dict[str, int], reason: str) -> None:
    """Stay within the cap per day, per week, and per trap and channel."""
    await harness.start(**settings)
    await harness.say(ENTITLEMENT)
    await harness.idle()
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.reason == reason


async def test_quiet_hours(harness: BotHarness) -> None:
    """Ask nothing in the author's quiet hours."""
    await harness.start(REFRAME_QUIET_HOURS="00:00-23:59,weekdays")
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "quiet_hours"


async def test_helpful(bot: BotHarness) -> None:
    """Acknowledge "Helpful", and thank the author privately."""
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    (reply,) = bot.replies(ts)
    click = await bot.slack.click(bot.ana, bot.deal, reply["ts"], "reframe_answer_helpful")
    await bot.idle()

    assert click.status == 200
    assert len(bot.workspace.ephemerals(bot.deal, bot.ana)) == 1
    assert bot.workspace.ephemerals(bot.deal, bot.ben) == []


async def test_wrong(bot: BotHarness) -> None:
    """Delete the question on "That's wrong", and mute the trap for its author."""
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    (reply,) = bot.replies(ts)
    for _ in range(2):  # a double click
        await bot.choose(reply, "wrong")
    await bot.idle()
    assert bot.replies(ts) == []

    second = await bot.say(ENTITLEMENT)
    await bot.idle()
    outcome = await bot.outcome(second)
    assert outcome is not None
    assert outcome.reason == "muted_trap"
    assert len(bot.slack.calls_to("chat.delete")) == 1


async def test_pause_and_resume(bot: BotHarness) -> None:
    """Stay quiet at once after "Pause", until the author clicks "Resume now"."""
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    (reply,) = bot.replies(ts)
    await bot.choose(reply, "pause")
    await bot.idle()
    paused = await bot.outcome(await post_trap(bot))
    assert paused is not None
    assert paused.reason == "paused"

    (line,) = bot.workspace.ephemerals(bot.deal, bot.ana)
    await bot.slack.click(bot.ana, bot.deal, line["ts"], "reframe_resume", ephemeral=True)
    resumed = await bot.outcome(await post_trap(bot))
    assert resumed is not None
    assert resumed.spoken


async def post_trap(bot: BotHarness) -> str:
    """Post a message with a trap as Ana; return its ts once it is decided."""
    ts = await bot.say(LABELLING)
    await bot.idle()
    return ts


async def test_colleague_clicks_wrong(bot: BotHarness) -> None:
    """Refuse privately, and keep the question, if a colleague clicks "That's wrong"."""
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    (reply,) = bot.replies(ts)
    await bot.choose(reply, "wrong", user=bot.ben)
    await bot.idle()

    assert len(bot.replies(ts)) == 1
    assert len(bot.workspace.ephemerals(bot.deal, bot.ben)) == 1


async def test_no_question_comes_back_before_the_others_were_used(bot: BotHarness) -> None:
    """Two sellers write of one person, ten times: each time the same few questions fitted best, so
    the channel read them again and again."""
    questions = []
    for n in range(10):
        ts = await bot.say(LABELLING, user=(bot.ana, bot.ben)[n % 2])
        await bot.idle()
        (reply,) = bot.replies(ts)
        questions.append(re.split(r"[.>] ", reply["text"])[-1])

    assert len(set(questions)) == 10
