"""Somebody who doesn't answer has no next meeting, and has told nobody of a decision."""

from __future__ import annotations

import re

import pytest

from bot.core.coach import Coach
from bot.core.playbook_model import Playbook, Question
from bot.detect.learned_situations import shipped_reader
from bot.detect.offline import OfflineDetector

_IN_TOUCH = re.compile(
    r"\bnext (?:meeting|call|conversation)\b|\bin writing from\b|\bgo through .* live\b"
)
_DECIDED = re.compile(r"\bthe decision\b")


def presupposes_a_word_from_them(question: Question) -> bool:
    """Return whether a question takes for granted that they talk to the seller, or have decided."""
    told = "lost" in question.needs and _DECIDED.search(question.text)
    return bool(told or _IN_TOUCH.search(question.text))


def test_what_presupposes_a_word_is_not_asked_in_silence(playbook: Playbook) -> None:
    found = [q for q in playbook.questions.values() if presupposes_a_word_from_them(q)]

    assert len(found) >= 8
    assert [q.id for q in found if "silence" not in q.unless] == []


@pytest.mark.parametrize(
    "text",
    [
        "six demos without a callback, these guys are time wasters",
        "six demos and no callback, that deal is dead",
        "six demos!! not a single call back. ungrateful bunch",
        "gave them six demos, no callback, no nothing. rude",
    ],
)
def test_demos_without_a_callback(playbook: Playbook, detector: OfflineDetector, text: str) -> None:
    """Something is left to ask, and nothing odd."""
    coach = Coach(playbook, 0.0, shipped_reader())
    trap, situations = detector.quick_verdict(text).trap, coach.find_situations(text)
    asked = coach.eligible_questions(trap, situations, asked={}, now=0.0)

    assert len(asked) >= 5
    assert [q.text for q in asked if presupposes_a_word_from_them(q)] == []
