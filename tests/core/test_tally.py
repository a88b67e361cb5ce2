"""What a digest may tell: bands, the floor, and nothing that gives another figure away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Trap
from bot.core.tally import BANDS, FLOOR, Counts, Facts, Theme, band, comparable, facts


@pytest.mark.parametrize(
    ("count", "least"),
    [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10), (19, 10), (20, 20), (49, 20), (50, 50), (900, 50)],
)
def test_bands(count: int, least: int) -> None:
    """A count becomes the least of its band; below the floor it is nothing."""
    assert band(count) == least


def test_the_floor_is_the_least_of_the_first_band() -> None:
    """No band begins below the floor."""
    assert min(BANDS) == FLOOR


def test_three_themes_at_most_the_greatest_first() -> None:
    """Of more than three the greatest are told, in one order for equal ones."""
    told = facts(Counts(dict(zip(Trap, (6, 12, 7, 25, 5), strict=True))), None)

    assert [(t.trap, t.band) for t in told.themes] == [
        (Trap.ENTITLEMENT, 20),
        (Trap.LABELLING, 10),
        (Trap.BLAME, 5),
    ]


@pytest.mark.parametrize(("before", "trend"), [(5, 1), (10, 0), (20, -1)])
def test_a_trend_between_bands(before: int, trend: int) -> None:
    """A change is told between bands only, and only where both weeks are there."""
    earlier = Facts(themes=(Theme(Trap.BLAME, before),))
    told = facts(Counts({Trap.BLAME: 12, Trap.FIXING: 12}), earlier)

    assert [t.trend for t in told.themes] == [trend, None]
    assert [t.trend for t in facts(Counts({Trap.BLAME: 12}), None).themes] == [None]


@pytest.mark.parametrize(
    ("helpful", "useless", "shown"),
    [(6, 7, (5, 5)), (6, 0, (0, 0)), (0, 7, (0, 0)), (4, 7, (0, 0))],
)
def test_two_parts_of_one_whole(helpful: int, useless: int, shown: tuple[int, int]) -> None:
    """Of helpful and not useful one would give the other away: both are told, or neither."""
    told = facts(Counts({}, shown=13, helpful=helpful, not_useful=useless), None)

    assert (told.helpful, told.not_useful) == shown


@pytest.mark.parametrize(
    ("back", "invited", "share"),
    [(5, 6, "most"), (5, 10, "half"), (5, 30, "some"), (4, 30, ""), (0, 0, "")],
)
def test_participation_is_a_share_in_words(back: int, invited: int, share: str) -> None:
    """Who looked back is told as some, half or most, of at least five behind either part."""
    assert facts(Counts({}, invited=invited, looked_back=back), None).looked_back == share


@given(st.sets(st.integers(0, 30)), st.lists(st.sets(st.integers(0, 30)), max_size=4))
def test_groups_that_differ_by_a_few(mine: set[int], others: list[set[int]]) -> None:
    """Two groups that share people differ by nobody or by at least five, each way round."""
    groups = [{str(n) for n in other} for other in others]
    me = {str(n) for n in mine}

    assert comparable(me, groups) == all(
        not (me & g) or all(len(rest) == 0 or len(rest) >= FLOOR for rest in (me - g, g - me))
        for g in groups
    )
