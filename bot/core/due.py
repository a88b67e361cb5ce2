"""When something weekly is due, in the zone of the person it is for.

A slot is a weekday and a time on the person's own clock. Where a change of clocks swallows that
time it comes as much later as the clocks jumped; where it comes twice, the first one counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SLOT = re.compile(r"(mon|tue|wed|thu|fri|sat|sun)\s+([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Slot:
    """A weekday (0 is Monday) and a local time."""

    day: int
    at: time

    @classmethod
    def parse(cls, text: str) -> Slot:
        """``fri 15:00``. Raises ValueError for anything else."""
        found = _SLOT.fullmatch(text.strip().lower())
        if not found:
            raise ValueError("write it as fri 15:00")
        day, hour, minute = found.groups()
        return cls(DAYS.index(day), time(int(hour), int(minute)))

    def next_after(self, after: float, zone: tzinfo) -> float:
        """The first moment of this slot after another moment (Unix seconds) in a zone."""
        local = datetime.fromtimestamp(after, zone)
        ahead = (self.day - local.weekday()) % 7
        for weeks in (0, 1):
            on = local.date() + timedelta(days=ahead + 7 * weeks)
            moment = _moment(on, self.at, zone)
            if moment > after:
                return moment
        raise AssertionError("a slot comes every week")


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days on which nothing weekly comes: dates, and days of every year."""

    dates: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Holidays:
        """``2026-12-28, 12-25``: a date, or a month and a day of every year.

        Raises:
            ValueError: an entry is neither.
        """
        dates, yearly = set(), set()
        for entry in filter(None, re.split(r"[\s,]+", text.strip())):
            of_every_year = re.fullmatch(r"\d{2}-\d{2}", entry)
            try:  # 2024 is a leap year, so that 02-29 is a day
                found = date.fromisoformat(f"2024-{entry}" if of_every_year else entry)
            except ValueError:
                raise ValueError(
                    "write each day as 2026-12-28, or as 12-25 for every year"
                ) from None
            if of_every_year:
                yearly.add((found.month, found.day))
            else:
                dates.add(found)
        return cls(frozenset(dates), frozenset(yearly))

    def cover(self, at: float, zone: tzinfo) -> bool:
        """Whether a moment (Unix seconds) falls on one of them in a zone."""
        day = datetime.fromtimestamp(at, zone).date()
        return day in self.dates or (day.month, day.day) in self.yearly


def week_of(at: float, zone: tzinfo) -> str:
    """The ISO week of a moment in a zone, ``2026-W48``."""
    year, week, _ = datetime.fromtimestamp(at, zone).isocalendar()
    return f"{year}-W{week:02}"


def last_week(at: float) -> tuple[str, float, float]:
    """The last whole ISO week (UTC) before a moment: its name, its start and its end.

    One span for all teams, so that two digests of one week are about the same days.
    """
    today = datetime.fromtimestamp(at, UTC)
    monday = datetime.combine(today.date() - timedelta(days=today.weekday()), time(), UTC)
    start = monday - timedelta(days=7)
    return week_of(start.timestamp(), UTC), start.timestamp(), monday.timestamp()


def next_working_day(at: float, zone: tzinfo, holidays: Holidays) -> float:
    """The same local time on the next day that is no weekend and no holiday."""
    local = datetime.fromtimestamp(at, zone)
    for ahead in range(1, 15):
        on = local.date() + timedelta(days=ahead)
        moment = _moment(on, local.time(), zone)
        if on.weekday() < 5 and not holidays.cover(moment, zone):
            return moment
    return _moment(local.date() + timedelta(days=15), local.time(), zone)


def _moment(on: date, at: time, zone: tzinfo) -> float:
    return datetime.combine(on, at, zone).timestamp()
