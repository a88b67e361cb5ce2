"""Admiration, and complaints that their authors have left behind, get no question; traps do."""

from __future__ import annotations

import pytest

from bot.core.model import Reason
from bot.core.playbook_model import Playbook
from bot.detect.admiration import Admiration
from bot.detect.moving_on import MovingOn
from bot.detect.offline import OfflineDetector
from bot.detect.preprocess import clean_text
from tests.detect.test_celebration import labeled, lines_of

TRAPS = lines_of("not_moving_on.txt")


@pytest.fixture(scope="module")
def admiration(playbook: Playbook) -> Admiration:
    """Return what tells admiration from the rest."""
    return Admiration(playbook.cues)


@pytest.fixture(scope="module")
def moving_on(playbook: Playbook) -> MovingOn:
    """Return what tells a complaint that is left behind."""
    return MovingOn(playbook.cues)


@pytest.mark.parametrize("line", lines_of("admiring.txt") + lines_of("moving_on.txt"))
def test_they_get_no_question(detector: OfflineDetector, line: str) -> None:
    assert not detector.quick_verdict(line).sure


def test_most_are_told_by_what_they_say_and_not_by_a_low_score(
    admiration: Admiration, moving_on: MovingOn
) -> None:
    admiring, moving = lines_of("admiring.txt"), lines_of("moving_on.txt")

    assert sum(line in admiration for line in admiring) >= 0.75 * len(admiring)
    assert sum(line in moving_on for line in moving) >= 0.75 * len(moving)


def test_the_reason_is_that_a_next_step_is_there(detector: OfflineDetector) -> None:
    verdict = detector.quick_verdict("They could at least say no. I can live with a no.")

    assert verdict.why is Reason.NEXT_STEP


@pytest.mark.parametrize("line", TRAPS)
def test_a_trap_in_the_same_words_is_read_like_any_other_message(
    detector: OfflineDetector, admiration: Admiration, moving_on: MovingOn, line: str
) -> None:
    assert line not in admiration
    assert line not in moving_on
    assert detector.quick_verdict(line).why is None


def test_most_of_these_traps_are_spoken_to(detector: OfflineDetector) -> None:
    assert sum(detector.quick_verdict(line).sure for line in TRAPS) >= 0.7 * len(TRAPS)


@pytest.mark.parametrize(
    "step",
    [
        "I'll call until they sign.",
        "I'll show them the new dashboard.",
        "We'll make them understand.",
        "I'll go over his head.",
        "I'll send the video again.",
    ],
)
def test_pressure_and_pitches_are_no_step(moving_on: MovingOn, step: str) -> None:
    assert f"They refuse to give us a sandbox. {step}" not in moving_on
    assert "They refuse to give us a sandbox. I'll use ours." in moving_on


@pytest.mark.parametrize(
    "rest", ["but they can't sign one page", "idiots", "and they still owe us", "why not for us"]
)
def test_one_clause_of_complaint_beside_admiration_is_enough(
    admiration: Admiration, rest: str
) -> None:
    assert "These people work weekends, respect" in admiration
    assert f"These people work weekends, respect, {rest}" not in admiration


def test_no_trap_of_the_corpus_is_taken_for_either(
    admiration: Admiration, moving_on: MovingOn
) -> None:
    traps = [clean_text(text).author_text for text, is_trap in labeled() if is_trap]

    assert [text for text in traps if text in admiration or text in moving_on] == []
