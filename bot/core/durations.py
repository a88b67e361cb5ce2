"""Parse how long a pause should last, and format times in a person's time zone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from string import Template

from bot.core.model import Person
from bot.core.policy import DAY, WEEK, zone_of

NO_END = 4_102_444_800.0  # 2100-01-01 UTC: end of a pause that lasts until the person resumes

_UNITS = {
    "h": 3_600.0,
    "d": DAY,
    "w": WEEK,
    "m": 30 * DAY,
    "y": 365 * DAY,
    "min": 60.0,
    "q": 91 * DAY,
    "f": 2 * WEEK,
}
_NUMBERS = {
    **dict.fromkeys(("a", "an", "one", "the next"), 1.0),
    **{"half a": 0.5, "half an": 0.5, "half": 0.5, "one and a half": 1.5, "a couple": 2.0},
    **{"a couple of": 2.0, "couple of": 2.0, "a few": 3.0, "few": 3.0, "several": 4.0},
    **{"two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0},
    **{"eight": 8.0, "nine": 9.0, "ten": 10.0, "twelve": 12.0},
}
_DURATION = re.compile(
    r"(?:for\s+)?(?:the\s+next\s+(?=\S+\s))?(?:(\d{1,3}(?:\.\d)?)\s*|([a-z ]+?)\s+)?"
    r"(min(?:ute)?s?|hrs?|h|hours?|d|days?|working days|business days|w|wks?|weeks?"
    r"|m|mos?|months?|mths?|quarters?|fortnights?|y|yrs?|years?)"
    r"(?:\s+(?:or so|at least|or two|or three))?"
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
    figures, words, unit = found.groups()
    count = float(figures or _NUMBERS.get(words or "one", 0.0))
    seconds = count * _UNITS["min" if unit.startswith("min") else unit[0].replace("b", "d")]
    return seconds if 0 < seconds <= _LONGEST else None


def pause_end(now: float, seconds: float) -> float:
    """Return when a pause ends, in Unix seconds; ``NO_END`` if it is open-ended."""
    return min(now + seconds, NO_END)


def format_day(at: float, person: Person, words: Mapping[str, str]) -> str:
    """Format a day in the person's time zone, such as ``Tuesday, December 1``.

    Args:
        at: Unix seconds.
        person: Whose time zone counts.
        words: The ``[time]`` section of the UI strings.
    """
    return Template(words["day"]).substitute(_parts(at, person, words))


def format_moment(at: float, person: Person, words: Mapping[str, str]) -> str:
    """Format a day and a time in the person's time zone, such as ``Tuesday, December 1, 2:05 PM``.

    Args: see ``format_day``.
    """
    return Template(words["moment"]).substitute(_parts(at, person, words))


def format_end(at: float, person: Person, words: Mapping[str, str]) -> str:
    """Format when something ends: the day alone if that is at midnight.

    Args: see ``format_day``.
    """
    is_midnight = local_time(at, person).time() == time()
    return (format_day if is_midnight else format_moment)(at, person, words)


def format_clock(at: time, words: Mapping[str, str]) -> str:
    """Format a time of day, such as ``2:05 PM``.

    Args:
        at: in whatever time zone its reader is.
        words: as for ``format_day``.
    """
    return Template(words["clock"]).substitute(
        hour=str(at.hour % 12 or 12),
        hour24=f"{at.hour:02}",
        minute=f"{at.minute:02}",
        half=words["halves"].split()[at.hour // 12],
    )


def format_span(days: float, words: Mapping[str, str]) -> str:
    """Format how long something lasts, such as ``a day``, ``3 days`` or ``2 weeks``.

    Args:
        days: how long.
        words: as for ``format_day``.
    """
    for length, one, many in ((7, "span_week", "span_weeks"), (1, "span_day", "span_days")):
        count, rest = divmod(days, length)
        if count and not rest:
            key = one if count == 1 else many
            return Template(words[key]).safe_substitute(count=f"{count:g}")
    hours = days * 24
    return Template(words["span_hour" if hours == 1 else "span_hours"]).safe_substitute(
        count=f"{hours:g}"
    )


def local_time(at: float, person: Person) -> datetime:
    """Convert Unix seconds to the person's time zone."""
    return datetime.fromtimestamp(at, zone_of(person))


def _parts(at: float, person: Person, words: Mapping[str, str]) -> dict[str, str]:
    local = local_time(at, person)
    return {
        "weekday": words["days"].split()[local.weekday()],
        "day": str(local.day),
        "month": words["months"].split()[local.month - 1],
        "clock": format_clock(local.time(), words),
    }
