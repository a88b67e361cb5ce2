"""Hours and days without unprompted questions, and the weekend that they tell of.

Sellers work from Monday to Friday in one country and from Sunday to Thursday in the next.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from bot.core.weekends import weekend_in

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONGEST_WEEKEND = 4
_QUIET_HOURS_WRONG = (
    "write it as 20:00-07:00 (each reader's weekend is quiet too), 20:00-07:00,fri-sat for other "
    "days, 20:00-07:00,weekdays for none, or off"
)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A span of the seller's day without questions, and whole days without any.

    Attributes:
        start: local time at which quiet begins.
        end: local time at which it ends; earlier than ``start`` means across midnight.
        days: weekdays that are quiet from midnight to midnight; 0 is Monday. None: the weekend
            where the seller is.
    """

    start: time = time(20, 0)
    end: time = time(7, 0)
    days: frozenset[int] | None = None

    def cover(self, local: datetime) -> bool:
        """Return whether this local moment, with its time zone, is quiet."""
        return self.is_day_off(local) or self._covers(local.weekday(), local.time(), frozenset())

    def is_day_off(self, local: datetime) -> bool:
        """Return whether the whole day of this local moment, with its time zone, is quiet."""
        days = weekend_in(local.tzinfo) if self.days is None else self.days
        return local.weekday() in days

    def include(self, other: QuietHours) -> bool:
        """Return whether every moment that is quiet in ``other`` is quiet here too, anywhere."""
        mine, theirs = self.days, other.days
        if mine is None and theirs is None:
            mine = theirs = frozenset()  # the same days, wherever the reader is
        elif theirs is None:
            theirs = frozenset(range(7))  # a weekend that may be any day
        # Whether a moment is quiet changes only at these times, so no others need a look.
        changes = {time(), self.start, self.end, other.start, other.end}
        return all(
            self._covers(day, at, mine or frozenset())
            for day in range(7)
            for at in changes
            if other._covers(day, at, theirs or frozenset())
        )

    def _covers(self, weekday: int, at: time, days: frozenset[int]) -> bool:
        if weekday in days:
            return True
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def __str__(self) -> str:
        """Return what ``parse_quiet_hours`` would read."""
        span = f"{self.start:%H:%M}-{self.end:%H:%M}"
        if self.days is None:
            return span
        return f"{span},{','.join(WEEKDAYS[day] for day in sorted(self.days)) or 'weekdays'}"


def parse_quiet_hours(value: str, *, weekend: frozenset[int] | None = None) -> QuietHours | None:
    """Parse ``20:00-07:00``, perhaps with quiet days behind it, or ``off``.

    Args:
        value: the hours; behind a comma the days that are quiet as a whole: ``fri,sat``,
            ``fri-sat``, ``sat-mon``, or ``weekdays`` if there is no such day.
        weekend: the quiet days if none are written; None for the weekend where the reader is.

    Raises:
        ValueError: it is none of these.
    """
    text = value.strip().lower()
    if text in ("off", "none", "0", ""):
        return None
    found = re.fullmatch(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})(?:\s*[,\s]\s*(.+))?", text)
    if not found:
        raise ValueError(_QUIET_HOURS_WRONG)
    h1, m1, h2, m2 = (int(g) for g in found.groups()[:4])
    days = weekend if found.group(5) is None else _parse_days(found.group(5))
    return QuietHours(time(h1, m1), time(h2, m2), days)


def plain_quiet_hours(value: str) -> str:
    """Return quiet hours as briefly as they can be written; days that aren't named stay unnamed.

    Raises:
        ValueError: see ``parse_quiet_hours``.
    """
    quiet = parse_quiet_hours(value)
    return "off" if quiet is None else str(quiet)


def days_off(quiet: QuietHours | None, zone: tzinfo | None) -> frozenset[int]:
    """Return the days of somebody's weekend, 0 is Monday, as their quiet hours tell it.

    Quiet hours without a quiet day don't say; then it is the weekend of their time zone. The same
    holds for a week with hardly a day left.
    """
    if quiet is None or quiet.days is None or not 0 < len(quiet.days) <= _LONGEST_WEEKEND:
        return weekend_in(zone)
    return quiet.days


def _parse_days(text: str) -> frozenset[int]:
    if text == "weekdays":
        return frozenset()
    days: set[int] = set()
    for part in re.split(r"\s*,\s*|\s+", re.sub(r"\s*-\s*", "-", text)):
        first, _, last = part.partition("-")
        if not (_is_day(first) and (_is_day(last) or (last == "" and "-" not in part))):
            raise ValueError(_QUIET_HOURS_WRONG)
        start, end = WEEKDAYS.index(first[:3]), WEEKDAYS.index((last or first)[:3])
        days |= {(start + ahead) % 7 for ahead in range((end - start) % 7 + 1)}
    return frozenset(days)


def _is_day(word: str) -> bool:
    return len(word) >= 3 and any(name.startswith(word) for name in _DAY_NAMES)
