"""What a digest may show: bands, the floor, and nothing that reveals another figure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.digest_stats import (
    BANDS,
    FLOOR,
    Counts,
    DigestFigures,
    Theme,
    band,
    figures_for,
    safe_to_publish_together,
)
from bot.core.model import Trap


@pytest.mark.parametrize(
    ("count", "least"),
    [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10), (19, 10), (20, 20), (49, 20), (50, 50), (900, 50)],
)
def test_bands(count: int, least: int) -> None:
    """A count becomes the lower bound of its band; below the floor it becomes 0."""
    assert band(count) == least


def test_the_floor_is_the_lowest_band() -> None:
    """No band begins below the floor."""
    assert min(BANDS) == FLOOR


def test_at_most_three_themes_largest_first() -> None:
    """Only the three largest themes are shown, in a fixed order for ties."""
    figures = figures_for(Counts(dict(zip(Trap, (6, 12, 7, 25, 5), strict=True))), None)

    assert [(t.trap, t.band) for t in figures.themes] == [
        (Trap.ENTITLEMENT, 20),
        (Trap.LABELLING, 10),
        (Trap.BLAME, 5),
    ]


@pytest.mark.parametrize(("before", "trend"), [(5, 1), (10, 0), (20, -1)])
def test_a_trend_between_bands(before: int, trend: int) -> None:
    """A trend compares bands, and needs figures of both weeks."""
    earlier = DigestFigures(themes=(Theme(Trap.BLAME, before),))
    figures = figures_for(Counts({Trap.BLAME: 12, Trap.FIXING: 12}), earlier)

    assert [t.trend for t in figures.themes] == [trend, None]
    assert [t.trend for t in figures_for(Counts({Trap.BLAME: 12}), None).themes] == [None]


@pytest.mark.parametrize(
    ("helpful", "not_useful", "shown"),
    [(6, 7, (5, 5)), (6, 0, (0, 0)), (0, 7, (0, 0)), (4, 7, (0, 0))],
)
def test_helpful_and_not_useful_go_together(
    helpful: int, not_useful: int, shown: tuple[int, int]
) -> None:
    """One of the two would reveal the other, so both are shown or neither."""
    figures = figures_for(Counts({}, shown=13, helpful=helpful, not_useful=not_useful), None)

    assert (figures.helpful, figures.not_useful) == shown


@pytest.mark.parametrize(
    ("back", "invited", "share"),
    [(5, 6, "most"), (5, 10, "half"), (5, 30, "some"), (4, 30, ""), (0, 0, "")],
)
def test_participation_is_a_share_in_words(back: int, invited: int, share: str) -> None:
    """Participation is shown as some, half or most, with at least five people behind it."""
    assert figures_for(Counts({}, invited=invited, looked_back=back), None).looked_back == share


@given(st.sets(st.integers(0, 30)), st.lists(st.sets(st.integers(0, 30)), max_size=4))
def test_teams_that_differ_by_a_few_people(mine: set[int], others: list[set[int]]) -> None:
    """Two teams that share people must differ by nobody or by at least five, in each direction."""
    groups = [{str(n) for n in other} for other in others]
    me = {str(n) for n in mine}

    assert safe_to_publish_together(me, groups) == all(
        not (me & g) or all(len(rest) == 0 or len(rest) >= FLOOR for rest in (me - g, g - me))
        for g in groups
    )
