"""A model's text may say nothing that the message does not say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.coach import Coach
from bot.core.draft_review import DraftReview, LlmDraft
from bot.core.grounding import invented_situations, rewording_violations, ungrounded_words
from bot.core.guard import Guard, has_link_or_mention
from bot.core.model import Reply, Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook

MESSAGE = "Northwind's CFO went quiet after the demo on Tuesday, 3 mails, no answer. They owe us."
VERDICTS = Phrases(("rude", "lazy"))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("The CFO has not answered since Tuesday.", []),
        ("Northwind is quiet after 3 mails.", []),
        ("I'm going to ask what changed.", []),
        ("Contoso is quiet.", ["contoso"]),
        ("It is quiet at Contoso.", ["contoso"]),
        ("It has been 14 days.", ["14"]),
        ("It has been two weeks.", ["two"]),
        ("They were quiet on Friday.", ["friday"]),
        ("We wait. Priya may know.", ["priya"]),
    ],
)
def test_names_numbers_and_days(written: str, found: list[str]) -> None:
    """An invented name, number or day is found, wherever it is."""
    assert ungrounded_words(written, MESSAGE) == found


def test_invented_situations(playbook: Playbook) -> None:
    """A situation that is not in the message counts as invented."""
    coach = Coach(playbook, 30.0)
    written, present = (
        coach.cued_situations("The contract is unsigned."),
        coach.cued_situations(MESSAGE),
    )

    assert invented_situations(written, present) == ["contract"]
    assert invented_situations(present, present) == []


@pytest.mark.parametrize(
    ("reworded", "why"),
    [
        ("I have no answer yet, and I will ask what changed.", ""),
        ("", "not 1 to 45 words"),
        ("word " * 46, "not 1 to 45 words"),
        ("One. Two. Three.", "more than 2 sentences"),
        ("One line\nand another.", "more than 2 sentences"),
        ("They are lazy.", "a verdict: lazy"),
        ("Ask <@U1> about it.", "link, mention or channel call"),
        ("See www.evil.example for more.", "link, mention or channel call"),
    ],
)
def test_a_rewording_in_the_sellers_voice(reworded: str, why: str) -> None:
    """A rewording is short, judges nobody, has no link and invents nothing."""
    assert any(why in w for w in rewording_violations(reworded, MESSAGE, VERDICTS)) is bool(why)


DRAFTS = st.builds(
    LlmDraft,
    mirror=st.text(max_size=80) | st.sampled_from(["<!channel>", "No answer has come so far."]),
    question_id=st.sampled_from(["entitlement-01", "blame-01", "", "x"]),
    question=st.text(max_size=80) | st.sampled_from(["What now, <@U1>?", "How do they see it?"]),
    reworded=st.text(max_size=120) | st.sampled_from(["https://evil.example", "@everyone"]),
)


@given(draft=DRAFTS, message=st.text(max_size=200))
def test_no_draft_breaks_a_rule(playbook: Playbook, draft: LlmDraft, message: str) -> None:
    """Case 41: whatever a model writes, the reply passes the guard and mentions nobody."""
    coach = Coach(playbook, 30.0)
    guard = Guard(playbook.rubric, frozenset(a.credit for a in playbook.articles.values()))
    review = DraftReview(playbook, coach, guard)
    trap = Trap.ENTITLEMENT
    eligible = coach.eligible_questions(trap, coach.find_situations(message), asked={}, now=0.0)
    fallback = coach.choose_reply(trap, coach.find_situations(message), asked={}, now=0.0, key="k")
    assert fallback is not None
    reply, _ = review.review_reply(fallback, draft, eligible, message)
    advice = coach.build_advice(trap, coach.find_situations(message), asked={}, now=0.0, key="k")
    reviewed, _ = review.review_advice(advice, draft, eligible, message)

    assert guard.violations(reply) == []
    assert not has_link_or_mention(reviewed.reworded)
    for question in reviewed.questions:
        credit = playbook.articles[question.article].credit
        mirror = fallback.mirror
        assert guard.violations(Reply(question.id, mirror, question.text, credit)) == []
