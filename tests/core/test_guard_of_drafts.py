"""The guard stops a model's inventions, verdicts and orders, and lets its plain words pass.

By kind, each with words of its own; whole outputs by several hands are in ``tests/corpus/guard``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.guard import Guard
from bot.core.model import Reply
from bot.core.playbook_model import Playbook
from tests.evaluation.guard import judge, read_outputs, report

CORPUS = Path(__file__).parent.parent / "corpus" / "guard"
CREDIT = "Idea from an article on what customers owe us"
QUESTION = "What could you ask them this week?"
MAX_FALSE_STOPS = 0.12
MAX_INVENTIONS = 0.08
NEVER = ("mention", "link", "trap_name", "verdict", "directive")


@pytest.fixture(scope="module")
def guard(playbook: Playbook) -> Guard:
    return Guard(
        playbook.rubric,
        frozenset(a.credit for a in playbook.articles.values()),
        playbook.free_words,
    )


def stops(
    guard: Guard, message: str, *, mirror: str = "", question: str = QUESTION, thread: str = ""
) -> list[str]:
    """Return what is wrong with a model's words about a message."""
    before = (thread,) if thread else ()
    return guard.draft_violations(Reply("q", mirror, question, CREDIT), message, before)


@pytest.mark.parametrize(
    ("message", "mirror"),
    [
        ("call moved to thurs, 3rd time", "The call moved to Thursday, for the third time."),
        ("3 wks w/o a word from Odum", "There has been no word from Odum for three weeks."),
        ("sent it tmrw? no, mgr said friday", "The manager said Friday."),
        ("their approval is missing", "They have not approved it yet, and that is missing."),
        ("the colour programme is theirs", "The color program is theirs."),
        ("60k sits in the contract", "There are 60k in the contract."),
        ("forty one of 50 voted", "41 of 50 voted."),
        ("GC wants the price held", "The general contractor wants the price held."),
        ("reg team says no", "Your regulatory team says no."),
        ("Zo\u00eb says it's fine", "Zo\u00eb says it is fine."),
        ("she's cancelling it", "She is canceling it."),
        ("we'll send the quote monday", "You plan to send the quote on Monday."),
        ("they must show 3 bids", "They must show three bids."),
        ("Ines: 'you need to be cheaper'", "Ines told you that you need to be cheaper."),
        ("im so tired of this deal", "You are tired of this deal."),
        ("labelling on the vials is off", "The labelling on the vials is off."),
        ("Mr. Ode said later", "Mr. Ode said later."),
    ],
)
def test_the_same_in_other_words_passes(guard: Guard, message: str, mirror: str) -> None:
    """Days, numbers, spelling, tense, abbreviations, plans, and reported words."""
    assert stops(guard, message, mirror=mirror) == []


@pytest.mark.parametrize(
    ("message", "mirror"),
    [
        ("they went quiet", "They went quiet because the owner is about to sell the warehouse."),
        ("they went quiet", "They went quiet after the merger."),
        ("they went quiet", "Priya went quiet."),
        ("they went quiet", "It has been quiet for nine days."),
        ("they went quiet on thursday", "They went quiet on Tuesday."),
        ("quiet for 3 days", "It has been quiet for three weeks."),
        ("gonna send the quote", "You sent the quote."),
        ("we may drop the fee", "You dropped the fee."),
        ("Gosia passed my deck on", "You passed the deck on."),
        ("Wei says annual is fine. asking Tom", "Tom says annual is fine."),
        ("the surgeon's secretary told me later", "The surgeon told you later."),
        ("told Irina six weeks", "Irina told you six weeks."),
        ("Pilar didn't like the plan", "Pilar liked the plan."),
        ("Pilar liked the plan", "Pilar did not like the plan."),
    ],
)
def test_what_nobody_said_is_stopped_in_a_mirror(guard: Guard, message: str, mirror: str) -> None:
    assert any("not in the message" in why for why in stops(guard, message, mirror=mirror))


@pytest.mark.parametrize(
    "question",
    [
        "What did they like most about your demo?",
        "What did the board object to?",
        "What changed for them after the accident?",
        "What does their biggest retailer expect?",
        "How many of the six roles are open?",
        "What would Marta say about it?",
        "What made them walk out?",
        "How does the new boss see it?",
        "What would they decide by Friday?",
    ],
)
def test_what_a_question_takes_for_granted_must_be_said(guard: Guard, question: str) -> None:
    found = stops(guard, "Northwind has not answered since the offer", question=question)

    assert any("not in the message" in why for why in found)


@pytest.mark.parametrize(
    "question",
    [
        "What might be taking up their attention right now?",
        "What would make it easy for somebody there to say yes?",
        "How could you find out who has a say in it?",
        "What would they lose if they went ahead?",
        "How does Northwind decide something like this?",
        "What is their biggest worry about a change?",
        "What could they do with the offer in the meantime?",
    ],
)
def test_a_question_may_ask_about_unknowns(guard: Guard, question: str) -> None:
    assert stops(guard, "Northwind has not answered since the offer", question=question) == []


