"""Weekly messages at a time that suits their reader, and one reader's fault that stops nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.languages import UiStrings
from bot.core.model import Feedback, Person
from bot.core.policy import DAY, HOUR
from bot.core.weekly_slot import Holidays
from bot.flows.errors import SlackRefusedError, SlackUnavailableError, StoreUnavailableError
from bot.flows.slack_error_codes import APP_REFUSED, CHANNEL_CLOSED, PERSON_GONE
from tests.fakes.rendering import FakeRenderer
from tests.flows.stories import NOON, Stories

BLAME = "blame: they never answer"
FRIDAY = datetime(2025, 11, 28, 14, 0, tzinfo=UTC).timestamp()  # 15:00 in Berlin


def live(stories: Stories, zone: str, user_id: str = "U-ana", status: str = "") -> None:
    person = Person(user_id, zone, 0, is_colleague=True, status=status)
    stories.chat.people["T1", user_id] = person


async def came_at(stories: Stories, since: float, until: float, step: float = HOUR / 2) -> float:
    """Tick from time to time; return when the reflection came, or 0."""
    at = since
    while at < until:
        stories.now = at
        if await stories.reflections.run_due():
            return at
        at += step
    return 0.0


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("America/Los_Angeles", "Europe/Berlin", FRIDAY),
        ("America/New_York", "Asia/Kolkata", FRIDAY - 4.5 * HOUR),
        ("Europe/London", "America/Los_Angeles", FRIDAY + 9 * HOUR),
        ("Asia/Tokyo", "Asia/Tokyo", FRIDAY - 8 * HOUR),
    ],
)
async def test_who_travels_gets_it_on_their_own_friday_afternoon(
    stories: Stories, before: str, after: str, expected: float
) -> None:
    live(stories, before)
    await stories.schedule.switch("T1", "U-ana", on=True)
    live(stories, after)
    at = await came_at(stories, FRIDAY - DAY, FRIDAY + 3 * DAY)
    assert 0 <= at - expected <= HOUR / 2


@pytest.mark.parametrize("hours_before", [0.5, 2.5, 30])
async def test_who_turns_it_on_while_slack_is_silent_gets_it_at_their_hour(
    stories: Stories, hours_before: float
) -> None:
    """Also on the same afternoon, though 15:00 in UTC is an hour later than in Berlin."""
    stories.now = FRIDAY - hours_before * HOUR
    stories.chat.failures["person"] = [SlackUnavailableError("HTTP 503")]
    await stories.schedule.switch("T1", "U-ana", on=True)
    assert await came_at(stories, stories.now + 60, FRIDAY + DAY) in (FRIDAY, FRIDAY + 60)


async def test_who_lands_too_late_gets_it_in_the_next_working_hours(stories: Stories) -> None:
    """On a Wednesday night it can wait for Thursday; on a Friday night there is no such hour."""
    for slot, expected in (("wed 15:00", FRIDAY - 2 * DAY + 16 * HOUR), ("fri 15:00", 0.0)):
        async with stories.store.begin() as uow:
            await uow.people.update("T1", "U-ana", reflection_slot=slot)
        live(stories, "America/Los_Angeles")
        stories.now = FRIDAY - 5 * DAY
        await stories.schedule.switch("T1", "U-ana", on=True)
        landed = FRIDAY - (2 * DAY if expected else 0) + 8 * HOUR  # 23:00 in Berlin
        assert await came_at(stories, landed - 2 * DAY, landed) == 0
        live(stories, "Europe/Berlin")
        assert await came_at(stories, landed, landed + 2 * DAY) == expected


async def test_after_an_outage_it_does_not_come_at_night(stories: Stories) -> None:
    async with stories.store.begin() as uow:
        await uow.people.update("T1", "U-ana", reflection_slot="wed 15:00")
    await stories.schedule.switch("T1", "U-ana", on=True)
    wednesday = FRIDAY - 2 * DAY
    assert (
        await came_at(stories, wednesday + 11 * HOUR, wednesday + 2 * DAY) == wednesday + 16 * HOUR
    )


async def test_a_pause_counts_as_of_the_sending(stories: Stories) -> None:
    """Also one that began after the tick had claimed the person."""
    await stories.schedule.switch("T1", "U-ana", on=True)
    ask = stories.chat.person

    async def pause_meanwhile(workspace_id: str, user_id: str) -> Person:
        await stories.pauses.pause(workspace_id, user_id, 4 * DAY)
        return await ask(workspace_id, user_id)

    stories.now = FRIDAY
    stories.chat.person = pause_meanwhile  # type: ignore[method-assign]
    assert await stories.reflections.run_due() == 0


class FaultyRenderer(FakeRenderer):
    """Can't lay out one week's reflection of somebody who wrote too much."""

    is_faulty = True

    def reflection(self, strings: UiStrings, content: Any) -> Any:
        """Fail for a plan of 3,000 characters."""
        if self.is_faulty and len("".join(content.plan)) > 3_000:
            raise ValueError("what somebody wrote is too long")
        return super().reflection(strings, content)


async def test_one_sellers_fault_stops_nobody_else(
    stories: Stories, caplog: pytest.LogCaptureFixture
) -> None:
    stories.renderer = renderer = FaultyRenderer()
    for user_id in ("U-ana", "U-ben", "U-cleo"):
        await stories.schedule.switch("T1", user_id, on=True)
    long = {"if": "a" * 1_600, "then": "b" * 1_600}
    await stories.answers.save_answers("T1", "U-ana", "2025-W47", long)
    stories.now = FRIDAY
    assert await stories.reflections.run_due() == 2
    assert "workspace=T1 subject=U-ana fails alone and is tried again: ValueError" in caplog.text
    assert "what somebody wrote" not in caplog.text

    stories.chat.calls.clear()
    stories.now += 60
    assert await stories.reflections.run_due() == 0
    assert "person" not in stories.chat.calls  # not first again
    renderer.is_faulty = False
    stories.now += HOUR
    assert await stories.reflections.run_due() == 1


async def test_a_store_that_fails_midway_leaves_no_claims(stories: Stories) -> None:
    """Once is one person's matter; twice in a row ends the round, and the leases with it."""
    for user_id in ("U-ana", "U-ben", "U-cleo"):
        await stories.schedule.switch("T1", user_id, on=True)
    begin, left = stories.store.begin, [1, 0, 0]

    @asynccontextmanager
    async def failing() -> AsyncIterator[Any]:
        async with begin() as uow:
            yield uow
            left[0] -= 1
            if left[0] in (-1, -2):
                raise StoreUnavailableError("locked")

    stories.store.begin = failing  # type: ignore[method-assign]
    stories.now = FRIDAY
    with pytest.raises(StoreUnavailableError):
        await stories.reflections.run_due()
    rival = replace(stories, owner="worker-2")
    rival.now = FRIDAY + 1
    assert await rival.reflections.run_due() >= 1


