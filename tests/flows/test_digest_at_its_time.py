"""When a digest comes: in its manager's working hours, once a week, and what is noted if not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.core.model import Person, Reason
from bot.core.policy import DAY, HOUR, WEEK
from bot.flows.errors import SlackRefusedError
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.weekly import WeeklyKind
from tests.fakes.memory_store import MemoryStore
from tests.flows.stories import Stories

MONDAY = datetime(2025, 12, 8, 8, 0, tzinfo=UTC).timestamp()  # 09:00 in Berlin
SUNDAY = MONDAY - 2 * HOUR - DAY + WEEK  # 09:00 in Riyadh
SELLERS = [f"U-{number}" for number in range(1, 7)]


async def set_up(stories: Stories, slot: str = "mon 09:00") -> None:
    await stories.team_setup.save(
        SalesTeam("G1", "T1", "U-mia", "North", slot, "C-deal"), SELLERS, is_new=True
    )
    await stories.deliver_all()


async def tick(stories: Stories, at: float) -> int:
    stories.now = at
    queued = await stories.digests.run_due()
    await stories.deliver_all()
    return queued


async def hours_of_digests(stories: Stories, hours: Sequence[float], start: float) -> list[float]:
    """Tick at some hours after a start; return after which of them a digest stood in Slack."""
    came: list[float] = []
    for hour in hours:
        before = len(digests(stories))
        await tick(stories, start + hour * HOUR)
        came += [hour] * (len(digests(stories)) - before)
    return came


def digests(stories: Stories) -> list[str]:
    return [key for key in stories.chat.keys("T1") if key.startswith("digest-")]


def mia(stories: Stories, zone: str = "Europe/Berlin", status: str = "") -> None:
    """Say where the manager is now, and what their status says."""
    somewhere = Person("U-mia", zone, 0, is_colleague=True, status=status)
    stories.chat.people["T1", "U-mia"] = somewhere


def runs(stories: Stories, kind: WeeklyKind) -> dict[str, str | None]:
    """Return what is noted of each week: why nothing came, or None."""
    assert isinstance(stories.store, MemoryStore)
    kept = stories.store.state.weekly_runs
    return {week: skipped for (_, of, _, week), (skipped, _) in kept.items() if of is kind}


@pytest.mark.parametrize(("days_away", "comes_after"), [(0, 0), (1, 22), (2, 46), (3, 70)])
async def test_a_week_that_begins_on_sunday_is_a_week(
    stories: Stories, days_away: int, comes_after: int
) -> None:
    """A manager in Riyadh who is away on Sunday gets it in that working week, and the next too."""
    mia(stories, "Asia/Riyadh")
    await set_up(stories, "sun 09:00")
    mia(stories, "Asia/Riyadh", status="On vacation" if days_away else "")
    came: list[float] = []
    for day in range(7):
        if day == days_away:
            mia(stories, "Asia/Riyadh")
        hours = [24 * day - 11 + hour for hour in range(0, 24)]  # from 22:00 on the day before
        came += await hours_of_digests(stories, hours, SUNDAY)

    assert came == [comes_after]
    assert await tick(stories, SUNDAY + WEEK) == 1
    assert digests(stories) == ["digest-G1-2025-W50", "digest-G1-2025-W51"]


async def test_the_digest_of_a_sunday_is_shown_until_the_next(stories: Stories) -> None:
    """It is about the last whole week by then, and on Monday another one has ended."""
    mia(stories, "Asia/Riyadh")
    await set_up(stories, "sun 09:00")
    await tick(stories, SUNDAY)
    for day in range(7):
        stories.now = SUNDAY + day * DAY
        content = await stories.past_digests.latest("T1", "U-mia")
        assert content is not None
        assert content["digest"] == "2025-W49"
    stories.now = SUNDAY + 9 * DAY
    assert await stories.past_digests.latest("T1", "U-mia") is None


async def test_a_manager_who_is_away_all_week_gets_none_and_why_is_noted(stories: Stories) -> None:
    await set_up(stories)
    mia(stories, status="On vacation")
    assert await hours_of_digests(stories, range(0, 150), MONDAY) == []
    mia(stories)
    assert await tick(stories, MONDAY + WEEK) == 1

    assert runs(stories, WeeklyKind.DIGEST) == {"2025-W50": Reason.AWAY, "2025-W51": None}


@pytest.mark.parametrize(
    ("zone", "comes_after"),
    [
        ("America/Los_Angeles", 9),  # 09:00 there, which is later
        ("Asia/Dubai", 0),  # 12:00 there, on the same day
        ("Asia/Kolkata", 0),  # 13:30
        ("Pacific/Auckland", 10),  # 21:00, so at 07:00 the next morning
    ],
)
async def test_it_follows_the_clock_that_its_manager_has_now(
    stories: Stories, zone: str, comes_after: int
) -> None:
    await set_up(stories)
    mia(stories, zone)
    assert await hours_of_digests(stories, range(0, 30), MONDAY) == [comes_after]
    assert len(await hours_of_digests(stories, range(120, 200), MONDAY)) == 1


async def test_after_an_outage_it_comes_in_working_hours(stories: Stories) -> None:
    """Down from Monday morning until late: it comes on Tuesday morning; a week later is too old."""
    await set_up(stories)
    assert await hours_of_digests(stories, range(13, 30), MONDAY) == [22]
    assert await tick(stories, MONDAY + WEEK + 5 * DAY) == 0
    assert runs(stories, WeeklyKind.DIGEST) == {"2025-W50": None, "2025-W51": Reason.TOO_OLD}


async def test_a_pause_skips_it_and_is_noted(stories: Stories) -> None:
    await set_up(stories)
    await stories.pauses.pause("T1", "U-mia", 30 * DAY)
    assert await tick(stories, MONDAY) == 0
    assert runs(stories, WeeklyKind.DIGEST) == {"2025-W50": Reason.PAUSED}


async def test_what_did_not_arrive_is_noted_with_its_week(stories: Stories) -> None:
    """A reflection and a digest that Slack refuses, or that meet a pause on their way."""
    await set_up(stories)
    stories.chat.failures["post"] = [SlackRefusedError("user_disabled")]
    assert await tick(stories, MONDAY) == 1
    await stories.schedule.switch("T1", "U-ana", on=True)
    stories.now = MONDAY + 4 * DAY + 6 * HOUR
    assert await stories.reflections.run_due() == 1
    await stories.pauses.pause("T1", "U-ana", DAY)
    await stories.deliver_all()

    assert digests(stories) == []
    assert runs(stories, WeeklyKind.DIGEST) == {"2025-W50": "user_disabled"}
    assert runs(stories, WeeklyKind.REFLECTION) == {"2025-W50": Reason.PAUSED}
