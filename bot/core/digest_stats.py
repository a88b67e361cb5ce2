"""What a manager may learn about a team: bands of sellers, and never anything about one person.

Every figure counts at least five distinct sellers who agreed to be counted, the manager not among
them (five is the default floor of Microsoft's Viva Insights). There are no totals, because totals
can be subtracted. Two figures that would give each other away are shown together or not at all.
No change is shown if the team has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.core.model import Trap

FLOOR = 5
THEMES = 3
BANDS = (5, 10, 20, 50)  # the lower bound of each band
_MOST, _HALF = 2 / 3, 1 / 3


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct sellers behind each figure, as the store counted them; zero below the floor.

    Attributes:
        traps: sellers with a question about each trap, asked or only observed.
        shown: sellers who got a question.
        helpful, not_useful: sellers who rated one that way.
        paused: sellers who pause questions.
        invited: sellers with the weekly reflection on. looked_back: those who reflected.
    """

    traps: Mapping[Trap, int]
    shown: int = 0
    helpful: int = 0
    not_useful: int = 0
    paused: int = 0
    invited: int = 0
    looked_back: int = 0


@dataclass(frozen=True, slots=True)
class Theme:
    """One trap in the digest. ``band``: the lower bound; ``trend``: -1, 0, 1, None if unknown."""

    trap: Trap
    band: int
    trend: int | None = None


@dataclass(frozen=True, slots=True)
class DigestFigures:
    """Everything that a digest may say. Empty, the digest is an article and a question."""

    themes: tuple[Theme, ...] = ()
    shown: int = 0
    helpful: int = 0
    not_useful: int = 0
    paused: int = 0
    looked_back: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is no figure to show."""
        return not (self.themes or self.shown or self.paused or self.looked_back)


def band(count: int) -> int:
    """Return the lower bound of the band that a count falls into; 0 below the floor."""
    return max((least for least in BANDS if least <= count), default=0)


def figures_for(counts: Counts, before: DigestFigures | None) -> DigestFigures:
    """Return what may be shown of a team's week.

    Args:
        counts: from the store.
        before: the figures of the week before; None if the team has changed since.
    """
    earlier = {t.trap: t.band for t in before.themes} if before else {}
    bands = {trap: band(count) for trap, count in counts.traps.items()}
    order = sorted((t for t in bands if bands[t]), key=lambda t: (-bands[t], list(Trap).index(t)))
    themes = tuple(
        Theme(t, bands[t], _trend(earlier[t], bands[t]) if t in earlier else None)
        for t in order[:THEMES]
    )
    helpful, not_useful = band(counts.helpful), band(counts.not_useful)
    if not (helpful and not_useful):
        helpful = not_useful = 0  # of two parts of one whole, one gives the other away
    return DigestFigures(
        themes=themes,
        shown=band(counts.shown),
        helpful=helpful,
        not_useful=not_useful,
        paused=band(counts.paused),
        looked_back=_share(counts.looked_back, counts.invited),
    )


def safe_to_publish_together(counted: Collection[str], others: Collection[Collection[str]]) -> bool:
    """Return whether a digest about these people may appear beside those of other teams.

    The difference between two overlapping teams must not stand for a few people: each way round it
    is nobody, or at least the floor.
    """
    mine = set(counted)
    for other in map(set, others):
        for rest in (mine - other, other - mine):
            if mine & other and 0 < len(rest) < FLOOR:
                return False
    return True


def _trend(before: int, now: int) -> int:
    return (now > before) - (now < before)


def _share(some: int, of: int) -> str:
    """Return a share in three bands; empty if either part is below the floor."""
    if some < FLOOR or of < FLOOR:
        return ""
    share = some / of
    return "most" if share >= _MOST else "half" if share >= _HALF else "some"