def test_a_thread_counts_as_said(guard: Guard) -> None:
    question = "What did Marta think of the pilot?"

    assert stops(guard, "no answer", question=question)
    assert stops(guard, "no answer", question=question, thread="Marta saw the pilot") == []


@pytest.mark.parametrize(
    "mirror",
    [
        "That's lazy of them.",
        "They are a fair-weather buyer.",
        "They are too comfortable to move.",
        "They took advantage of your good nature.",
        "You gave up on them too early.",
        "You let them walk all over you.",
        "They hear what they want to hear.",
        "They can't be bothered to answer.",
        "People like that never answer.",
        "They do not keep their word.",
        "They have no respect for your time.",
        "They owe you an answer.",
        "They are all the same over there.",
        "It was not a fair thing to do.",
    ],
)
def test_verdicts_without_a_swear_word(guard: Guard, mirror: str) -> None:
    assert stops(guard, "no answer from them since the offer", mirror=mirror)


def test_an_insult_is_not_said_after_the_seller(guard: Guard) -> None:
    """What the seller calls somebody stays the seller's."""
    message = "the buyer is a bean counter, he wants 5% off"

    assert stops(guard, message, mirror="A bean counter wants 5% off.")
    assert stops(guard, message, mirror="The buyer wants 5% off.") == []


@pytest.mark.parametrize(
    ("mirror", "question"),
    [
        ("You should call them today.", QUESTION),
        ("You need to call them today.", QUESTION),
        ("You could call them today.", QUESTION),
        ("Call them today and ask.", QUESTION),
        ("Ask Northwind for a date.", QUESTION),
        ("There is no answer, so don't send more.", QUESTION),
        ("It is time to call them.", QUESTION),
        ("", "What should you ask them?"),
        ("", "How about a call today?"),
        ("", "What if you called them today?"),
        ("", "What would you ask? Try it today."),
    ],
)
def test_orders_and_advice_are_stopped(guard: Guard, mirror: str, question: str) -> None:
    assert stops(guard, "no answer from Northwind", mirror=mirror, question=question)


@pytest.mark.parametrize(
    ("message", "mirror"),
    [
        ("no answer", "There is some entitlement in this."),
        ("they always blame us", "You are blaming them."),
        ("labelling on the vials is off", "This is labelling."),
        ("fixing the leak comes first", "You are in fixing mode."),
        ("no answer", "There is a bias in how you see them."),
    ],
)
def test_trap_names_are_stopped(guard: Guard, message: str, mirror: str) -> None:
    """Also if the message has the word, unless it is about the same thing there."""
    assert any("trap" in why for why in stops(guard, message, mirror=mirror))


@pytest.mark.parametrize("hidden", ["evil.com", "<@U1>", "@here", "#general", "www.x", "(so far)"])
def test_links_and_mentions_are_stopped_though_the_message_has_them(
    guard: Guard, hidden: str
) -> None:
    assert stops(guard, f"no answer {hidden} so far", mirror=f"There is no answer {hidden} so far.")


@pytest.mark.parametrize("name", ["dev", "ours"])
def test_whole_outputs(guard: Guard, name: str) -> None:
    """False stops stay rare, inventions rarer, and what must never pass doesn't."""
    judged = judge(read_outputs(CORPUS / f"{name}.jsonl"), guard, CREDIT)
    good = [one for one in judged if one.output["good"]]
    inventions = [one for one in judged if one.output["why"] == "invention"]
    never = [one for one in judged if one.output["why"] in NEVER]

    assert sum(one.is_miss for one in good) <= MAX_FALSE_STOPS * len(good), report(good)
    assert sum(one.is_miss for one in inventions) <= MAX_INVENTIONS * len(inventions)
    assert not any(one.is_miss for one in never), report(never)


def test_the_report_counts_by_kind_and_shows_each_miss(guard: Guard) -> None:
    outputs = [
        {"message": "no answer", "thread": ["hm"], "mirror": "", "question": QUESTION} | label
        for label in ({"good": True, "why": ""}, {"good": False, "why": "invention"})
    ]
    text = report(judge(outputs, guard, CREDIT))

    assert "false stops: 0 of 1" in text
    assert "false passes, invention: 1 of 1" in text
    assert "before: hm" in text


@pytest.mark.parametrize(
    ("mirror", "question", "left"),
    [
        ("They are weighing the merger.", "What could they tell you this week?", True),
        ("They are weighing it for 11 weeks.", "What could they tell you this week?", False),
        ("They are weighing it.", "What would you say to a lazy buyer this week?", False),
    ],
)
def test_unknown_words_are_left_to_a_second_reading(
    guard: Guard, mirror: str, question: str, left: bool
) -> None:
    """But no number that nobody named, and no verdict."""
    reply = Reply("q", mirror, question, CREDIT)
    message = "still weighing it, no word"

    assert guard.draft_violations(reply, message)
    assert (guard.draft_violations(reply, message, is_read_again=True) == []) is left
