"""Which words fit: steady, least recently asked, and never presupposing what is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.coach import ANY, Coach
from bot.core.model import Reply, Trap
from bot.core.words import Article, Mirror, Playbook, Question, Situation

DAY = 86_400.0
NOW = 1_760_000_000.0
PLAIN = "Nothing that any situation knows."
ARTICLES = {"x": Article("x", "Idea from x"), "y": Article("y", "Idea from y")}
SITUATIONS = (
    Situation("silence", ("ghosted", "no answer")),
    Situation("demo", ("demo",)),
    Situation("price", ("discount",)),
)
MIRRORS = (
    Mirror("any", ANY, "Things are as they are."),
    Mirror("silence", "silence", "No answer so far from them."),
    Mirror("demo", "demo", "There is a demo in this."),
)


def question(name: str, *, when: str = "", needs: str = "", article: str = "x") -> Question:
    """A question; ``when`` and ``needs`` name situations, with blanks between."""
    return Question(name, f"What of {name}?", article, tuple(when.split()), tuple(needs.split()))


def small(playbook: Playbook, *questions: Question, mirrors: tuple[Mirror, ...] = MIRRORS) -> Coach:
    """A coach with a handful of words of our own, who repeats nothing within 30 days."""
    words = replace(playbook.traps[Trap.BLAME], questions=questions, mirrors=mirrors)
    own = replace(playbook, traps={Trap.BLAME: words}, articles=ARTICLES, situations=SITUATIONS)
    return Coach(own, same_question_days=30.0)


def asks(
    coach: Coach, text: str = PLAIN, asked: Mapping[str, float] | None = None, key: str = "k"
) -> str | None:
    """The id of the question that the coach chooses."""
    reply = coach.choose(Trap.BLAME, text, asked=asked or {}, now=NOW, key=key)
    return reply.question_id if reply else None


@pytest.mark.parametrize(
    ("key", "chosen"),
    [("C1/1760000000.000100", "d"), ("C1/1760000000.000200", "a"), ("C2/1760000000.000100", "a")],
)
def test_the_same_message_gets_the_same_words_anywhere(
    playbook: Playbook, key: str, chosen: str
) -> None:
    """What settles a tie depends on the message alone, not on process, order or chance."""
    questions = [question(n) for n in "abcd"]

    assert asks(small(playbook, *questions), key=key) == chosen
    assert asks(small(playbook, *reversed(questions)), key=key) == chosen


def test_ties_are_spread_over_all_that_fits(playbook: Playbook) -> None:
    """Different messages get different words, so that no question is left over."""
    mirrors = tuple(Mirror(f"m{n}", ANY, f"Mirror number {n}.") for n in range(3))
    coach = small(playbook, *(question(n) for n in "abcd"), mirrors=mirrors)
    replies = [coach.choose(Trap.BLAME, PLAIN, asked={}, now=NOW, key=str(n)) for n in range(100)]

    assert {r.question_id for r in replies if r} == set("abcd")
    assert {r.mirror for r in replies if r} == {m.text for m in mirrors}


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5"])
def test_the_least_recently_asked_goes_first(playbook: Playbook, key: str) -> None:
    """A question never asked goes before any that was, and the longest unasked before the rest."""
    coach = small(playbook, *(question(n) for n in "abcd"))
    asked = {"a": NOW - 40 * DAY, "b": NOW - 60 * DAY, "c": NOW - 50 * DAY}

    assert asks(coach, asked=asked, key=key) == "d"
    assert asks(coach, asked=asked | {"d": NOW - 31 * DAY}, key=key) == "b"


@pytest.mark.parametrize(
    ("days", "ago", "chosen"),
    [
        (30.0, 0.0, None),
        (30.0, 30 * DAY - 1, None),
        (30.0, 30 * DAY, "a"),
        (0.5, DAY / 2 - 1, None),
        (0.5, DAY / 2, "a"),
        (0.0, 0.0, "a"),
    ],
)
def test_no_question_twice_within_the_span(
    playbook: Playbook, days: float, ago: float, chosen: str | None
) -> None:
    """A question comes again once its span is over, not before; a span of 0 holds nothing back."""
    words = replace(playbook.traps[Trap.BLAME], questions=(question("a"),), mirrors=MIRRORS)
    own = replace(playbook, traps={Trap.BLAME: words}, articles=ARTICLES)

    assert asks(Coach(own, days), asked={"a": NOW - ago}) == chosen


def test_nothing_fits(playbook: Playbook) -> None:
    """Where all that fits was asked, or needs what is not there, the coach has no words."""
    coach = small(playbook, question("a"), question("b", needs="silence"))

    assert asks(coach, asked={"a": NOW}) is None
    assert asks(coach, "a demo", asked={"a": NOW}) is None
    assert asks(coach, "They ghosted us", asked={"a": NOW}) == "b"
    assert asks(coach, "They ghosted us", asked={"a": NOW, "b": NOW}) is None


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        (PLAIN, "free"),
        ("a discount", "free"),
        ("They ghosted us", "tied"),
        ("the demo", "tied"),
        ("no answer since the demo", "tied"),
    ],
)
def test_needs_asks_for_one_of_its_situations(playbook: Playbook, text: str, chosen: str) -> None:
    """A question that needs situations is asked only where one of them is in the message."""
    coach = small(playbook, question("free"), question("tied", needs="silence demo"))

    assert asks(coach, text, asked={"free": NOW - 31 * DAY}) == chosen


def test_what_fits_best_goes_before_what_was_not_asked(playbook: Playbook) -> None:
    """A question made for the situation is preferred, even to one that was never asked."""
    coach = small(playbook, question("a"), question("b", when="demo price"))
    asked = {"b": NOW - 31 * DAY}

    assert asks(coach, "after the demo", asked) == "b"
    assert asks(coach, PLAIN, asked) == "a"
    assert asks(coach, "after the demo", {"b": NOW}) == "a"


@pytest.mark.parametrize(
    ("text", "situations", "mirror"),
    [
        (PLAIN, [], "any"),
        ("They ghosted us after the demo.", ["silence", "demo"], "silence"),
        ("After the demo they ghosted us.", ["silence", "demo"], "silence"),
        ("A demo and a discount.", ["demo", "price"], "demo"),
        ("A discount.", ["price"], "any"),
        ("A discount, a demo, no answer.", ["silence", "demo", "price"], "silence"),
        ("A democracy of ghosts.", [], "any"),
    ],
)
def test_situations_in_order_of_priority(
    playbook: Playbook, text: str, situations: list[str], mirror: str
) -> None:
    """Situations come in the playbook's order, and the first with a mirror gives the mirror."""
    coach = small(playbook, question("a"))
    reply = coach.choose(Trap.BLAME, text, asked={}, now=NOW, key="k")

    assert coach.situations(text) == situations
    assert reply is not None
    assert reply.mirror == next(m.text for m in MIRRORS if m.id == mirror)


