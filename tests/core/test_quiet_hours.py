"""Quiet hours and quiet days: a weekend is not Saturday and Sunday everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Preferences
from bot.core.policy import Limits, with_preferences
from bot.core.quiet_hours import (
    WEEKDAYS,
    QuietHours,
    days_off,
    parse_quiet_hours,
    plain_quiet_hours,
)
from bot.core.weekends import SATURDAY_AND_SUNDAY, weekend_in
from bot.core.weekly_slot import (
    default_digest_slot,
    default_reflection_slot,
    week_start,
)

FRIDAY_AND_SATURDAY = frozenset({4, 5})
RIYADH = ZoneInfo("Asia/Riyadh")

any_hours = st.builds(
    QuietHours,
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.none() | st.frozensets(st.integers(0, 6)),
)
any_zone = st.sampled_from([None, UTC, RIYADH, ZoneInfo("Asia/Tehran"), ZoneInfo("Asia/Kabul")])


@pytest.mark.parametrize(
    ("day", "is_quiet"), [("26", False), ("27", True), ("28", True), ("29", False)]
)
def test_a_week_from_sunday_to_thursday(day: str, is_quiet: bool) -> None:
    """Friday and Saturday are quiet if they are somebody's weekend, and Sunday is not."""
    hours = parse_quiet_hours("20:00-07:00,fri-sat")

    assert hours is not None
    assert hours.cover(datetime.fromisoformat(f"2026-11-{day} 10:30")) is is_quiet


@given(any_hours)
def test_what_is_written_is_read_again(hours: QuietHours) -> None:
    """Quiet hours can be stored as text, and fit their column."""
    assert parse_quiet_hours(str(hours)) == hours
    assert len(plain_quiet_hours(str(hours))) <= 40


@given(any_hours, any_hours, st.datetimes(), any_zone)
def test_wider_hours_hold_every_quiet_moment(
    one: QuietHours, other: QuietHours, moment: datetime, zone: tzinfo | None
) -> None:
    """Hours that include others are quiet whenever those are, wherever the reader is."""
    moment = moment.replace(tzinfo=zone)
    assert one.include(one)
    if one.include(other) and other.cover(moment):
        assert one.cover(moment)


def test_wider_and_narrower_hours() -> None:
    """A longer night includes a shorter one; another weekend includes none."""
    night = QuietHours()

    assert QuietHours(time(18), time(9)).include(night)
    assert not night.include(QuietHours(time(18), time(9)))
    assert not night.include(QuietHours(days=FRIDAY_AND_SATURDAY))
    assert not QuietHours(days=FRIDAY_AND_SATURDAY).include(night)
    assert night.include(QuietHours(days=frozenset()))


def test_days_that_are_not_written_are_the_workspaces() -> None:
    """Who only writes hours keeps the weekend of the workspace."""
    house = Limits(quiet_hours=QuietHours(days=FRIDAY_AND_SATURDAY))
    mine = with_preferences(house, Preferences(quiet_hours="19:00-08:00")).quiet_hours
    open_house = Limits(quiet_hours=None)
    theirs = with_preferences(open_house, Preferences(quiet_hours="19:00-08:00")).quiet_hours

    assert mine == QuietHours(time(19), time(8), FRIDAY_AND_SATURDAY)
    assert theirs == QuietHours(time(19), time(8))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("20:00-07:00", "20:00-07:00"),
        (" 20:00 -  7:00 , Sat - Sun", "20:00-07:00,sat,sun"),
        ("20:00-07:00,friday saturday", "20:00-07:00,fri,sat"),
        ("20:00-07:00,weekdays", "20:00-07:00,weekdays"),
        ("none", "off"),
    ],
)
def test_quiet_hours_are_kept_briefly(typed: str, kept: str) -> None:
    """Days that were named stay named, whatever the workspace changes later."""
    assert plain_quiet_hours(typed) == kept


def test_the_weekend_is_what_quiet_hours_tell() -> None:
    """Hours without a quiet day don't tell of a weekend."""
    assert days_off(QuietHours(days=FRIDAY_AND_SATURDAY), UTC) == FRIDAY_AND_SATURDAY
    for tells_nothing in (
        QuietHours(),
        QuietHours(days=frozenset()),
        QuietHours(days=frozenset(range(7))),
        None,
    ):
        assert days_off(tells_nothing, UTC) == SATURDAY_AND_SUNDAY
        assert days_off(tells_nothing, RIYADH) == FRIDAY_AND_SATURDAY


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Asia/Riyadh", "fri sat"),
        ("Asia/Kuwait", "fri sat"),
        ("Asia/Baghdad", "fri sat"),
        ("Africa/Cairo", "fri sat"),
        ("Africa/Algiers", "fri sat"),
        ("Asia/Jerusalem", "fri sat"),
        ("Israel", "fri sat"),
        ("Asia/Tehran", "fri"),
        ("Asia/Kabul", "thu fri"),
        ("Asia/Dubai", "sat sun"),
        ("Asia/Kolkata", "sat sun"),
        ("America/New_York", "sat sun"),
    ],
)
def test_a_weekend_that_nobody_chose_is_the_one_of_the_time_zone(zone: str, days: str) -> None:
    """Each country's weekend is quiet at noon, and its other days are not."""
    monday = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo(zone))
    quiet = [day for day in range(7) if QuietHours().cover(monday + timedelta(days=day))]

    assert " ".join(WEEKDAYS[day] for day in quiet) == days


def test_a_chosen_weekend_and_an_unknown_zone() -> None:
    """Days that somebody chose hold everywhere; a plain offset tells of no country."""
    chosen = QuietHours(days=SATURDAY_AND_SUNDAY)

    assert not chosen.cover(datetime(2026, 11, 27, 12, tzinfo=RIYADH))
    assert chosen.cover(datetime(2026, 11, 29, 12, tzinfo=RIYADH))
    assert weekend_in(timezone(timedelta(hours=3))) == SATURDAY_AND_SUNDAY


def test_weekly_slots_that_nobody_chose_fall_on_working_days() -> None:
    """A week is looked back on at its end, and a digest opens the next one."""
    assert default_reflection_slot() == "fri 15:00"
    assert default_digest_slot() == "mon 09:00"
    assert default_reflection_slot(FRIDAY_AND_SATURDAY) == "thu 15:00"
    assert default_digest_slot(FRIDAY_AND_SATURDAY) == "sun 09:00"
    assert week_start(FRIDAY_AND_SATURDAY) == 6
