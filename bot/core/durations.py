"""Parse how long a pause should last, and format times in a person's time zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from string import Template

from bot.core.model import Person
from bot.core.policy import DAY, WEEK, zone_of

NO_END = 4_102_444_800.0  # 2100-01-01 UTC: end of a pause that lasts until the person resumes

_UNITS = {"h": 3_600.0, "d": DAY, "w": WEEK, "m": 30 * DAY, "y": 365 * DAY}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6}
_DURATION = re.compile(
    r"(?:for\s+)?(\d{1,3}|[a-z]+)?\s*"
    r"(h|hours?|d|days?|w|weeks?|m|months?|y|years?)"
)
_OPEN_ENDED = frozenset({"", "on", "open", "forever", "for ever", "always", "until i resume"})
_LONGEST = 3_650 * DAY


def parse_duration(text: str) -> float | None:
    """Parse a duration such as ``2w``, ``3 days``, ``a month`` or ``for two weeks``.

    Returns:
        Seconds; infinity if the text names no end; None if it can't be understood.
    """
    normalized = " ".join(text.lower().strip(" .!").split())
    if normalized in _OPEN_ENDED:
        return float("inf")
    found = _DURATION.fullmatch(normalized)
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


def pause_end(now: float, seconds: float) -> float:
    """Return when a pause ends, in Unix seconds; ``NO_END`` if it is open-ended."""
    return min(now + seconds, NO_END)


def format_day(at: float, person: Person, words: Mapping[str, str]) -> str:
    """Format a day in the person's time zone, such as ``Tue 1 December``.

    Args:
        at: Unix seconds.
        person: Whose time zone counts.
        words: The ``[time]`` section of the UI strings.
    """
    return Template(words["day"]).substitute(_parts(at, person, words))


def format_moment(at: float, person: Person, words: Mapping[str, str]) -> str:
    """Format a day and a time in the person's time zone, such as ``Tue 1 December, 14:05``.

    Args: see ``format_day``.
    """
    return Template(words["moment"]).substitute(_parts(at, person, words))


def local_time(at: float, person: Person) -> datetime:
    """Convert Unix seconds to the person's time zone."""
    return datetime.fromtimestamp(at, zone_of(person))


def _parts(at: float, person: Person, words: Mapping[str, str]) -> dict[str, str]:
    local = local_time(at, person)
    return {
        "weekday": words["days"].split()[local.weekday()],
        "day": str(local.day),
        "month": words["months"].split()[local.month - 1],
        "clock": f"{local:%H:%M}",
    }
