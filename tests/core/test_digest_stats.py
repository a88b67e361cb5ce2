"""What may be told about several people: the bands, the blur, and what one person can change."""

from __future__ import annotations

import functools
import random
from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from bot.core.digest_stats import (
    FLOOR,
    Blur,
    Counts,
    DigestFigures,
    Theme,
    band,
    channel_figure,
    figures_for,
)
from bot.core.model import Trap
from bot.core.team_policy import TeamLimits

LIMITS = TeamLimits()
CLEAR = Blur()


@pytest.mark.parametrize(
    ("count", "least"),
    [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10), (19, 10), (20, 20), (49, 20), (50, 50), (900, 50)],
)
def test_bands(count: int, least: int) -> None:
    """A count becomes the lower bound of its band; below the floor it becomes 0."""
    assert band(count, 2_000, LIMITS) == least


@pytest.mark.parametrize(("counted", "least"), [(5, 0), (9, 0), (10, 5), (19, 5), (20, 10)])
def test_a_figure_is_at_most_half_of_those_counted(counted: int, least: int) -> None:
    """However many have something in common, what is told never means most of them."""
    assert band(counted, counted, LIMITS) == least


def test_no_band_is_below_the_floor_or_too_close_to_another() -> None:
    """So one person more or less changes one band at most, whatever the blur."""
    steps = [b - a for a, b in zip(LIMITS.bands, LIMITS.bands[1:], strict=False)]

    assert min(LIMITS.bands) == FLOOR
    assert min(steps) >= LIMITS.blur


def test_at_most_three_themes_largest_first() -> None:
    """Only the three largest themes are shown, in a fixed order for ties."""
    counts = Counts(dict(zip(Trap, (6, 12, 7, 25, 5), strict=True)), counted=60)
    figures = figures_for(counts, None, CLEAR, LIMITS)

    assert [(t.trap, t.band) for t in figures.themes] == [
        (Trap.ENTITLEMENT, 20),
        (Trap.LABELLING, 10),
        (Trap.BLAME, 5),
    ]


@pytest.mark.parametrize(("before", "trend"), [(5, 1), (10, 0), (20, -1)])
def test_a_trend_between_bands(before: int, trend: int) -> None:
    """A trend compares what was shown, and needs figures of both weeks."""
    earlier = DigestFigures(themes=(Theme(Trap.BLAME, before),))
    counts = Counts({Trap.BLAME: 12, Trap.FIXING: 12}, counted=40)

    themes = figures_for(counts, earlier, CLEAR, LIMITS).themes
    assert [t.trend for t in themes] == [trend, None]
    assert [t.trend for t in figures_for(counts, None, CLEAR, LIMITS).themes] == [None, None]


def test_the_blur_is_drawn_whatever_the_counts_are() -> None:
    """Each number once, all of them equally often, and one for those counted."""
    chance = random.Random(1).randrange
    drawn = [Blur.draw(chance, LIMITS) for _ in range(5_000)]

    assert all(set(blur.traps) == set(Trap) for blur in drawn)
    for numbers in (
        [b.counted for b in drawn],
        [b.traps[Trap.BLAME] for b in drawn],
        [b.found_helpful for b in drawn],
    ):
        shares = [numbers.count(n) / len(numbers) for n in range(LIMITS.blur)]
        assert sum(shares) == pytest.approx(1)
        assert max(shares) - min(shares) < 0.03


def every_blur() -> list[Blur]:
    """Return all that can be drawn for one trap and for what was found helpful."""
    numbers = range(LIMITS.blur)
    return [
        Blur(counted, {Trap.BLAME: off}, helpful)
        for counted, off, helpful in product(numbers, repeat=3)
    ]


def shown(sellers: int, helped: int, counted: int, blur: Blur) -> DigestFigures:
    counts = Counts(
        {Trap.BLAME: sellers} if sellers >= FLOOR else {},
        counted,
        helped if helped >= FLOOR else 0,
    )
    return figures_for(counts if counted >= FLOOR else Counts({}), None, blur, LIMITS)


def advantage(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Return how much better than chance two worlds can be told apart: 0 for not at all, 1 for
    always. Exact, over all that can be drawn.

    Args:
        one, other: sellers behind the theme, those who found a question helpful, and all who are
            counted.
    """
    seen, seen_instead = outcomes(*one), outcomes(*other)
    differences = (abs(seen[o] - seen_instead[o]) for o in {*seen, *seen_instead})
    return sum(differences) / 2 / seen.total()


@functools.cache
def outcomes(sellers: int, helped: int, counted: int) -> Counter[DigestFigures]:
    """Return how often each digest is shown, over all that can be drawn."""
    return Counter(shown(sellers, helped, counted, blur) for blur in every_blur())


EDGES = (4, 5, 8, 9, 13, 19, 53)
"""Numbers of sellers around the two lowest bands and the highest, where one more may show."""
HELPED = (0, 4, 8)
COUNTED = (9, 13, 19, 23, 104)


def most(edges: int) -> float:
    """Return the bound for somebody behind so many counts, each blurred by itself."""
    return 1 - (1 - 1 / LIMITS.blur) ** edges


@pytest.mark.parametrize(
    ("meets", "rates", "joins", "edges"),
    [(1, 0, 0, 1), (0, 1, 0, 1), (1, 1, 0, 2), (0, 0, 1, 1), (1, 0, 1, 2), (1, 1, 1, 3)],
    ids=["a trap", "a helpful", "both", "a yes", "a yes and a trap", "all"],
)
def test_what_one_person_did_can_hardly_be_told(
    meets: int, rates: int, joins: int, edges: int
) -> None:
    """Even by somebody who knows everything about everybody else, so that they lack one person."""
    worst = max(
        advantage((sellers, helped, counted), (sellers + meets, helped + rates, counted + joins))
        for counted in COUNTED
        for sellers in EDGES
        for helped in HELPED
        if max(sellers + meets, helped + rates) <= counted + joins
    )

    assert 0 < worst <= most(edges) + 1e-9


def test_a_figure_stands_for_the_floor_and_half_of_the_others() -> None:
    """Whatever is drawn: at least five, at least what is told, and as many again are counted."""
    for counted in range(4, 60, 5):
        for sellers in range(0, counted + 1, 3):
            for blur in every_blur():
                figures = shown(sellers, sellers // 2, counted, blur)
                for theme in figures.themes:
                    assert FLOOR <= theme.band <= sellers
                    assert 2 * theme.band <= counted
                if figures.found_helpful:
                    assert FLOOR <= figures.found_helpful <= sellers // 2
                    assert 2 * figures.found_helpful <= counted


def test_a_figure_of_a_channel() -> None:
    """At least half as many are told as there are, so not all of a channel's sellers."""
    chance = random.Random(2).randrange
    for sellers in range(60):
        told = {channel_figure(sellers, chance, LIMITS) for _ in range(200)}
        assert all(2 * figure <= sellers for figure in told)
        if sellers < 2 * FLOOR:
            assert told == {0}
    assert channel_figure(18, chance, replace(LIMITS, blur=1)) == 5
