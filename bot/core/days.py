"""Times as people say them: a pause of two weeks, a moment in somebody's own zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from string import Template

from bot.core.model import Person
from bot.core.policy import DAY, WEEK, zone_of

FOR_EVER = 4_102_444_800.0  # 2100-01-01: a pause that only its person ends

_UNITS = {"h": 3_600.0, "d": DAY, "w": WEEK, "m": 30 * DAY, "y": 365 * DAY}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6}
_SPAN = re.compile(
    r"(?:for\s+)?(\d{1,3}|[a-z]+)?\s*"
    r"(h|hours?|d|days?|w|weeks?|m|months?|y|years?)"
)
_OPEN = frozenset({"", "on", "open", "forever", "for ever", "always", "until i resume"})
_LONGEST = 3_650 * DAY


def span(text: str) -> float | None:
    """How long a pause is meant to last: ``2w``, ``3 days``, ``a month``, ``for two weeks``.

    Returns:
        Seconds; infinity where no end is named; None where it can't be understood.
    """
    said = " ".join(text.lower().strip(" .!").split())
    if said in _OPEN:
        return float("inf")
    found = _SPAN.fullmatch(said)
    if not found:
        return None
    number, unit = found.groups()
    if number is None:
        count = 1
    elif number.isdigit():
        count = int(number)
    else:
        count = _NUMBERS.get(number, 0)
    seconds = count * _UNITS[unit[0]]
    return seconds if 0 < seconds <= _LONGEST else None


def until(now: float, seconds: float) -> float:
    """When a pause of so many seconds ends, Unix seconds; ``FOR_EVER`` where it has no end."""
    return min(now + seconds, FOR_EVER)


def day(at: float, person: Person, words: Mapping[str, str]) -> str:
    """A day in the person's own calendar, such as ``Tue 1 December``.

    Args:
        at: Unix seconds. person: whose zone holds. words: the ``[time]`` of the voice.
    """
    return Template(words["day"]).substitute(_parts(at, person, words))


def moment(at: float, person: Person, words: Mapping[str, str]) -> str:
    """A moment in the person's own zone, such as ``Tue 1 December, 14:05``."""
    return Template(words["moment"]).substitute(_parts(at, person, words))


def local(at: float, person: Person) -> datetime:
    """A moment (Unix seconds) on the person's own clock."""
    return datetime.fromtimestamp(at, zone_of(person))


def _parts(at: float, person: Person, words: Mapping[str, str]) -> dict[str, str]:
    there = local(at, person)
    return {
        "weekday": words["days"].split()[there.weekday()],
        "day": str(there.day),
        "month": words["months"].split()[there.month - 1],
        "clock": f"{there:%H:%M}",
    }