def test_the_credit_is_that_of_the_question(playbook: Playbook) -> None:
    """A reply carries the credit of the article that its own question comes from."""
    coach = small(playbook, question("a"), question("b", when="demo", article="y"))

    assert coach.choose(Trap.BLAME, "the demo", asked={}, now=NOW, key="k") == Reply(
        "b", "There is a demo in this.", "What of b?", "Idea from y", scenes=("demo",)
    )


def test_a_playbook_without_any_mirror_is_an_error(playbook: Playbook) -> None:
    """Words that hold no mirror for the message are a fault, not a reply without one."""
    coach = small(playbook, question("a"), mirrors=MIRRORS[1:])

    with pytest.raises(LookupError):
        asks(coach)


@pytest.mark.parametrize("trap", Trap)
def test_a_seller_is_asked_all_that_fits_once(playbook: Playbook, trap: Trap) -> None:
    """On the shipped words, each question that needs nothing is asked once, and then no more."""
    coach = Coach(playbook, same_question_days=30.0)
    asked: dict[str, float] = {}
    order: list[str] = []
    while reply := coach.choose(trap, PLAIN, asked=asked, now=NOW, key=str(len(order))):
        order.append(reply.question_id)
        asked[reply.question_id] = NOW

    assert sorted(order) == sorted(q.id for q in playbook.traps[trap].questions if not q.needs)


@given(data=st.data())
@settings(derandomize=True, deadline=None, max_examples=300)
def test_the_shipped_words_presuppose_nothing(playbook: Playbook, data: st.DataObject) -> None:
    """Whatever was asked before, question and mirror only name what the message holds."""
    trap = data.draw(st.sampled_from(list(Trap)))
    words = playbook.traps[trap]
    cues = [cue for s in playbook.situations for cue in s.cues]
    text = "; ".join(data.draw(st.lists(st.sampled_from(cues), max_size=3)))
    ids = st.sampled_from([q.id for q in words.questions])
    ago = data.draw(st.dictionaries(ids, st.integers(0, 60 * 86_400)))
    asked = {name: NOW - seconds for name, seconds in ago.items()}
    key = data.draw(st.text(max_size=8))
    coach = Coach(playbook, same_question_days=30.0)
    held = set(coach.situations(text))
    fitting = {
        q.id: q
        for q in words.questions
        if (not q.needs or held & set(q.needs)) and ago.get(q.id, 60 * DAY) >= 30 * DAY
    }
    reply = coach.choose(trap, text, asked=asked, now=NOW, key=key)

    assert (reply is None) == (not fitting)
    if reply is not None:
        assert reply.question == fitting[reply.question_id].text
        assert reply.mirror in {m.text for m in words.mirrors if m.when in held | {ANY}}
        again = Coach(playbook, same_question_days=30.0)
        assert again.choose(trap, text, asked=asked, now=NOW, key=key) == reply
