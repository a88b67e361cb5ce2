"""Where the clock can be moved to: always forward, since nothing in Slack goes back in time."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Jump = Literal["hour", "night", "morning", "friday", "monday"]
JUMPS: tuple[Jump, ...] = ("hour", "night", "morning", "friday", "monday")

REFLECTION_DAY, REFLECTION_HOUR = 4, 15
DIGEST_DAY, DIGEST_HOUR = 0, 9
_WORKDAYS = range(5)
_NIGHT_ENDS = time(7)
_AFTER = timedelta(seconds=5)  # what is due at a time is due a moment later, too


def target_of(jump: Jump, now: float, zone: ZoneInfo) -> float:
    """Return where a jump leads, in Unix seconds.

    Args:
        jump: ``hour`` is in an hour, ``night`` the next 22:30, ``morning`` the next workday at
            10:00, another day than today unless it is still night; ``friday`` and ``monday`` are
            when the reflection and the digest are due.
        now: Unix seconds. zone: in which the hours are meant.
    """
    local = datetime.fromtimestamp(now, zone)
    match jump:
        case "hour":
            return now + 3_600
        case "night":
            return _next(local, range(7), time(22, 30))
        case "morning":
            tonight = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
            is_night = local.time() < _NIGHT_ENDS
            return _next(local if is_night else tonight, _WORKDAYS, time(10))
        case "friday":
            return _next(local, (REFLECTION_DAY,), time(REFLECTION_HOUR))
        case "monday":
            return _next(local, (DIGEST_DAY,), time(DIGEST_HOUR))


def stops_before(target: float, now: float, zone: ZoneInfo) -> list[float]:
    """Return the times on the way to ``target`` at which something weekly is due, earliest first.

    The bot sends nothing that is more than a day late, so a jump across a Friday has to halt there.
    """
    stops: list[float] = []
    at = now
    while (at := min(target_of("friday", at, zone), target_of("monday", at, zone))) < target:
        stops.append(at)
    return stops


def _next(local: datetime, days: range | tuple[int, ...], at: time) -> float:
    day = local.date()
    while True:
        there = datetime.combine(day, at, local.tzinfo) + _AFTER
        if there > local and there.weekday() in days:
            return there.timestamp()
        day += timedelta(days=1)
