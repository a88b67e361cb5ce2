"""Forgetting somebody erases everything, and never makes the bot more talkative."""

from __future__ import annotations

import dataclasses
from datetime import time

import pytest

from bot.core.kept_wishes import wishes_to_keep
from bot.core.model import Deleted, Delivery, Feedback, More, Preferences, Reason, Trap
from bot.core.policy import DAY, HOUR, Limits
from bot.core.quiet_hours import QuietHours
from bot.flows.feedback import Press
from tests.flows.stories import NOON, UNLIMITED, Stories

TRAP = "blame: they never answer"
HOUSE = Limits(daily_cap=2, quiet_hours=QuietHours(time(20), time(7)))


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        ({"daily_limit": 0}, True),
        ({"daily_limit": 1}, True),
        ({"daily_limit": 2}, False),
        ({"daily_limit": 5}, False),
        ({"delivery": Delivery.PRIVATE}, True),
        ({"quiet_hours": "18:00-09:00"}, True),
        ({"quiet_hours": "20:00-07:00,fri-sat"}, True),
        ({"quiet_hours": "20:00-07:00,weekdays"}, False),
        ({"quiet_hours": "21:00-06:00"}, False),
        ({"quiet_hours": "off"}, False),
        ({"paused_until": NOON + 1}, True),
        ({"paused_until": NOON}, False),
        ({"weekly_reflection": False}, True),
        ({"weekly_reflection": True}, False),
        ({"reflection_slot": "mon 09:00"}, False),
        ({"resumed_at": NOON - 1}, False),
        ({"greeted": True}, False),
    ],
)
def test_only_what_means_less_is_kept(chosen: dict[str, object], kept: bool) -> None:
    """A choice that makes the bot quieter than the workspace outlives an erasure; no other does."""
    before = dataclasses.replace(Preferences(), **chosen)  # type: ignore[arg-type]

    assert wishes_to_keep(before, HOUSE, NOON) == (before if kept else Preferences())


async def forget(stories: Stories) -> str:
    return await stories.erasure.forget_person("T1", "U-ana")


async def reasons(stories: Stories) -> list[Reason | None]:
    return [d.reason for d in await stories.decided()]


async def test_who_wanted_no_questions_gets_none(stories: Stories) -> None:
    """Having everything erased switches no questions on."""
    await stories.preferences.update("T1", "U-ana", daily_limit=0)
    line = await forget(stories)
    await stories.coach_message(TRAP)

    assert "won't get more questions" in line
    assert await reasons(stories) == [Reason.ONLY_ON_DEMAND]


async def test_a_trap_that_was_called_wrong_stays_muted(stories: Stories) -> None:
    """What a person said about their messages is learned for as long as it was promised."""
    await stories.press(await stories.coach_message(TRAP), Feedback.WRONG)
    stories.now += HOUR
    await forget(stories)
    await stories.coach_message(TRAP)

    assert await reasons(stories) == [Reason.MUTED_TRAP]


async def test_a_cap_that_was_used_up_stays_used_up(stories: Stories) -> None:
    """Erasing twice brings no second question on a day with one; the next day does."""
    stories = dataclasses.replace(stories, limits=dataclasses.replace(UNLIMITED, daily_cap=1))
    await stories.coach_message(TRAP)
    for _ in range(2):
        stories.now += HOUR
        await forget(stories)
    await stories.coach_message(TRAP)
    before = await reasons(stories)
    stories.now += DAY
    await stories.coach_message(TRAP)

    assert before == [Reason.DAILY_CAP]
    assert (await reasons(stories))[0] is None


async def test_ignored_questions_stay_ignored(stories: Stories) -> None:
    """Who left three questions unanswered is not asked again for having data erased."""
    for _ in range(3):
        await stories.coach_message(TRAP)
        stories.now += 8 * DAY
    await forget(stories)
    await stories.coach_message(TRAP)
    before = await reasons(stories)
    await stories.pauses.resume("T1", "U-ana")
    stories.now += DAY
    await stories.coach_message(TRAP)

    assert before == [Reason.ONLY_ON_DEMAND]
    assert (await reasons(stories))[0] is None


async def test_a_message_from_before_is_not_taken_again(stories: Stories) -> None:
    """Slack may send an event again; it is neither stored nor answered, in no wording."""
    message = stories.message(TRAP)
    await stories.coach_message(TRAP)
    await forget(stories)
    posts = len(stories.chat.keys("T1"))
    await stories.intake.receive(message)
    await stories.intake.receive(dataclasses.replace(message, event_id="Ev-other"))
    stories.now += 60
    await stories.coach_message(TRAP, thread_ts=message.ts)

    assert len(stories.chat.keys("T1")) == posts
    assert await reasons(stories) == [Reason.THREAD_DONE]


async def test_what_was_deleted_goes_too(stories: Stories) -> None:
    """A trace of a deleted message belongs to its author."""
    await stories.intake.receive(Deleted("Ev-d", "T1", "C-deal", "1.5", TRAP, "U-ana"))
    before = await stories.decided()
    await forget(stories)

    assert [d.reason for d in before] == [Reason.DELETED]
    assert await stories.decided() == []


async def test_nothing_but_the_wish_is_left(stories: Stories) -> None:
    """What is exported after an erasure names a choice, and nothing else."""
    await stories.press(await stories.coach_message(TRAP), Feedback.HELPFUL)
    await stories.preferences.update("T1", "U-ana", daily_limit=0, quiet_hours="off")
    await forget(stories)
    async with stories.store.begin() as uow:
        left = {k: v for k, v in (await uow.personal_data.export("T1", "U-ana")).items() if v}
        chosen = await uow.people.preferences("T1", "U-ana")
        muted = await uow.people.mutes("T1", "U-ana")

    assert set(left) == {"preferences"}
    assert chosen == Preferences(daily_limit=0)
    assert muted == {}


async def test_buttons_of_a_forgotten_question(stories: Stories) -> None:
    """Nothing is known of the question any more; who wants privacy still gets it."""
    ts = await stories.coach_message(TRAP)
    await forget(stories)
    key = f"nudge-C-deal-{ts}"

    assert await stories.press(ts, Feedback.WRONG) is Press.UNKNOWN
    met = await stories.feedback.give_more("T1", key, "U-ana", More.PRIVATELY)
    assert met is Press.UNKNOWN
    said = await stories.feedback.explain_wrong("T1", key, "U-ana", reason="fact", words="")
    assert said == stories.playbook.text("feedback", "old")
    async with stories.store.begin() as uow:
        assert (await uow.people.preferences("T1", "U-ana")).delivery is Delivery.PRIVATE
        assert await uow.people.muted_until("T1", "U-ana", Trap.BLAME) is None
