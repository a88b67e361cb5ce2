"""Parse durations, and format times in a person's time zone."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import durations
from bot.core.model import Person

WORDS = {
    "days": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "months": "January February March April May June July August September October November"
    " December",
    "day": "$weekday, $month $day",
    "moment": "$weekday, $month $day, $clock",
    "clock": "$hour:$minute $half",
    "halves": "AM PM",
}
DAY = 86_400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2w", 14 * DAY),
        ("3d", 3 * DAY),
        ("3 days", 3 * DAY),
        ("a week", 7 * DAY),
        ("week", 7 * DAY),
        ("for two weeks", 14 * DAY),
        ("1 month", 30 * DAY),
        ("8h", 8 * 3_600.0),
        ("1 year", 365 * DAY),
        ("  2 W. ", 14 * DAY),
        ("", math.inf),
        ("until I resume", math.inf),
        ("0d", None),
        ("some days", None),
        ("until monday", None),
        ("11 years", None),
        ("2", None),
        ("-2w", None),
        ("am", None),
        ("ad", None),
        ("oneh", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    """Common ways to write a duration are understood; unclear ones are not guessed."""
    assert durations.parse_duration(text) == seconds


@given(st.text(max_size=40))
def test_any_text_is_a_duration_or_none(text: str) -> None:
    """No text raises an error, and no duration is negative or longer than ten years."""
    found = durations.parse_duration(text)

    assert found is None or found == math.inf or 0 < found <= 3_650 * DAY


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", "Tuesday, December 1, 12:30 AM"),
        ("America/New_York", "Monday, November 30, 6:30 PM"),
        ("Asia/Kolkata", "Tuesday, December 1, 5:00 AM"),
    ],
)
def test_times_are_in_the_persons_zone(zone: str, expected: str) -> None:
    """The same time falls on another day elsewhere."""
    at = 1_796_081_400.0  # 2026-11-30 23:30 UTC
    person = Person("U1", zone, 0, is_colleague=True)

    assert durations.format_moment(at, person, WORDS) == expected
    assert durations.format_day(at, person, WORDS) == expected.rpartition(",")[0]


def test_an_open_ended_pause_ends_in_2100() -> None:
    """An open end becomes a time that every database can store."""
    assert durations.pause_end(1.0, math.inf) == durations.NO_END
    assert durations.pause_end(1.0, 10.0) == 11.0


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (1 / 24, "an hour"),
        (0.5, "12 hours"),
        (1, "a day"),
        (3, "3 days"),
        (7, "a week"),
        (14, "2 weeks"),
    ],
)
def test_a_span_is_never_one_days(days: float, told: str) -> None:
    words = {
        **{"span_hour": "an hour", "span_day": "a day", "span_week": "a week"},
        **{f"span_{unit}": f"$count {unit}" for unit in ("hours", "days", "weeks")},
    }

    assert durations.format_span(days, words) == told
