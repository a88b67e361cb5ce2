"""Words of a model hold nothing that the message does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.coach import Coach
from bot.core.grounding import strange_events, unfit, ungrounded
from bot.core.guard import Guard, reaches_out
from bot.core.model import Reply, Trap
from bot.core.phrases import Phrases
from bot.core.wording import Wording, Written
from bot.core.words import Playbook

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
    """A name, a number or a day of the model's own is found, wherever it stands."""
    assert ungrounded(written, MESSAGE) == found


def test_events(playbook: Playbook) -> None:
    """A situation that the message does not hold is an event of the model's own."""
    coach = Coach(playbook, 30.0)
    said, held = coach.situations("The contract is unsigned."), coach.situations(MESSAGE)

    assert strange_events(said, held) == ["contract"]
    assert strange_events(held, held) == []


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
def test_what_may_stand_in_the_sellers_own_voice(reworded: str, why: str) -> None:
    """Short, without a verdict, without a link, and nothing that was not said."""
    assert any(why in w for w in unfit(reworded, MESSAGE, VERDICTS)) is bool(why)


written = st.builds(
    Written,
    mirror=st.text(max_size=80) | st.sampled_from(["<!channel>", "No answer has come so far."]),
    question_id=st.sampled_from(["entitlement-01", "blame-01", "", "x"]),
    question=st.text(max_size=80) | st.sampled_from(["What now, <@U1>?", "How do they see it?"]),
    reworded=st.text(max_size=120) | st.sampled_from(["https://evil.example", "@everyone"]),
)


@given(what=written, message=st.text(max_size=200))
def test_nothing_that_any_model_writes_breaks_a_rule(
    playbook: Playbook, what: Written, message: str
) -> None:
    """41: whatever comes back, what is said passes the guard and reaches out to nobody."""
    coach = Coach(playbook, 30.0)
    guard = Guard(playbook.rubric, frozenset(a.credit for a in playbook.articles.values()))
    wording = Wording(playbook, coach, guard)
    trap = Trap.ENTITLEMENT
    fitting = coach.fitting(trap, coach.situations(message), asked={}, now=0.0)
    plain = coach.choose(trap, message, asked={}, now=0.0, key="k")
    assert plain is not None
    reply, _ = wording.reply(plain, what, fitting, message)
    advice = coach.advise(trap, coach.situations(message), asked={}, now=0.0, key="k")
    given_back, _ = wording.advice(advice, what, fitting, message)

    assert guard.breaches(reply) == []
    assert not reaches_out(given_back.reworded)
    for question in given_back.questions:
        credit = playbook.articles[question.article].credit
        mirror = plain.mirror
        assert guard.breaches(Reply(question.id, mirror, question.text, credit)) == []