@pytest.mark.parametrize("code", sorted(APP_REFUSED))
async def test_no_error_about_the_app_ends_a_schedule(stories: Stories, code: str) -> None:
    await stories.schedule.switch("T1", "U-ana", on=True)
    stories.now = FRIDAY
    stories.chat.failures["person"] = [SlackRefusedError(code)]
    assert await stories.reflections.run_due() == 0
    stories.now += 60
    assert await stories.reflections.run_due() == 1


def test_no_code_is_about_two_things() -> None:
    assert not APP_REFUSED & PERSON_GONE
    assert not APP_REFUSED & CHANNEL_CLOSED
    assert not CHANNEL_CLOSED & PERSON_GONE


@pytest.mark.parametrize("code", ["invalid_auth", "missing_scope", "org_login_required"])
async def test_a_refused_app_loses_no_message(stories: Stories, code: str) -> None:
    """The author isn't unknown, so the message is looked at again."""
    stories.chat.failures["person"] = [SlackRefusedError(code)]
    ts = await stories.coach_message(BLAME)
    assert stories.chat.keys("T1") == []
    stories.now += 10
    await stories.nudge.run_due()
    await stories.deliver.run_due()
    assert stories.chat.keys("T1") == [f"nudge-C-deal-{ts}"]


@pytest.mark.parametrize("why", ["holiday", "on demand", "muted", "paused", "away", "gone"])
async def test_a_follow_up_goes_through_the_gate(stories: Stories, why: str) -> None:
    if why == "holiday":
        stories.holidays = Holidays.parse("2025-11-29, 2025-11-30")
    ts = await stories.coach_message(BLAME)
    await stories.press(ts, Feedback.HELPFUL)
    async with stories.store.begin() as uow:
        if why == "on demand":
            await uow.people.update("T1", "U-ana", daily_limit=0)
        if why == "muted":
            trap = (await uow.findings.nudge("T1", f"nudge-C-deal-{ts}")).trap  # type: ignore[union-attr]
            await uow.people.mute("T1", "U-ana", trap, until=NOON + 30 * DAY)  # type: ignore[arg-type]
    if why == "paused":
        await stories.pauses.pause("T1", "U-ana", 30 * DAY)
    if why == "away":
        live(stories, "Europe/Berlin", status="vacation")
    stories.now = NOON + 3 * DAY + 60
    if why == "gone":
        stories.chat.failures["person"] = [SlackRefusedError("user_not_found")]
    assert await stories.follow_ups.run_due() == 0
    if why == "gone":
        stories.now += HOUR
        assert await stories.follow_ups.run_due() == 0
