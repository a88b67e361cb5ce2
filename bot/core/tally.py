"""What a manager may learn of a team, in bands, and never about one person.

Every figure stands for at least five distinct sellers who said yes to be counted, the manager not
among them (coaching.md section 3, M1 to M9; five is the default floor of Microsoft's Viva
Insights). There are no totals, so that nothing can be subtracted; two figures of which one would
give the other away are shown together or not at all; and no change is shown where the group has
changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.core.model import Trap

FLOOR = 5
THEMES = 3
BANDS = (5, 10, 20, 50)  # the least of each band
_MOST, _HALF = 2 / 3, 1 / 3


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct sellers behind each cell, as the store counted them; nothing below the floor.

    Attributes:
        traps: whom the bot asked, or would have asked, about each trap.
        shown, helpful, not_useful, paused: of the bot's questions.
        invited, looked_back: to the weekly look back, and who did look back.
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
    """One trap in the digest. ``band`` is the least of its band; ``trend`` -1, 0, 1 or None."""

    trap: Trap
    band: int
    trend: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a digest may say. Without themes and figures it is the article and a question."""

    themes: tuple[Theme, ...] = ()
    shown: int = 0
    helpful: int = 0
    not_useful: int = 0
    paused: int = 0
    looked_back: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing of the team can be told."""
        return not (self.themes or self.shown or self.paused or self.looked_back)


def band(count: int) -> int:
    """The least of the band that a count falls into; 0 below the floor."""
    return max((least for least in BANDS if least <= count), default=0)


def facts(counts: Counts, before: Facts | None) -> Facts:
    """What may be told of a team's week.

    Args:
        counts: from the store. before: last week's facts, None where the group has changed since.
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
    return Facts(
        themes=themes,
        shown=band(counts.shown),
        helpful=helpful,
        not_useful=not_useful,
        paused=band(counts.paused),
        looked_back=_share(counts.looked_back, counts.invited),
    )


def comparable(counted: Collection[str], others: Collection[Collection[str]]) -> bool:
    """Whether a digest about these people may stand beside those of other groups in one week.

    Two groups that differ by a few people would tell about those few; so each way round they differ
    by nobody, or by at least the floor.
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
    """A share in three bands; empty where fewer than the floor stand behind either part."""
    if some < FLOOR or of < FLOOR:
        return ""
    share = some / of
    return "most" if share >= _MOST else "half" if share >= _HALF else "some"
