"""What holds for a seller in words: how often they may be asked, and when they have quiet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from string import Template

from bot.core.durations import format_clock
from bot.core.policy import Limits
from bot.core.quiet_hours import QuietHours
from bot.core.weekly_slot import Holidays


def caps_in_words(limits: Limits, words: Mapping[str, str]) -> str:
    """Return how many unprompted questions there may be, such as ``at most 1 a day and 2 a week``.

    Args:
        limits: of a workspace, or of one person.
        words: the ``[caps]`` section of the UI strings.
    """
    daily, weekly = limits.daily_cap, limits.weekly_cap
    if weekly and daily >= weekly:
        daily = 0  # a day can't hold more than the week
    key = {(True, True): "both", (True, False): "day", (False, True): "week"}
    chosen = words[key.get((bool(daily), bool(weekly)), "none")]
    return Template(chosen).safe_substitute(daily=daily, weekly=weekly)


def hours_in_words(quiet: QuietHours | None, words: Mapping[str, str]) -> str:
    """Return quiet hours, such as ``8:00 PM to 7:00 AM``; empty if only whole days are quiet, or
    nothing is.

    Args:
        quiet: of a workspace, or of one person.
        words: the ``[time]`` section of the UI strings.
    """
    if quiet is None or quiet.start == quiet.end:
        return ""
    return Template(words["hours"]).substitute(
        start=format_clock(quiet.start, words), end=format_clock(quiet.end, words)
    )


def days_in_words(days: Collection[int], words: Mapping[str, str]) -> str:
    """Return days of the week, such as ``Saturday and Sunday``; empty for none.

    Args:
        days: 0 is Monday.
        words: as for ``hours_in_words``.
    """
    names = [name for day, name in enumerate(words["days"].split()) if day in days]
    if len(names) < 2:
        return "".join(names)
    key = "two" if len(names) == 2 else "list"
    return Template(words[key]).substitute(some=", ".join(names[:-1]), last=names[-1])


def holidays_in_words(holidays: Holidays, words: Mapping[str, str]) -> list[str]:
    """Return holidays, such as ``December 25`` for every year and ``December 28, 2026``.

    Args:
        holidays: those of every year come first.
        words: as for ``hours_in_words``.
    """
    months = words["months"].split()
    every_year = [(month, day, "") for month, day in sorted(holidays.yearly)]
    single = [(each.month, each.day, str(each.year)) for each in sorted(holidays.dates)]
    return [
        Template(words["date_of_year" if year else "date"]).safe_substitute(
            month=months[month - 1], day=day, year=year
        )
        for month, day, year in [*every_year, *single]
    ]


def quiet_days(quiet: QuietHours | None, weekend: Collection[int]) -> Collection[int]:
    """Return the days that are quiet as a whole.

    Args:
        quiet: of one person; None if nothing is quiet for them.
        weekend: where they are, for quiet hours that name no days.
    """
    if quiet is None:
        return frozenset()
    return weekend if quiet.days is None else quiet.days
