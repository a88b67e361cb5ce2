"""Groups of reasons for silence: each reason in one, and none that is about one person."""

from __future__ import annotations

import pytest

from bot.core.model import Reason
from bot.core.silence_groups import SilenceGroup, silence_group


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_group(reason: Reason) -> None:
    """A new reason must be put somewhere before it can be counted."""
    assert silence_group(reason) in SilenceGroup


@pytest.mark.parametrize(
    ("told", "crowd"),
    [
        pytest.param(Reason.NEVER_COACH, Reason.ORDINARY, id="an illness or a conflict"),
        pytest.param(Reason.SECOND_THOUGHTS, Reason.ORDINARY, id="taken back"),
        pytest.param(Reason.PAUSED, Reason.DAILY_CAP, id="wants to be left alone"),
        pytest.param(Reason.MUTED_TRAP, Reason.DAILY_CAP, id="called a question wrong"),
        pytest.param(Reason.AWAY, Reason.QUIET_HOURS, id="on leave"),
    ],
)
def test_what_is_told_of_a_person_hides_in_a_crowd(told: Reason, crowd: Reason) -> None:
    """It stands in a group with what happens to everybody, every day."""
    assert silence_group(told) is silence_group(crowd)


def test_only_failures_are_failures() -> None:
    """An alert on this group means something to mend."""
    failed = {r for r in Reason if silence_group(r) is SilenceGroup.FAILED}

    assert failed == {Reason.FAILED, Reason.TEXT_LOST}
