"""Words of a model: crafted ones never pass, and most of a good coach's do.

``model_words.jsonl`` holds invented outputs: a kind, the field of the draft, the text, and the
message that it answers. Refusing a good one costs a fallback to the playbook; passing a bad one
costs trust.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.coach import Coach
from bot.core.draft_review import DraftReview, LlmDraft
from bot.core.guard import Guard
from bot.core.model import Trap
from bot.core.playbook_model import Playbook

OUTPUTS = [
    json.loads(line)
    for line in Path(__file__).with_name("model_words.jsonl").read_text("utf-8").splitlines()
]
GOOD = [output for output in OUTPUTS if output["kind"] == "good"]
CRAFTED = [output for output in OUTPUTS if output["kind"] != "good"]
MIN_GOOD_SHARE = 0.75


class Reviewer:
    """Tells whether the review lets one field of a draft through."""

    def __init__(self, playbook: Playbook) -> None:
        self._coach = Coach(playbook, 30.0)
        credits = frozenset(a.credit for a in playbook.articles.values())
        self._review = DraftReview(playbook, self._coach, Guard(playbook.rubric, credits))

    def passes(self, output: dict[str, str]) -> bool:
        """Return whether people would read this text."""
        message, text = output["message"], output["text"]
        situations = self._coach.find_situations(message)
        fallback = self._coach.choose_reply(Trap.BLAME, situations, asked={}, now=0.0, key="k")
        assert fallback is not None
        questions = self._coach.eligible_questions(
            Trap.BLAME, fallback.situations, asked={}, now=0.0
        )
        mirror, question, reworded = fallback.mirror, questions[0].text, ""
        if output["field"] == "mirror":
            mirror = text
        elif output["field"] == "question":
            question = text
        else:
            reworded = text
        draft = LlmDraft(mirror, questions[0].id, question, reworded)
        if output["field"] == "rewording":
            return bool(self._review.review_rewording(draft, message)[0])
        reply, _ = self._review.review_reply(fallback, draft, questions, message)
        return text.strip() in (reply.mirror, reply.question)


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
