"""Weekly work of several workspaces, one of which has a Slack that hangs: the others get theirs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.model import Feedback, Person
from bot.core.policy import DAY, WEEK
from bot.flows.digest import TeamDigests
from bot.flows.follow_up import FollowUps
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.weekly_reflection import WeeklyReflections
from tests.flows.stories import NOON, UNLIMITED, Stories

BLAME = "blame: they never answer"
FRIDAY = datetime(2025, 11, 28, 14, 0, tzinfo=UTC).timestamp()  # 15:00 in Berlin
MONDAY = datetime(2025, 12, 8, 8, 0, tzinfo=UTC).timestamp()  # 09:00 in Berlin
WORKSPACES = ("T1", "T2", "T3")


@pytest.fixture
def stories(stories: Stories) -> Stories:
    """Return stories that wait for a slow workspace for an instant only."""
    batches = replace(UNLIMITED.batches, weekly_patience_seconds=0.02)
    return replace(stories, limits=replace(UNLIMITED, batches=batches))


async def make_due(stories: Stories, what: str) -> WeeklyReflections | TeamDigests | FollowUps:
    """Let something be due in each workspace, in T1 first; return what sends it."""
    for number, workspace_id in enumerate(WORKSPACES):
        stories.now = NOON + number
        match what:
            case "reflection":
                await stories.schedule.switch(workspace_id, "U-ana", on=True)
            case "digest":
                team = SalesTeam("G1", workspace_id, "U-mia", "North", "mon 09:00")
                await stories.team_setup.save(team, ["U-1"], is_new=True)
            case _:
                ts = await stories.coach_message(BLAME, workspace_id=workspace_id)
                await stories.feedback.record_feedback(
                    workspace_id, f"nudge-C-deal-{ts}", "U-ana", Feedback.HELPFUL
                )
    await stories.deliver_all()
    stories.now = {"reflection": FRIDAY, "digest": MONDAY}.get(what, NOON + 3 * DAY + 60)
    found: dict[str, WeeklyReflections | TeamDigests | FollowUps] = {
        "reflection": stories.reflections,
        "digest": stories.digests,
        "followup": stories.follow_ups,
    }
    return found[what]


@pytest.mark.parametrize("what", ["reflection", "digest", "followup"])
async def test_a_workspace_whose_slack_hangs_holds_up_only_itself(
    stories: Stories, what: str
) -> None:
    """Neither in its tick nor in the next ones, in which it is left out; later it gets its own."""
    story = await make_due(stories, what)
    answers, person, asked = asyncio.Event(), stories.chat.person, list[str]()

    async def hang(workspace_id: str, user_id: str) -> Person:
        asked.append(workspace_id)
        if workspace_id == "T1":
            await answers.wait()
        return await person(workspace_id, user_id)

    def came(workspace_id: str) -> int:
        return sum(key.startswith(what) for key in stories.chat.keys(workspace_id))

    stories.chat.person = hang  # type: ignore[method-assign]
    async with asyncio.timeout(5):
        assert await story.run_due() == 2
        for _ in range(3):
            stories.now += 60
            assert await story.run_due() == 0
    assert asked.count("T1") == 1
    await stories.deliver_all()
    assert [came(workspace_id) for workspace_id in WORKSPACES] == [0, 1, 1]

    answers.set()
    await story.finish()
    stories.now += 60
    await story.run_due()
    await stories.deliver_all()
    assert [came(workspace_id) for workspace_id in WORKSPACES] == [1, 1, 1]


async def test_what_a_hanging_workspace_left_is_due_in_the_next_tick(stories: Stories) -> None:
    """If Slack fails in the end, the claim ends with that, though the tick was over long ago."""
    story = await make_due(stories, "digest")
    fails = asyncio.Event()

    async def hang(workspace_id: str, user_id: str) -> Person:
        await fails.wait()
        raise TimeoutError

    person, stories.chat.person = stories.chat.person, hang  # type: ignore[method-assign]
    assert await story.run_due() == 0
    fails.set()
    await story.finish()
    stories.chat.person = person  # type: ignore[method-assign]
    stories.now += UNLIMITED.broken_weekly_seconds
    assert await story.run_due() == 3
    stories.now += WEEK
    assert await story.run_due() == 3
