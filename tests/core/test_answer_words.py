"""A model's answers to asks: good ones are shown, and bad ones never without a second reading.

``answer_words.jsonl`` holds invented answers to real asks, in six languages: a kind, the ask, and
the parts of the answer. Refusing a good one costs a fallback to the playbook; passing a bad one
costs trust. The author of the rules wrote them, so they flatter.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.answer_wiring import build_answer_review
from bot.core.answer_review import AnswerMaterial
from bot.core.intents import Intent
from bot.core.llm_answer import AnswerKind, LlmAnswer
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits

OUTPUTS: list[dict[str, Any]] = [
    json.loads(line)
    for line in Path(__file__).with_name("answer_words.jsonl").read_text("utf-8").splitlines()
]
GOOD = [output for output in OUTPUTS if output["kind"] == "good"]
INVENTED = [output for output in OUTPUTS if output["kind"] == "invention"]
RUDE = [output for output in OUTPUTS if output["kind"] not in ("good", "invention")]
FOR_THE_SECOND_READING = 4  # inventions without a number, a day or a name


class Reviewer:
    """Says what the review finds in an answer."""

    def __init__(self, playbook: Playbook) -> None:
        self._review = build_answer_review(playbook, Limits())
        self._question = playbook.no_trap.questions[0]

    def faults(self, output: dict[str, Any], *, is_read: bool) -> list[str]:
        """Return what forbids to show an answer; ``is_read``: a second reading finds nothing."""
        answer = LlmAnswer(
            AnswerKind.COACH,
            idea=self._question.idea,
            questions=tuple(output["questions"]),
            draft=output["draft"],
            next_step=output["next_step"],
        )
        material = AnswerMaterial(Intent.DEAL, (self._question,), (), "", "")
        faults = self._review.faults(answer, material, output["ask"])
        return faults if is_read else [*faults, *self._review.unread_faults(answer, output["ask"])]


@pytest.fixture(scope="module")
def reviewer(playbook: Playbook) -> Reviewer:
    return Reviewer(playbook)


def test_good_answers_are_shown_if_a_second_reading_agrees(reviewer: Reviewer) -> None:
    assert [output for output in GOOD if reviewer.faults(output, is_read=True)] == []


def test_nothing_rude_is_shown(reviewer: Reviewer) -> None:
    """Verdicts, orders, trap names, praise, links and mentions: whatever a second reading says."""
    assert [output for output in RUDE if not reviewer.faults(output, is_read=True)] == []


def test_inventions(reviewer: Reviewer) -> None:
    """Numbers, days and names are stopped by rule, and all of them if nobody reads again."""
    passed = [output for output in INVENTED if not reviewer.faults(output, is_read=True)]

    assert len(passed) <= FOR_THE_SECOND_READING
    assert [output for output in INVENTED if not reviewer.faults(output, is_read=False)] == []
