"""What a model drafts is shown only if it keeps every rule; else the playbook speaks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.coach import Coach
from bot.core.draft_review import DraftReview, LlmDraft, offered, why_silent
from bot.core.guard import Guard, has_link_or_mention
from bot.core.model import Reason, Reply, Trap
from bot.core.playbook_model import Playbook, Question

MESSAGE = "Northwind's CFO went quiet after the demo on Tuesday, 3 mails, no answer. They owe us."
THREAD = ("Priya from their finance team asked for the price of the add-on",)
GOOD = LlmDraft(
    skip=False,
    evidence="went quiet after the demo",
    mirror="The CFO has been quiet since the demo on Tuesday.",
    question="What would the CFO want to know before a next step?",
    idea="",
)


class Review:
    """A review of drafts about one message, with the shipped playbook."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.coach = Coach(playbook, 30.0)
        credits = frozenset(a.credit for a in playbook.articles.values())
        self.guard = Guard(playbook.rubric, credits, playbook.free_words)
        self.review = DraftReview(playbook, self.coach, self.guard)

    def questions(self, message: str = MESSAGE) -> list[Question]:
        """Return the questions whose ideas a model gets."""
        return self.coach.questions_for_model(
            Trap.ENTITLEMENT, self.coach.find_situations(message), asked={}, now=0.0, key="k"
        )

    def fallback(self, message: str = MESSAGE) -> Reply:
        """Return the playbook's reply."""
        reply = self.coach.choose_reply(
            Trap.ENTITLEMENT, self.coach.find_situations(message), asked={}, now=0.0, key="k"
        )
        assert reply is not None
        return reply

    def good(self) -> LlmDraft:
        """Return a draft that applies the last idea on offer."""
        return replace(GOOD, idea=offered(self.questions())[-1].idea)

    def reply(self, draft: LlmDraft, thread: tuple[str, ...] = ()) -> tuple[Reply, list[str]]:
        """Review a draft of a nudge."""
        return self.review.review_reply(self.fallback(), draft, self.questions(), MESSAGE, thread)


@pytest.fixture(scope="module")
def review(playbook: Playbook) -> Review:
    return Review(playbook)


def test_a_good_draft_is_said_in_its_own_words(review: Review, playbook: Playbook) -> None:
    reply, faults = review.reply(review.good())

    assert faults == []
    assert (reply.mirror, reply.question) == (GOOD.mirror, GOOD.question)


def test_the_credit_is_that_of_the_idea(review: Review, playbook: Playbook) -> None:
    """The reply carries the id of a question of the playbook that applies the same idea."""
    draft = review.good()
    reply, _ = review.reply(draft)
    stands_for = playbook.questions[reply.question_id]

    assert stands_for.idea == draft.idea
    assert reply.credit == playbook.articles[stands_for.article].credit
    assert review.review.in_playbook_words(reply, review.fallback()).question == stands_for.text


def test_at_most_three_ideas_are_on_offer_and_none_twice(review: Review) -> None:
    ideas = [question.idea for question in offered(review.questions())]

    assert len(ideas) == len(set(ideas)) == 3


@pytest.mark.parametrize(
    "changes",
    [
        {"idea": "an idea of its own"},
        {"idea": ""},
        {"question": ""},
        {"question": "What did the board object to?"},
        {"question": "What should you do?"},
        {"mirror": "The CFO has been quiet since the merger."},
        {"mirror": "Their CFO is a coward."},
    ],
)
def test_one_fault_brings_back_the_playbook(review: Review, changes: dict[str, Any]) -> None:
    reply, faults = review.reply(replace(review.good(), **changes))

    assert reply == review.fallback()
    assert faults


def test_words_of_the_thread_are_known(review: Review) -> None:
    draft = replace(review.good(), question="What would Priya want to hear about the add-on?")

    assert review.reply(draft)[0] == review.fallback()
    assert review.reply(draft, THREAD)[0].question == draft.question


def test_an_empty_mirror_leaves_the_question_alone(review: Review) -> None:
    reply, faults = review.reply(replace(review.good(), mirror=" "))

    assert (reply.text, faults) == (GOOD.question, [])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"evidence": "Went  quiet after the DEMO."}, None),
        ({"evidence": "\u201cwent quiet\u201d"}, None),
        ({"evidence": "Northwind\u2019s CFO"}, None),
        ({"skip": True}, Reason.NOTHING_TO_ASK),
        ({"evidence": "they never answer"}, Reason.NO_EVIDENCE),
        ({"evidence": ""}, Reason.NO_EVIDENCE),
        ({"evidence": " . "}, Reason.NO_EVIDENCE),
    ],
)
def test_why_nothing_is_asked(changes: dict[str, Any], reason: Reason | None) -> None:
    """A model may see nothing to ask; what it goes by must stand in the message."""
    assert why_silent(replace(GOOD, **changes), MESSAGE) == reason


DRAFTS = st.builds(
    LlmDraft,
    skip=st.booleans(),
    evidence=st.text(max_size=20),
    mirror=st.text(max_size=80) | st.sampled_from(["<!channel>", "No answer has come so far."]),
    question=st.text(max_size=80) | st.sampled_from(["What now, <@U1>?", "How do they see it?"]),
    idea=st.sampled_from(["minute", "earn", "prepared", "", "x"]),
)


@example(draft=replace(GOOD, mirror="\u00b2:K", question="0"), message="")
@example(draft=replace(GOOD, mirror="\u00b2:00 or \u00b2 million."), message="")
@given(draft=DRAFTS, message=st.text(max_size=200))
def test_no_draft_breaks_a_rule(playbook: Playbook, draft: LlmDraft, message: str) -> None:
    """Case 41: whatever a model writes, what is shown passes the guard and mentions nobody."""
    review = Review(playbook)
    questions, fallback = review.questions(message), review.fallback(message)
    reply, faults = review.review.review_reply(fallback, draft, questions, message)

    if faults:
        assert reply == fallback
    else:
        assert review.guard.draft_violations(reply, message) == []
    assert not has_link_or_mention(reply.text)
