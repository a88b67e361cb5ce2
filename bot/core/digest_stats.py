"""What may be told about several people: blurred bands of sellers, and nothing about one person.

Whoever reads a figure may know all about everybody else, control some of them, and choose who is
in a team. So no exact rule on the counts themselves is enough: one person more or less would always
cross some line. Four things together bound what can be learned (docs/decisions/0034, 0045):

- Each seller is counted in one team per period of four weeks, and for one trap.
- A random number that nobody sees is taken off each count, before anything is decided on it.
- A figure says "at least": at least five sellers, and never more than half of those counted.
- A period's figures are computed once, and periods don't overlap. A trend compares two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.core.model import Trap
from bot.core.team_policy import TeamLimits

Chance = Callable[[int], int]
"""Returns a whole number from 0 up to below the given one, which nobody can guess."""

FLOOR = TeamLimits().floor
BANDS = TeamLimits().bands


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct sellers behind each figure, as the store counted them.

    Attributes:
        traps: by trap, sellers with a question about it, asked or only observed; each seller counts
            for one trap. Zero below the floor.
        counted: sellers who said yes and are counted in this team.
        found_helpful: sellers who found a question helpful. Zero below the floor.
    """

    traps: Mapping[Trap, int]
    counted: int = 0
    found_helpful: int = 0


@dataclass(frozen=True, slots=True)
class Blur:
    """What is taken off the counts of one period, at random; never shown.

    Attributes:
        counted: off those counted. traps: off the sellers of each trap.
        found_helpful: off those who found a question helpful.
    """

    counted: int = 0
    traps: Mapping[Trap, int] = field(default_factory=dict)
    found_helpful: int = 0

    @classmethod
    def draw(cls, chance: Chance, limits: TeamLimits) -> Blur:
        """Draw each number anew, all of them equally likely."""
        return cls(
            counted=chance(limits.blur),
            traps={trap: chance(limits.blur) for trap in Trap},
            found_helpful=chance(limits.blur),
        )


@dataclass(frozen=True, slots=True)
class Theme:
    """One trap in the digest. ``band``: at least so many sellers; ``trend``: -1, 0, 1, or None."""

    trap: Trap
    band: int
    trend: int | None = None


@dataclass(frozen=True, slots=True)
class DigestFigures:
    """Everything that a digest may say of a team. Empty, its theme comes from the calendar.

    Attributes:
        themes: the largest first.
        found_helpful: at least so many sellers found a question helpful; 0 for no figure.
    """

    themes: tuple[Theme, ...] = ()
    found_helpful: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is no figure to show."""
        return not self.themes and not self.found_helpful


def band(count: int, counted: int, limits: TeamLimits) -> int:
    """Return the largest number that may be told of a blurred count; 0 for none.

    Args:
        count: sellers behind the figure, blurred.
        counted: all who are counted, blurred.
        limits: the bands, and how many must be counted for each.
    """
    allowed = counted // limits.counted_per_shown
    return max((least for least in limits.bands if least <= min(count, allowed)), default=0)


def figures_for(
    counts: Counts, before: DigestFigures | None, blur: Blur, limits: TeamLimits
) -> DigestFigures:
    """Return what may be shown of a team's four weeks.

    Args:
        counts: from the store.
        before: the figures of the period before; None if there were none. The trend comes from
            what was shown, so it tells nothing new; whether the team has changed plays no part.
        blur: what to take off.
        limits: the bands.
    """
    earlier = {t.trap: t.band for t in before.themes} if before else {}
    counted = counts.counted - blur.counted
    bands = {
        trap: band(count - blur.traps.get(trap, 0), counted, limits)
        for trap, count in counts.traps.items()
    }
    order = sorted((t for t in bands if bands[t]), key=lambda t: (-bands[t], list(Trap).index(t)))
    return DigestFigures(
        tuple(
            Theme(t, bands[t], _trend(earlier[t], bands[t]) if t in earlier else None)
            for t in order[: TeamLimits().themes]
        ),
        found_helpful=band(counts.found_helpful - blur.found_helpful, counted, limits),
    )


def channel_figure(sellers: int, chance: Chance, limits: TeamLimits) -> int:
    """Return how many sellers of a channel may be told; 0 for none.

    Nobody knows how many sellers a channel has, so all that is told is that there are at least
    half as many as there are.

    Args:
        sellers: distinct sellers behind the figure.
        chance: where the blur comes from.
        limits: the bands.
    """
    blurred = sellers - chance(limits.blur)
    return band(blurred, blurred, limits)


def _trend(before: int, now: int) -> int:
    return (now > before) - (now < before)
