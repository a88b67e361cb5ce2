"""Where the clock can be moved to."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.playground.time_jumps import Jump, stops_before, target_of

ZONE = ZoneInfo("Europe/Berlin")


def at(text: str) -> float:
    """Return a local time in Unix seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("jump", "now", "then"),
    [
        ("hour", "2026-03-03 10:00", "2026-03-03 11:00"),
        ("night", "2026-03-03 10:00", "2026-03-03 22:30:05"),
        ("night", "2026-03-03 22:31", "2026-03-04 22:30:05"),
        ("morning", "2026-03-03 10:00", "2026-03-04 10:00:05"),
        ("morning", "2026-03-09 09:00:05", "2026-03-10 10:00:05"),  # where the digest comes
        ("morning", "2026-03-03 07:00", "2026-03-04 10:00:05"),
        ("morning", "2026-03-03 06:59", "2026-03-03 10:00:05"),  # still night
        ("morning", "2026-03-02 22:30:05", "2026-03-03 10:00:05"),
        ("morning", "2026-03-07 02:00", "2026-03-09 10:00:05"),
        ("morning", "2026-03-03 10:01", "2026-03-04 10:00:05"),
        ("morning", "2026-03-06 11:00", "2026-03-09 10:00:05"),  # past the weekend
        ("friday", "2026-03-03 10:00", "2026-03-06 15:00:05"),
        ("friday", "2026-03-06 15:00:06", "2026-03-13 15:00:05"),
        ("monday", "2026-03-03 10:00", "2026-03-09 09:00:05"),
        ("monday", "2026-03-27 10:00", "2026-03-30 09:00:05"),  # across the change to summer time
    ],
)
def test_a_jump_leads_forward(jump: Jump, now: str, then: str) -> None:
    """Each jump leads to its local time, always in the future."""
    assert target_of(jump, at(now), ZONE) == at(then)


def test_a_long_jump_halts_where_something_is_due() -> None:
    """On the way to the second Monday lie two Fridays and a Monday."""
    stops = stops_before(at("2026-03-16 09:00:05"), at("2026-03-03 10:00"), ZONE)

    assert stops == [
        at("2026-03-06 15:00:05"),
        at("2026-03-09 09:00:05"),
        at("2026-03-13 15:00:05"),
    ]
    assert stops_before(at("2026-03-03 22:30:05"), at("2026-03-03 10:00"), ZONE) == []
