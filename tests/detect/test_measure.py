"""The figures, held to cases that can be counted by hand."""

from __future__ import annotations

from math import isnan

import pytest

from bot.core.model import Reason, Trap, Verdict
from bot.detect import measure
from bot.detect.corpus import Labelled
from bot.detect.measure import HALF, MIX, Judged


def one(
    label: Trap | None,
    taken: Trap | None = None,
    score: float = 0.0,
    *,
    kind: str = "fact",
    sure: bool = False,
    also: tuple[Trap, ...] = (),
    why: Reason | None = None,
) -> Judged:
    message = Labelled("x", "words", (), label, also, kind, "me", None)
    return Judged(
        message, Verdict(taken, score, suspicious=score > 0, sure=sure, detector="d", why=why)
    )


def spoken(label: Trap | None, taken: Trap, kind: str = "fact") -> Judged:
    return one(label, taken, 1.0, sure=True, kind=kind)


TEN_TRAPS = [spoken(Trap.BLAME, Trap.BLAME)] * 8 + [one(Trap.BLAME)] * 2
HARD = [spoken(None, Trap.BLAME)] + [one(None)] * 9
ORDINARY = [one(None, kind="logistics")] * 10


def test_precision_is_weighted_to_the_mix() -> None:
    """.05 x .8 right against .25 x .1 wrong: 8 in 13, where the bare set says 8 in 9."""
    judged = TEN_TRAPS + HARD + ORDINARY

    found = measure.precision_at_mix(judged, measure.speaks)

    assert found.value == pytest.approx(0.04 / 0.065)
    assert found.low < found.value < found.high
    assert measure.plain(judged, measure.speaks) == pytest.approx((8 / 9, 0.8, 16 / 19))


def test_a_missing_group_leaves_the_mix() -> None:
    assert measure.precision_at_mix(TEN_TRAPS, measure.speaks).value == 1.0
    found = measure.share_at_mix(TEN_TRAPS + HARD, measure.speaks)
    assert found == pytest.approx((0.05 * 0.8 + 0.25 * 0.1) / 0.3)


def test_nothing_spoken_is_no_precision() -> None:
    assert isnan(measure.precision_at_mix(ORDINARY, measure.speaks).value)
    assert isnan(measure.recall(ORDINARY, measure.speaks).value)
    assert isnan(measure.average_precision(ORDINARY))


def test_no_alarm_found_is_not_no_alarm() -> None:
    """Of ten clean messages the interval still reaches far up; it narrows with their number."""
    few = measure.alarms(ORDINARY, measure.speaks)
    many = measure.alarms(ORDINARY * 100, measure.speaks)

    assert few.value == many.value == 0
    assert few.high > 200
    assert many.high < 5


def test_the_interval_covers_what_it_should() -> None:
    """Wilson's for 8 of 10, from the formula: .490 to .943."""
    found = measure.recall(TEN_TRAPS, measure.speaks)

    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-3)


def test_average_precision_by_hand() -> None:
    """Ranked trap, hard, trap, each side weighing half: (1 + 2/3...) by the weighted rule."""
    judged = [one(Trap.BLAME, score=0.9), one(None, score=0.8), one(Trap.BLAME, score=0.7)]

    weights = {"trap": 0.25, "hard": 0.5}
    wanted = 0.5 * 1.0 + 0.5 * (2 * weights["trap"]) / (2 * weights["trap"] + weights["hard"])
    assert measure.average_precision(judged) == pytest.approx(wanted)


def test_ties_are_one_step() -> None:
    """Equal scores tell nothing apart: chance, whatever order the file has."""
    judged = [one(Trap.BLAME, score=0.5), one(None, score=0.5)]

    assert measure.average_precision(judged) == pytest.approx(HALF["trap"])
    assert measure.average_precision(judged[::-1]) == pytest.approx(HALF["trap"])
    assert measure.average_precision(judged, MIX) == pytest.approx(0.05 / 0.30)


def test_an_also_counts_as_right() -> None:
    judged = [
        one(Trap.BLAME, Trap.FIXING, 1.0, sure=True, also=(Trap.FIXING,)),
        one(Trap.FIXING, Trap.BLAME, 1.0, sure=True),
        one(Trap.FIXING),
    ]
    found = measure.f1_by_trap(judged, measure.speaks)

    assert found[Trap.FIXING] == pytest.approx(2 * 1 / (2 * 1 + 0 + 2))
    assert found[Trap.BLAME] == 0.0
    assert measure.macro_f1(judged, measure.speaks) == pytest.approx(0.25)
    assert measure.confusion(judged, measure.speaks)["blame"] == {"blame": 1}
    assert measure.confusion(judged, measure.speaks)["fixing"] == {"blame": 1, "none": 1}


def test_what_is_kept_quiet_is_never_picked() -> None:
    judged = [one(None, Trap.BLAME, 0.99, why=Reason.QUOTED), one(Trap.BLAME, Trap.BLAME, 0.5)]

    assert measure.curve(judged) == [(0.5, 1.0, 1.0)]
    assert [measure.likely(0.4)(j) for j in judged] == [False, True]


def test_the_curve_goes_down_the_scores() -> None:
    judged = [one(Trap.BLAME, score=0.9), one(None, score=0.8), one(Trap.BLAME, score=0.7)]

    first, second, third = measure.curve(judged)
    assert first == (0.9, 1.0, 0.5)
    assert second[2] == 0.5
    assert second[1] == pytest.approx(0.025 / (0.025 + 0.25))
    assert third[0] == 0.7
    assert third[2] == 1.0


def test_reliability_at_the_mix() -> None:
    judged = [one(Trap.BLAME, score=0.95), one(None, score=0.95), one(None, score=0.15)]
    (low, high) = measure.reliability(judged)

    assert low == (0.15, 0.0, 1)
    assert high[0] == pytest.approx(0.95)
    assert high[1] == pytest.approx(0.05 / (0.05 + 0.125))


def test_intervals_repeat() -> None:
    judged = TEN_TRAPS + HARD
    assert measure.precision_at_mix(judged, measure.speaks) == measure.precision_at_mix(
        judged, measure.speaks
    )
