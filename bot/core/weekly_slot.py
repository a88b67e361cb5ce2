"""Compute when a weekly message is due, in the recipient's time zone.

A slot is a weekday and a local time. If daylight saving skips that time, the slot moves later by
the length of the jump; if the time occurs twice, the first one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.core.quiet_hours import WEEKDAYS as WEEKDAYS
from bot.core.weekends import SATURDAY_AND_SUNDAY

DEFAULT_REFLECTION_SLOT = "fri 15:00"
DEFAULT_DIGEST_SLOT = "mon 09:00"
_FIRST_MONDAY = datetime(1970, 1, 5, tzinfo=UTC).timestamp()
_DAY = 86_400.0
_WEEK = 7 * _DAY
_SLOT = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)\s+([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class WeeklySlot:
    """A weekday and a local time.

    Attributes:
        day: 0 is Monday.
    """

    day: int
    at: time

    @classmethod
    def parse(cls, text: str) -> WeeklySlot:
        """Parse a slot such as ``fri 15:00``.

        Raises:
            ValueError: The text has another form.
        """
        found = _SLOT.fullmatch(text.strip().lower())
        if not found:
            raise ValueError("write it as fri 15:00")
        day, hour, minute = found.groups()
        return cls(WEEKDAYS.index(day), time(int(hour), int(minute)))

    def next_after(self, after: float, zone: tzinfo) -> float:
        """Return the first time of this slot after ``after``, both in Unix seconds."""
        local = datetime.fromtimestamp(after, zone)
        ahead = (self.day - local.weekday()) % 7
        for weeks in (0, 1):
            day = local.date() + timedelta(days=ahead + 7 * weeks)
            due = unix_seconds(day, self.at, zone)
            if due > after:
                return due
        raise AssertionError("a slot occurs every week")


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days without anything unprompted.

    Attributes:
        dates: Single days.
        yearly: Month and day, every year.
    """

    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Holidays:
        """Parse a list such as ``2026-12-28, 12-25``: dates, or month and day of every year.

        Raises:
            ValueError: An entry is neither.
        """
        dates, yearly = set(), set()
        for entry in filter(None, re.split(r"[\s,]+", text.strip())):
            every_year = re.fullmatch(r"\d{2}-\d{2}", entry)
            try:  # 2024: a leap year, so 02-29 parses
                found = date.fromisoformat(f"2024-{entry}" if every_year else entry)
            except ValueError:
                raise ValueError(
                    "write each day as 2026-12-28, or as 12-25 for every year"
                ) from None
            if every_year:
                yearly.add((found.month, found.day))
            else:
                dates.add(found)
        return cls(frozenset(dates), frozenset(yearly))

    def __str__(self) -> str:
        """Return what ``parse`` would read: one day per line, those of every year first."""
        every_year = [f"{month:02}-{day:02}" for month, day in sorted(self.yearly)]
        return "\n".join([*every_year, *(day.isoformat() for day in sorted(self.dates))])

    def contains(self, at: float, zone: tzinfo) -> bool:
        """Return whether a time (Unix seconds) falls on a holiday in this time zone."""
        day = datetime.fromtimestamp(at, zone).date()
        return day in self.dates or (day.month, day.day) in self.yearly


@dataclass(frozen=True, slots=True)
class Period:
    """Some full ISO weeks (UTC) in a row.

    Attributes:
        starts: when each week begins, Unix seconds. end: when the last one is over.
    """

    starts: tuple[float, ...]
    end: float

    @classmethod
    def last_before(cls, at: float, weeks: int) -> Period:
        """Return the last full period before a time (Unix seconds); see ``last_period``."""
        _, start, end = last_period(at, weeks)
        return cls(tuple(start + n * _WEEK for n in range(weeks)), end)

    @property
    def before(self) -> Period:
        """The period of the same length right before this one."""
        length = self.end - self.starts[0]
        return Period(tuple(start - length for start in self.starts), self.starts[0])

    @property
    def weeks(self) -> tuple[str, ...]:
        """The ISO names of its weeks."""
        return tuple(iso_week(start, UTC) for start in self.starts)

    @property
    def name(self) -> str:
        """Its name, which is no week's: ``2026-P45`` begins with the week ``2026-W45``."""
        return self.weeks[0].replace("W", "P")


def iso_week(at: float, zone: tzinfo) -> str:
    """Return the ISO week of a time (Unix seconds) in a time zone, such as ``2026-W48``."""
    year, week, _ = datetime.fromtimestamp(at, zone).isocalendar()
    return f"{year}-W{week:02}"


def last_iso_week(at: float) -> tuple[str, float, float]:
    """Return the last full ISO week (UTC) before a time, in Unix seconds.

    All sales teams share this week, so two digests of one week cover the same days.

    Returns:
        Its name, its start and its end.
    """
    today = datetime.fromtimestamp(at, UTC)
    monday = datetime.combine(today.date() - timedelta(days=today.weekday()), time(), UTC)
    start = monday - timedelta(days=7)
    return iso_week(start.timestamp(), UTC), start.timestamp(), monday.timestamp()


def last_period(at: float, weeks: int) -> tuple[str, float, float]:
    """Return the last full period of some ISO weeks (UTC) before a time, in Unix seconds.

    Periods follow each other without overlap, so each day is in one of them.

    Returns:
        The name of its last week, its start and its end.
    """
    _, _, monday = last_iso_week(at)
    end = monday - (_number_of(monday) % weeks) * _WEEK
    return last_iso_week(end)[0], end - weeks * _WEEK, end


def week_end(week: str) -> float:
    """Return when an ISO week (UTC) is over, in Unix seconds.

    Raises:
        ValueError: it isn't the name of a week, such as ``2026-W48``.
    """
    monday = datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=UTC)
    return monday.timestamp() + _WEEK


def week_number(week: str) -> int:
    """Return the number of an ISO week, counted from 1970: what rotates, rotates by it."""
    return _number_of(week_end(week) - _WEEK)


def _number_of(monday: float) -> int:
    return round((monday - _FIRST_MONDAY) / _WEEK)


def default_reflection_slot(days_off: frozenset[int] = SATURDAY_AND_SUNDAY) -> str:
    """Return when a reflection comes if no time was chosen: on the last day of a working week.

    Args:
        days_off: the person's weekend, 0 is Monday.
    """
    last = next(day for day in range(7) if day not in days_off and (day + 1) % 7 in days_off)
    return f"{WEEKDAYS[last]} {DEFAULT_REFLECTION_SLOT.partition(' ')[2]}"


def default_digest_slot(days_off: frozenset[int] = SATURDAY_AND_SUNDAY) -> str:
    """Return when a digest comes if no time was chosen: on the first day of a working week.

    Args: see ``default_reflection_slot``.
    """
    return f"{WEEKDAYS[week_start(days_off)]} {DEFAULT_DIGEST_SLOT.partition(' ')[2]}"


def week_start(days_off: frozenset[int] = SATURDAY_AND_SUNDAY) -> int:
    """Return the first day of a working week, 0 is Monday."""
    return next(day for day in range(7) if day not in days_off and (day - 1) % 7 in days_off)


def unix_seconds(day: date, at: time, zone: tzinfo) -> float:
    """Return the Unix seconds of a local time on a day."""
    return datetime.combine(day, at, zone).timestamp()
