"""What waits keeps its place in no line: others, however many wait, get their turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.model import Feedback, Person
from bot.core.policy import DAY, Batches
from bot.flows.errors import SlackUnavailableError
from tests.flows.stories import NOON, UNLIMITED, Stories
from tests.flows.test_weekly import BLAME, FRIDAY, reflections_sent

WAITING = ("U-ana", "U-ben")


def with_batches(stories: Stories, weekly: int, patience_seconds: float = 10.0) -> Stories:
    """Return the same stories with other batches of weekly work."""
    batches = Batches(weekly=weekly, weekly_patience_seconds=patience_seconds)
    limits = replace(UNLIMITED, batches=batches)
    return Stories(stories.store, stories.playbook, limits=limits, chat=stories.chat)


async def call_helpful(stories: Stories, user_id: str, text: str = BLAME) -> str:
    """Let a person call a question helpful; return the ts of their message."""
    stories.now += 1
    ts = await stories.coach_message(text, author_id=user_id)
    await stories.press(ts, Feedback.HELPFUL, user_id=user_id)
    return ts


@pytest.mark.parametrize("batch", [1, 2, 200])
async def test_a_follow_up_comes_although_many_wait(stories: Stories, batch: int) -> None:
    """Those who pause are looked at first in each tick but keep nobody from theirs; they get theirs
    when their pause ends."""
    few = with_batches(stories, weekly=batch)
    for user_id in (*WAITING, "U-mia"):
        await call_helpful(few, user_id)
    few.now = NOON + 3 * DAY + 60
    for user_id in WAITING:
        await few.preferences.update("T1", user_id, paused_until=few.now + 600)
    assert [await few.follow_ups.run_due() for _ in range(4)].count(1) == 1
    few.now += 600
    assert sum([await few.follow_ups.run_due() for _ in range(4)]) == len(WAITING)
    await few.deliver_all()

    assert [k.partition("-")[0] for k in few.chat.keys("T1")].count("followup") == 3


async def test_a_muted_question_keeps_no_other_one_back(stories: Stories) -> None:
    """The oldest waits for the end of its mute; the same person's next one is asked about."""
    await call_helpful(stories, "U-ana")
    ts = await call_helpful(stories, "U-ana", "fixing: I will fix it all")
    async with stories.store.begin() as uow:
        first = await uow.findings.nudge("T1", stories.chat.keys("T1")[0])
        assert first is not None
        assert first.trap is not None
        await uow.people.mute("T1", "U-ana", first.trap, until=NOON + 9 * DAY)
    stories.now = NOON + 3 * DAY + 60

    assert await stories.follow_ups.run_due() == 1
    assert await stories.follow_ups.run_due() == 0
    async with stories.store.begin() as uow:
        assert await uow.weekly.waits_for_outcome("T1", f"nudge-C-deal-{ts}", "U-ana")


async def test_a_reflection_comes_although_others_wait_for_slack(stories: Stories) -> None:
    """Also if a tick gets no further than the first person: in the next one they are behind."""
    few = with_batches(stories, weekly=1, patience_seconds=0)
    person = few.chat.person

    async def fails_for_some(workspace_id: str, user_id: str) -> Person:
        if user_id in WAITING:
            await asyncio.sleep(0.01)  # longer than the round waits
            raise SlackUnavailableError("HTTP 503")
        return await person(workspace_id, user_id)

    for user_id in (*WAITING, "U-mia"):
        await few.schedule.switch("T1", user_id, on=True)
    few.chat.person = fails_for_some  # type: ignore[method-assign]
    few.now = FRIDAY
    for _ in range(4):
        few.now += 60
        await few.reflections.run_due()
        await few.reflections.finish()
    await few.deliver_all()

    assert [key.rpartition("-20")[0] for key in reflections_sent(few)] == ["reflection-U-mia"]
