"""Whoever asks whether the bot is on reads what holds for them: on or paused, until when, how
often, and where it reads; and no word on privacy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.core.durations import NO_END
from bot.core.model import Delivery
from bot.core.playbook_model import Playbook
from bot.core.quiet_hours import QuietHours
from bot.core.weekly_slot import Holidays
from bot.detect.learned_intents import build_router
from bot.flows.errors import SlackUnavailableError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from tests.flows.stories import UNLIMITED, Stories

LIMITS = replace(UNLIMITED, daily_cap=1, weekly_cap=2, quiet_hours=QuietHours())
MONDAY = datetime(2025, 12, 1, 10, 30, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
SATURDAY = MONDAY - 2 * 86_400
ASKED = [
    "status",
    "are you on?",
    "are you paused?",
    "are you working here?",
    "am i paused",
    "what's my status",
    "until when are you paused",
    "what are my limits",
    "did I pause you",
    "which channels are you in",
]


@pytest.fixture
def stories(stories: Stories) -> Stories:
    """Return the stories on a Monday morning, with the usual limits and two shared channels."""
    stories.now, stories.limits = MONDAY, LIMITS
    stories.chat.channels = ["C-1", "C-2", "C-unwatched"]
    return stories


async def status(stories: Stories, text: str = "status", channel_id: str = "") -> str:
    ask = Ask(
        key=f"{text}-{stories.now}",
        kind=AskKind.ADVICE,
        workspace_id="T1",
        user_id="U-ana",
        place=ReplyPlace.RESPONSE,
        address="https://hooks.example/1",
        text=text,
        channel_id=channel_id,
    )
    await stories.on_demand.submit(ask)
    await stories.on_demand.run_due()
    _, reply = stories.presenter.replies[-1]
    assert reply.is_markup == ("<#" in reply.line)
    return reply.line


async def choose(stories: Stories, **changes: Any) -> None:
    async with stories.store.begin() as uow:
        await uow.people.update("T1", "U-ana", **changes)


@pytest.mark.parametrize("text", ASKED)
def test_it_is_heard_as_such(playbook: Playbook, text: str) -> None:
    router = build_router(playbook.intents)
    topic = router.find_topic(text)
    cued = (t.id for t in playbook.answers.about if any(cue in text for cue in t.cues))
    wanted = topic or next(cued)
    found = next(t for t in playbook.answers.about if t.id == wanted)

    assert router.find(text) == "about"
    assert found.of_person


async def test_on_with_limits_and_channels(stories: Stories) -> None:
    shown = await status(stories)

    assert shown.startswith("I'm on for you.")
    assert "at most 1 a day and 2 a week. Quiet hours: 8:00 PM to 7:00 AM." in shown
    assert "Days off: Saturday and Sunday." in shown
    assert "<#C-1>, <#C-2>." in shown
    assert "C-unwatched" not in shown
    assert "encrypted" not in shown


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (MONDAY + 6 * 3_600, "until Monday, December 1, 4:30 PM."),
        (MONDAY + 86_400 * 4 + 13.5 * 3_600, "until Saturday, December 6."),
        (NO_END, "until you resume."),
    ],
)
async def test_paused(stories: Stories, until: float, said: str) -> None:
    await choose(stories, paused_until=until)
    shown = await status(stories)

    assert f"I'm paused for you {said}" in shown
    assert "I'm on for you" not in shown
    assert "<#C-1>" in shown


async def test_only_on_demand(stories: Stories) -> None:
    await choose(stories, daily_limit=0)

    assert stories.playbook.text("status", "demand") in await status(stories)


async def test_left_unanswered(stories: Stories) -> None:
    for _ in range(LIMITS.ignored_ends):
        await stories.coach_message("blame: they never answer")
        stories.now += 8 * 86_400

    assert stories.playbook.text("status", "ignored") in await status(stories)


async def test_on_a_day_off_and_on_a_holiday(stories: Stories) -> None:
    stories.now = SATURDAY
    assert stories.playbook.text("quiet", "day_off") in await status(stories)
    stories.now = MONDAY
    assert "Right now" not in await status(stories)


async def test_on_a_holiday(stories: Stories) -> None:
    stories.holidays = Holidays.parse("12-01")

    assert stories.playbook.text("quiet", "holiday") in await status(stories)


async def test_channels_apart_by_what_is_done_there(stories: Stories) -> None:
    async with stories.store.begin() as uow:
        await uow.channels.update("T1", "C-1", delivery=Delivery.OBSERVE)
        await uow.channels.update("T1", "C-2", paused_until=NO_END, pause_reason="turned_off")
    shown = await status(stories)

    assert "only count: <#C-1>." in shown
    assert "turned off or can't post: <#C-2>." in shown
    assert "that I read" not in shown


async def test_in_a_channel_it_says_what_holds_there(stories: Stories) -> None:
    stories.chat.not_in.add(("T1", "C-9"))

    assert stories.playbook.text("status", "here_yes") in await status(stories, channel_id="C-1")
    elsewhere = await status(stories, "are you working here?", channel_id="C-9")
    assert stories.playbook.text("status", "here_absent") in elsewhere


@pytest.mark.parametrize("is_asked", [True, False])
async def test_no_channel_and_no_answer(stories: Stories, is_asked: bool) -> None:
    stories.chat.channels = []
    if not is_asked:
        stories.chat.failures["channels_with"] = [SlackUnavailableError("no answer")]
    shown = await status(stories)

    assert stories.playbook.text("status", "nowhere" if is_asked else "unsure") in shown


async def test_many_channels(stories: Stories) -> None:
    stories.chat.channels = [f"C-{number}" for number in range(23)]

    assert "And 3 more of your channels." in await status(stories)


async def test_a_channel_may_not_ask_who_paused(stories: Stories) -> None:
    """The line about the channel says the same as the one about whoever asks."""
    others = stories.playbook.text("status", "here_others")
    assert others not in await status(stories, channel_id="C-1")
    stories.now += 1
    await stories.pauses.pause_until("T1", "U-ana", NO_END)
    assert others in await status(stories, channel_id="C-1")
