"""How two worlds of the adversary differ, and how much the blur explains of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.core.digest_stats import Counts, DigestFigures, band
from bot.core.model import Trap
from bot.core.team_policy import TeamLimits
from tests.flows.adversary_world import TeamPeriod


@dataclass(frozen=True)
class Record:
    """What came of one world.

    Attributes:
        seen, digests: what the watchers saw; see ``World``.
        counted: what went into each digest, before the blur. figures: what came out.
    """

    seen: Sequence[str]
    digests: Sequence[str]
    counted: Mapping[TeamPeriod, Counts]
    figures: Mapping[TeamPeriod, DigestFigures]


@dataclass(frozen=True)
class Difference:
    """How two worlds differ for who watches.

    Attributes:
        elsewhere: the first thing but digests that looks different; empty if all is the same.
        digest: the first digest that looks different; empty if all are the same.
        has_other_figures: whether any digest has other figures, seen or not.
        chances: for each team and period with other counts, how likely other figures are. At most
            one per period, because a seller is counted in one team.
        periods: the periods of these.
    """

    elsewhere: str
    digest: str
    has_other_figures: bool
    chances: Sequence[float]
    periods: Sequence[str]

    @property
    def chance(self) -> float:
        """Return how likely any difference is, by the blur alone."""
        return 1 - math.prod(1 - each for each in self.chances)


@lru_cache(maxsize=100_000)
def _chance(
    one: tuple[tuple[int, ...], int], other: tuple[tuple[int, ...], int], limits: TeamLimits
) -> float:
    blurs = range(limits.blur)
    same = 0.0
    for off in blurs:
        agreed = 1.0
        for here, there in zip(one[0], other[0], strict=True):
            agreed *= sum(
                band(here - n, one[1] - off, limits) == band(there - n, other[1] - off, limits)
                for n in blurs
            ) / len(blurs)
        same += agreed / len(blurs)
    return 1 - same


def chance_of_a_difference(one: Counts, other: Counts, limits: TeamLimits) -> float:
    """Return how likely two counts lead to other bands, if the same numbers are taken off.

    Exact but for a fourth theme, which isn't shown: over all that can be drawn.
    """
    here, there = (
        (
            (*(counts.traps.get(trap, 0) for trap in Trap), counts.found_helpful),
            counts.counted,
        )
        for counts in (one, other)
    )
    return _chance(here, there, limits)


def compare(one: Record, other: Record, limits: TeamLimits) -> Difference:
    """Return how two worlds differ for who watches."""
    changed = {
        told: chance_of_a_difference(counts, other.counted[told], limits)
        for told, counts in one.counted.items()
        if counts != other.counted[told]
    }
    edges = {told: chance for told, chance in changed.items() if chance}
    return Difference(
        elsewhere=_first_difference(one.seen, other.seen),
        digest=_first_difference(one.digests, other.digests),
        has_other_figures=one.figures != other.figures,
        chances=list(edges.values()),
        periods=[period for _, period in edges],
    )


def _first_difference(one: Sequence[str], other: Sequence[str]) -> str:
    for here, there in zip(one, other, strict=False):
        if here != there:
            return f"{here}\n{there}"
    return "" if len(one) == len(other) else "one saw more than the other"


def interval(hits: int, runs: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, hits / runs
    middle = (share + z * z / (2 * runs)) / (1 + z * z / runs)
    reach = z * math.sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs))
    reach /= 1 + z * z / runs
    return middle - reach, middle + reach


def most_by_theory(found: Sequence[Difference]) -> int:
    """Return how many runs may differ: by the blur alone, more do in one of 741 measurements.

    That is what three standard deviations are for a normal distribution. It is computed exactly,
    because few runs differ, and their number is far from normal.
    """
    chances = [1.0]  # by how many runs differ
    for each in found:
        fewer = [*chances, 0.0]
        more = [0.0, *chances]
        chances = [
            a * (1 - each.chance) + b * each.chance for a, b in zip(fewer, more, strict=True)
        ]
    runs, beyond = len(found), 0.0
    while runs and beyond + chances[runs] <= 1 / 741:
        beyond += chances[runs]
        runs -= 1
    return runs
