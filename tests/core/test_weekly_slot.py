"""Weekly slots, ISO weeks and holidays, including days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.weekly_slot import (
    Holidays,
    Period,
    WeeklySlot,
    iso_week,
    last_iso_week,
    week_end,
    week_number,
)

ZONES = [
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Apia",
    "America/St_Johns", "UTC",
]  # fmt: skip
WEEK = 7 * 86_400.0


def at(moment: str, zone: str = "UTC") -> float:
    """Return the Unix seconds of a local time."""
    return datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp()


def shown(moment: float, zone: str) -> str:
    """Format Unix seconds as a local weekday and time."""
    return f"{datetime.fromtimestamp(moment, ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


@pytest.mark.fault_case(51)
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
def test_slots_on_days_when_clocks_change(zone: str, after: str, slot: str, expected: str) -> None:
    """Case 51: a skipped time moves later by the jump; a repeated time counts once."""
    assert (
        shown(WeeklySlot.parse(slot).next_after(at(after, zone), ZoneInfo(zone)), zone) == expected
    )


def test_a_repeated_time_is_the_first_one() -> None:
    """02:30 on the day the clocks go back is 00:30 UTC, and not 01:30 UTC as well."""
    zone = ZoneInfo("Europe/Berlin")
    slot = WeeklySlot.parse("sun 02:30")
    first = slot.next_after(at("2026-10-24 12:00", "Europe/Berlin"), zone)

    assert datetime.fromtimestamp(first, UTC).hour == 0
    assert slot.next_after(first, zone) - first > 6 * 86_400


@given(
    after=st.floats(1_700_000_000, 2_000_000_000),
    zone=st.sampled_from(ZONES),
    day=st.integers(0, 6),
    minutes=st.integers(0, 1_439),
)
def test_every_slot_occurs_every_week(after: float, zone: str, day: int, minutes: int) -> None:
    """The next one is later, on its weekday, and at most a week plus the clock change away."""
    local = ZoneInfo(zone)
    slot = WeeklySlot(day, time(minutes // 60, minutes % 60))
    found = slot.next_after(after, local)
    then = slot.next_after(found, local)

    assert after < found <= after + WEEK + 7_200
    assert datetime.fromtimestamp(found, local).weekday() == day
    assert iso_week(found, local) != iso_week(then, local)


@pytest.mark.parametrize("text", ["", "fri", "15:00", "friday 15:00", "fri 24:00", "fri 15:60"])
def test_invalid_slots(text: str) -> None:
    """A text that can't be parsed is not guessed."""
    with pytest.raises(ValueError, match="fri 15:00"):
        WeeklySlot.parse(text)


def test_iso_weeks_at_new_year() -> None:
    """The first days of a year can belong to the last ISO week of the previous one."""
    assert iso_week(at("2027-01-01 12:00"), UTC) == "2026-W53"
    name, start, end = last_iso_week(at("2027-01-04 09:00"))
    assert (name, end - start) == ("2026-W53", WEEK)
    assert end == at("2027-01-04 00:00")
    assert last_iso_week(at("2027-01-10 23:59"))[0] == "2026-W53"


def test_holidays() -> None:
    """Holidays are dates or yearly days, in the local calendar."""
    days = Holidays.parse("2026-12-28, 12-25")
    berlin = ZoneInfo("Europe/Berlin")

    assert days.contains(at("2026-12-28 09:00", "Europe/Berlin"), berlin)
    assert days.contains(at("2029-12-25 09:00", "Europe/Berlin"), berlin)
    assert days.contains(at("2026-12-24 23:30"), berlin)
    assert not days.contains(at("2027-12-28 09:00", "Europe/Berlin"), berlin)
    assert Holidays.parse("") == Holidays()


def test_periods_follow_each_other_without_overlap() -> None:
    """Each of 60 weeks is in one period of four, and the period is over when it is told."""
    start = at("2026-11-23 00:00")
    periods = [Period.last_before(start + n * 7 * 86_400, 4) for n in range(60)]

    assert periods[0].name == "2026-P44"
    assert periods[0].weeks == ("2026-W44", "2026-W45", "2026-W46", "2026-W47")
    for n, period in enumerate(periods):
        assert period == periods[n - n % 4]
        assert period.end <= start + n * 7 * 86_400
    told = list(dict.fromkeys(periods))
    for before, after in pairwise(told):
        assert after.before == before
        assert after.starts[0] == before.end


@pytest.mark.parametrize("week", ["2026-W48", "2026-W53", "2027-W01"])
def test_a_week_by_its_name(week: str) -> None:
    """Its end is that of the last week before it, and its number counts on over a new year."""
    assert last_iso_week(week_end(week))[0] == week
    (following, _, _) = last_iso_week(week_end(week) + 7 * 86_400)
    assert week_number(following) == week_number(week) + 1


@pytest.mark.parametrize("text", ["", "2026", "2026-W54", "../x"])
def test_what_names_no_week(text: str) -> None:
    with pytest.raises(ValueError, match=r"match|Invalid week"):
        week_end(text)
