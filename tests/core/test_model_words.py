"""Words of a model: crafted ones never pass, and most of a good coach's do.

``model_words.jsonl`` holds invented outputs: a kind, the field of the draft, the text, and the
message that it answers. Refusing a good one costs a fallback to the playbook; passing a bad one
costs trust.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.answer_guard import AnswerGuard
from bot.core.guard import Guard
from bot.core.intents import Intent
from bot.core.llm_answer import AnswerKind, LlmAnswer
from bot.core.model import Reply
from bot.core.playbook_model import Playbook
from bot.core.policy import AnswerLengths

OUTPUTS = [
    json.loads(line)
    for line in Path(__file__).with_name("model_words.jsonl").read_text("utf-8").splitlines()
]
GOOD = [output for output in OUTPUTS if output["kind"] == "good"]
CRAFTED = [output for output in OUTPUTS if output["kind"] != "good"]
MIN_GOOD_SHARE = 0.95
QUESTION = "What could you ask them this week?"


class Reviewer:
    """Tells whether the guard lets one field of a draft through."""

    def __init__(self, playbook: Playbook) -> None:
        self._credit = next(iter(playbook.articles.values())).credit
        self._answers = AnswerGuard(
            playbook.rubric, playbook.free_words, AnswerLengths(), lambda _: "en"
        )
        self._guard = Guard(playbook.rubric, frozenset({self._credit}), playbook.free_words)

    def passes(self, output: dict[str, str]) -> bool:
        """Return whether people would read this text."""
        message, text = output["message"], output["text"]
        if output["field"] == "rewording":
            return not self._faults_of_answer(text, message)
        mirror, question = ("", text) if output["field"] == "question" else (text, QUESTION)
        return not self._guard.draft_violations(Reply("q", mirror, question, self._credit), message)

    def _faults_of_answer(self, draft: str, ask: str) -> list[str]:
        """Return what forbids to show the seller's sentence in other words on request."""
        answer = LlmAnswer(
            AnswerKind.COACH,
            questions=(QUESTION, "What else could you ask them?"),
            draft=draft,
            next_step=QUESTION,
        )
        faults = self._answers.violations(answer, ask, Intent.REWORD)
        return faults + self._answers.unread_violations(answer, ask)


@pytest.fixture(scope="module")
def reviewer(playbook: Playbook) -> Reviewer:
    """Return a reviewer with the shipped playbook."""
    return Reviewer(playbook)


def test_the_lists_are_long_enough() -> None:
    assert len(CRAFTED) >= 150
    assert len(GOOD) >= 60


def test_no_crafted_output_passes(reviewer: Reviewer) -> None:
    assert [output for output in CRAFTED if reviewer.passes(output)] == []


def test_most_of_a_good_coachs_words_pass(reviewer: Reviewer) -> None:
    refused = [output["text"] for output in GOOD if not reviewer.passes(output)]

    assert len(refused) <= (1 - MIN_GOOD_SHARE) * len(GOOD), refused
