"""When something weekly is due: slots, weeks, holidays, and the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.due import Holidays, Slot, last_week, next_working_day, week_of

ZONES = [
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia",
    "America/St_Johns", "UTC",
]  # fmt: skip
WEEK = 7 * 86_400.0


def at(moment: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment: float, zone: str) -> str:
    return f"{datetime.fromtimestamp(moment, ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("zone", "after", "slot", "expected"),
    [
        # Berlin's clocks go forward on 2026-03-29 at 02:00 and back on 2026-10-25 at 03:00
        ("Europe/Berlin", "2026-03-28 12:00", "sun 02:30", "Sun 2026-03-29 03:30"),
        ("Europe/Berlin", "2026-03-29 03:30", "sun 02:30", "Sun 2026-04-05 02:30"),
        ("Europe/Berlin", "2026-03-27 15:00", "fri 15:00", "Fri 2026-04-03 15:00"),
        ("Europe/Berlin", "2026-10-24 12:00", "sun 02:30", "Sun 2026-10-25 02:30"),
        ("Europe/Berlin", "2026-10-23 15:00", "fri 15:00", "Fri 2026-10-30 15:00"),
        ("America/New_York", "2026-03-07 12:00", "sun 02:30", "Sun 2026-03-08 03:30"),
        ("America/New_York", "2026-10-30 16:00", "mon 09:00", "Mon 2026-11-02 09:00"),
        ("Australia/Lord_Howe", "2026-10-03 12:00", "sun 02:15", "Sun 2026-10-04 02:45"),
        ("Asia/Kolkata", "2026-03-27 15:00", "fri 15:00", "Fri 2026-04-03 15:00"),
        ("Pacific/Auckland", "2026-04-04 12:00", "sun 02:30", "Sun 2026-04-05 02:30"),
        ("UTC", "2026-12-31 23:59", "fri 00:00", "Fri 2027-01-01 00:00"),
    ],
)
def test_slots_on_days_on_which_clocks_change(
    zone: str, after: str, slot: str, expected: str
) -> None:
    """51: a time that is skipped comes as much later, one that comes twice counts once."""
    assert shown(Slot.parse(slot).next_after(at(after, zone), ZoneInfo(zone)), zone) == expected


def test_a_time_that_comes_twice_is_the_first() -> None:
    """02:30 on the day the clocks go back is half past midnight UTC, and not an hour later too."""
    zone = ZoneInfo("Europe/Berlin")
    slot = Slot.parse("sun 02:30")
    first = slot.next_after(at("2026-10-24 12:00", "Europe/Berlin"), zone)

    assert datetime.fromtimestamp(first, UTC).hour == 0
    assert slot.next_after(first, zone) - first > 6 * 86_400


@given(
    after=st.floats(1_700_000_000, 2_000_000_000),
    zone=st.sampled_from(ZONES),
    day=st.integers(0, 6),
    minutes=st.integers(0, 1_439),
)
def test_every_slot_comes_every_week(after: float, zone: str, day: int, minutes: int) -> None:
    """The next one is later, at most a week and a jump of clocks away, on its own weekday."""
    there = ZoneInfo(zone)
    slot = Slot(day, time(minutes // 60, minutes % 60))
    found = slot.next_after(after, there)
    then = slot.next_after(found, there)

    assert after < found <= after + WEEK + 7_200
    assert datetime.fromtimestamp(found, there).weekday() == day
    assert week_of(found, there) != week_of(then, there)


@pytest.mark.parametrize("text", ["", "fri", "15:00", "friday 15:00", "fri 24:00", "fri 15:60"])
def test_what_is_no_slot(text: str) -> None:
    """What can't be understood is not guessed."""
    with pytest.raises(ValueError, match="fri 15:00"):
        Slot.parse(text)


def test_weeks_at_the_turn_of_the_year() -> None:
    """ISO weeks: the first days of a year can belong to the last week of the one before."""
    assert week_of(at("2027-01-01 12:00"), UTC) == "2026-W53"
    name, start, end = last_week(at("2027-01-04 09:00"))
    assert (name, end - start) == ("2026-W53", WEEK)
    assert end == at("2027-01-04 00:00")
    assert last_week(at("2027-01-10 23:59"))[0] == "2026-W53"


def test_holidays() -> None:
    """A date, and a day of every year; on the day of the place where it is."""
    days = Holidays.parse("2026-12-28, 12-25")
    berlin = ZoneInfo("Europe/Berlin")

    assert days.cover(at("2026-12-28 09:00", "Europe/Berlin"), berlin)
    assert days.cover(at("2029-12-25 09:00", "Europe/Berlin"), berlin)
    assert days.cover(at("2026-12-24 23:30"), berlin)
    assert not days.cover(at("2027-12-28 09:00", "Europe/Berlin"), berlin)
    assert Holidays.parse("") == Holidays()
    assert (
        shown(
            next_working_day(at("2026-12-25 09:00", "Europe/Berlin"), berlin, days), "Europe/Berlin"
        )
        == "Tue 2026-12-29 09:00"
    )
