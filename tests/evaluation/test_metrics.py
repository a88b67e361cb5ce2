"""The metrics, on cases that can be counted by hand."""

from __future__ import annotations

from math import isnan

import pytest

from bot.core.model import Reason, Trap, Verdict
from bot.evaluation import metrics
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.metrics import CHANNEL_MIX, EVEN_MIX, Scored


def scored_as(
    label: Trap | None,
    named: Trap | None = None,
    score: float = 0.0,
    *,
    kind: str = "fact",
    sure: bool = False,
    also: tuple[Trap, ...] = (),
    why: Reason | None = None,
) -> Scored:
    message = LabeledMessage("x", "words", (), label, also, kind, "me", None)
    return Scored(
        message, Verdict(named, score, suspicious=score > 0, sure=sure, detector="d", why=why)
    )


def spoken_to(label: Trap | None, named: Trap, kind: str = "fact") -> Scored:
    return scored_as(label, named, 1.0, sure=True, kind=kind)


TEN_TRAPS = [spoken_to(Trap.BLAME, Trap.BLAME)] * 8 + [scored_as(Trap.BLAME)] * 2
HARD = [spoken_to(None, Trap.BLAME)] + [scored_as(None)] * 9
ORDINARY = [scored_as(None, kind="logistics")] * 10


def test_precision_is_weighted_to_the_mix() -> None:
    """.05 x .8 right against .25 x .1 wrong: 8 in 13, where the bare set says 8 in 9."""
    scored = TEN_TRAPS + HARD + ORDINARY

    found = metrics.precision_at_mix(scored, metrics.speaks)

    assert found.value == pytest.approx(0.04 / 0.065)
    assert found.low < found.value < found.high
    assert metrics.unweighted_scores(scored, metrics.speaks) == pytest.approx((8 / 9, 0.8, 16 / 19))


@pytest.mark.parametrize("wrong", [0, 1])
def test_an_interval_holds_its_own_figure(wrong: int) -> None:
    """A precision of 1 is the edge of what samples can reach, not outside of the interval."""
    scored = TEN_TRAPS[:9] + [spoken_to(None, Trap.BLAME)] * wrong + ORDINARY + HARD[1:]

    found = metrics.precision_at_mix(scored, metrics.speaks)

    assert found.low <= found.value <= found.high
    assert (found.value == 1.0) == (wrong == 0)


def test_plain_average_precision_by_hand() -> None:
    """Ranked trap, none, trap: the mean of 1 and 2/3."""
    scored = [
        scored_as(Trap.BLAME, score=0.9),
        scored_as(None, score=0.8),
        scored_as(Trap.BLAME, score=0.7),
    ]

    assert metrics.plain_average_precision(scored) == pytest.approx((1 + 2 / 3) / 2)


def test_a_missing_group_is_left_out_of_the_mix() -> None:
    assert metrics.precision_at_mix(TEN_TRAPS, metrics.speaks).value == 1.0
    found = metrics.share_at_mix(TEN_TRAPS + HARD, metrics.speaks)
    assert found == pytest.approx((0.05 * 0.8 + 0.25 * 0.1) / 0.3)


def test_precision_is_undefined_if_nothing_is_selected() -> None:
    assert isnan(metrics.precision_at_mix(ORDINARY, metrics.speaks).value)
    assert isnan(metrics.recall(ORDINARY, metrics.speaks).value)
    assert isnan(metrics.average_precision(ORDINARY))


def test_no_false_alarm_in_few_messages_proves_little() -> None:
    """Ten clean messages leave a wide interval; it narrows with their number."""
    few = metrics.false_alarm_rate(ORDINARY, metrics.speaks)
    many = metrics.false_alarm_rate(ORDINARY * 100, metrics.speaks)

    assert few.value == many.value == 0
    assert few.high > 200
    assert many.high < 5


def test_wilson_interval() -> None:
    """For 8 of 10, from the formula: .490 to .943."""
    found = metrics.recall(TEN_TRAPS, metrics.speaks)

    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-3)


def test_average_precision_by_hand() -> None:
    """Ranked trap, look-alike, trap, with both groups weighing half."""
    scored = [
        scored_as(Trap.BLAME, score=0.9),
        scored_as(None, score=0.8),
        scored_as(Trap.BLAME, score=0.7),
    ]

    weights = {"trap": 0.25, "hard": 0.5}
    expected = 0.5 * 1.0 + 0.5 * (2 * weights["trap"]) / (2 * weights["trap"] + weights["hard"])
    assert metrics.average_precision(scored) == pytest.approx(expected)


def test_equal_scores_are_one_step() -> None:
    """Equal scores give chance level, whatever the order of the file."""
    scored = [scored_as(Trap.BLAME, score=0.5), scored_as(None, score=0.5)]

    assert metrics.average_precision(scored) == pytest.approx(EVEN_MIX["trap"])
    assert metrics.average_precision(scored[::-1]) == pytest.approx(EVEN_MIX["trap"])
    assert metrics.average_precision(scored, CHANNEL_MIX) == pytest.approx(0.05 / 0.30)


def test_naming_an_also_counts_as_right() -> None:
    scored = [
        scored_as(Trap.BLAME, Trap.FIXING, 1.0, sure=True, also=(Trap.FIXING,)),
        scored_as(Trap.FIXING, Trap.BLAME, 1.0, sure=True),
        scored_as(Trap.FIXING),
    ]
    found = metrics.f1_by_trap(scored, metrics.speaks)

    assert found[Trap.FIXING] == pytest.approx(2 * 1 / (2 * 1 + 0 + 2))
    assert found[Trap.BLAME] == 0.0
    assert metrics.macro_f1(scored, metrics.speaks) == pytest.approx(0.25)
    assert metrics.confusion(scored, metrics.speaks)["blame"] == {"blame": 1}
    assert metrics.confusion(scored, metrics.speaks)["fixing"] == {"blame": 1, "none": 1}


def test_a_veto_is_never_selected() -> None:
    scored = [
        scored_as(None, Trap.BLAME, 0.99, why=Reason.QUOTED),
        scored_as(Trap.BLAME, Trap.BLAME, 0.5),
    ]

    assert metrics.threshold_curve(scored) == [(0.5, 1.0, 1.0)]
    assert [metrics.scores_at_least(0.4)(j) for j in scored] == [False, True]


def test_threshold_curve() -> None:
    scored = [
        scored_as(Trap.BLAME, score=0.9),
        scored_as(None, score=0.8),
        scored_as(Trap.BLAME, score=0.7),
    ]

    first, second, third = metrics.threshold_curve(scored)
    assert first == (0.9, 1.0, 0.5)
    assert second[2] == 0.5
    assert second[1] == pytest.approx(0.025 / (0.025 + 0.25))
    assert third[0] == 0.7
    assert third[2] == 1.0


def test_reliability_curve_is_weighted_to_the_mix() -> None:
    scored = [
        scored_as(Trap.BLAME, score=0.95),
        scored_as(None, score=0.95),
        scored_as(None, score=0.15),
    ]
    (low, high) = metrics.reliability_curve(scored)

    assert low == (0.15, 0.0, 1)
    assert high[0] == pytest.approx(0.95)
    assert high[1] == pytest.approx(0.05 / (0.05 + 0.125))


def test_intervals_are_repeatable() -> None:
    scored = TEN_TRAPS + HARD
    assert metrics.precision_at_mix(scored, metrics.speaks) == metrics.precision_at_mix(
        scored, metrics.speaks
    )
