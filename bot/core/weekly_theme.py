"""The theme of a week: which of the five, and whose turn it is among its texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.core.digest_stats import DigestFigures
from bot.core.model import Trap
from bot.core.weekly_slot import week_number

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WeeklyTheme:
    """What a week's digest is about.

    Attributes:
        trap: which of the five. turn: picks among its texts; one more each week.
        from_calendar: nothing that anybody wrote plays a part.
    """

    trap: Trap
    turn: int
    from_calendar: bool

    def pick(self, texts: Sequence[T]) -> T:
        """Return the text whose turn it is."""
        return texts[self.turn % len(texts)]


def trap_of_the_week(week: str) -> Trap:
    """Return whose week it is by the calendar: the five in turn."""
    traps = list(Trap)
    return traps[week_number(week) % len(traps)]


def theme_of_the_week(week: str, figures: DigestFigures) -> WeeklyTheme:
    """Return a week's theme: one that the figures show, in turn; without figures, the calendar's.

    It depends on nothing but the week and what is shown anyway, so it tells nothing more.

    Args:
        week: its ISO name. figures: what the digest shows.
    """
    turn, shown = week_number(week), figures.themes
    if not shown:
        return WeeklyTheme(trap_of_the_week(week), turn, from_calendar=True)
    return WeeklyTheme(shown[turn % len(shown)].trap, turn, from_calendar=False)
