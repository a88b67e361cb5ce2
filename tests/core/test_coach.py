"""The coach is deterministic, asks the least recent question, and presupposes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.coach import ANY_SITUATION, Coach
from bot.core.model import Reply, Trap
from bot.core.playbook_model import Article, Mirror, Playbook, Question
from bot.core.situations import NO_ONE_DEAL, Situation, SituationReading

DAY = 86_400.0
NOW = 1_760_000_000.0
PLAIN = "A text without any situation."
ARTICLES = {"x": Article("x", "Idea from x"), "y": Article("y", "Idea from y")}
SITUATIONS = (
    Situation("silence", ("ghosted", "no answer")),
    Situation("demo", ("demo",)),
    Situation("price", ("discount",)),
)
MIRRORS = (
    Mirror("any", ANY_SITUATION, "Things are as they are."),
    Mirror("silence", "silence", "No answer so far from them."),
    Mirror("demo", "demo", "There is a demo in this."),
)


def question(
    name: str, *, when: str = "", needs: str = "", unless: str = "", article: str = "x"
) -> Question:
    """Return a question; ``when``, ``needs`` and ``unless`` name situations between blanks."""
    first, second, third = (tuple(names.split()) for names in (when, needs, unless))
    return Question(name, f"What of {name}?", article, first, second, third)


def small_coach(
    playbook: Playbook,
    *questions: Question,
    mirrors: tuple[Mirror, ...] = MIRRORS,
    days: float = 30.0,
) -> Coach:
    """Return a coach with a few test texts who repeats nothing within so many days."""
    content = replace(playbook.traps[Trap.BLAME], questions=questions, mirrors=mirrors)
    changed = replace(
        playbook, traps={Trap.BLAME: content}, articles=ARTICLES, situations=SITUATIONS
    )
    return Coach(changed, same_question_days=days)


def chosen_id(
    coach: Coach, text: str = PLAIN, asked: Mapping[str, float] | None = None, key: str = "k"
) -> str | None:
    """Return the id of the question that the coach chooses."""
    reply = coach.choose_reply(
        Trap.BLAME, coach.find_situations(text), asked=asked or {}, now=NOW, key=key
    )
    return reply.question_id if reply else None


@pytest.mark.parametrize(
    ("key", "chosen"),
    [("C1/1760000000.000100", "d"), ("C1/1760000000.000200", "a"), ("C2/1760000000.000100", "a")],
)
def test_the_same_message_gets_the_same_reply(playbook: Playbook, key: str, chosen: str) -> None:
    """Ties are broken by the message alone, not by process, order or chance."""
    questions = [question(n) for n in "abcd"]

    assert chosen_id(small_coach(playbook, *questions), key=key) == chosen
    assert chosen_id(small_coach(playbook, *reversed(questions)), key=key) == chosen


def test_ties_use_every_text_that_fits(playbook: Playbook) -> None:
    """Different messages get different texts, so every question is used."""
    mirrors = tuple(Mirror(f"m{n}", ANY_SITUATION, f"Mirror number {n}.") for n in range(3))
    coach = small_coach(playbook, *(question(n) for n in "abcd"), mirrors=mirrors)
    replies = [
        coach.choose_reply(Trap.BLAME, coach.find_situations(PLAIN), asked={}, now=NOW, key=str(n))
        for n in range(100)
    ]

    assert {r.question_id for r in replies if r} == set("abcd")
    assert {r.mirror for r in replies if r} == {m.text for m in mirrors}


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5"])
def test_the_least_recent_question_comes_first(playbook: Playbook, key: str) -> None:
    """Questions never asked come first, then the one asked longest ago."""
    coach = small_coach(playbook, *(question(n) for n in "abcd"))
    asked = {"a": NOW - 40 * DAY, "b": NOW - 60 * DAY, "c": NOW - 50 * DAY}

    assert chosen_id(coach, asked=asked, key=key) == "d"
    assert chosen_id(coach, asked=asked | {"d": NOW - 31 * DAY}, key=key) == "b"


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
def test_no_question_repeats_too_soon(
    playbook: Playbook, days: float, ago: float, chosen: str | None
) -> None:
    """A question may repeat after the configured days, not earlier; 0 days allow any repeat."""
    content = replace(playbook.traps[Trap.BLAME], questions=(question("a"),), mirrors=MIRRORS)
    changed = replace(playbook, traps={Trap.BLAME: content}, articles=ARTICLES)

    assert chosen_id(Coach(changed, days), asked={"a": NOW - ago}) == chosen


def test_more_phrases_count_in_what_a_seller_asks(playbook: Playbook) -> None:
    """Loose ones that would be wrong in a channel, and any percentage."""
    situations = (
        Situation("price", ("discount",), asked=("n% off", "cheaper")),
        Situation("demo", ("demo",)),
        Situation("lost", ("lost to",)),
    )
    coach = Coach(replace(playbook, situations=situations), same_question_days=30.0)

    assert coach.find_situations("they want 12.5 % off after the demo") == ["demo"]
    for text in ("they want 12.5 % off after the demo", "40% off, no demo", "A CHEAPER demo"):
        assert coach.find_asked_situations(text) == ["price", "demo"]


def test_a_phrase_that_a_model_doubts_counts_in_an_ask(playbook: Playbook) -> None:
    """But for where a deal stands, on which hangs what may be asked at all."""
    situations = (Situation("price", ("discount",)), Situation("lost", ("lost to",)))

    def doubts(text: str, cued: Collection[str]) -> SituationReading:
        return SituationReading(frozenset(), frozenset({"lost"}))

    coach = Coach(replace(playbook, situations=situations), 30.0, doubts)

    assert coach.find_asked_situations("a discount, and we lost to them") == ["price", "lost?"]


def test_without_a_trap_what_is_asked_about_comes_first(playbook: Playbook) -> None:
    """Then what fits anything, and last what is meant for other situations."""
    questions = (
        question("other", when="silence"),
        question("any"),
        question("second", when="demo"),
        question("first", when="price"),
    )
    content = replace(playbook.no_trap, questions=questions)
    coach = Coach(replace(playbook, no_trap=content), same_question_days=30.0)
    asked: dict[str, float] = {}
    for _ in questions:
        found = coach.requested_question(None, ["price", "demo"], asked=asked, now=NOW, key="k")
        asked[found.id] = NOW

    assert list(asked) == ["first", "second", "any", "other"]


def test_no_question_fits(playbook: Playbook) -> None:
    """There is no reply if every question was asked or needs a situation that is missing."""
    coach = small_coach(playbook, question("a"), question("b", needs="silence"))

    assert chosen_id(coach, asked={"a": NOW}) is None
    assert chosen_id(coach, "a demo", asked={"a": NOW}) is None
    assert chosen_id(coach, "They ghosted us", asked={"a": NOW}) == "b"
    assert chosen_id(coach, "They ghosted us", asked={"a": NOW, "b": NOW}) is None


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
def test_needs_requires_one_of_its_situations(playbook: Playbook, text: str, chosen: str) -> None:
    """A question with ``needs`` is asked only if one of these situations is in the message."""
    coach = small_coach(playbook, question("free"), question("tied", needs="silence demo"))

    assert chosen_id(coach, text, asked={"free": NOW - 31 * DAY}) == chosen


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        (PLAIN, "open"),
        ("a discount", "open"),
        ("They ghosted us", "any"),
        ("no answer since the demo", "any"),
        ("the demo", "open"),
    ],
)
def test_unless_rules_a_question_out(playbook: Playbook, text: str, chosen: str) -> None:
    """A question is not asked if a situation that it doesn't fit is in the message."""
    coach = small_coach(playbook, question("any"), question("open", when="demo", unless="silence"))

    assert chosen_id(coach, text, asked={"any": NOW - 31 * DAY}) == chosen
    assert chosen_id(coach, "They ghosted us", asked={"any": NOW}) is None


def test_needs_and_unless_together(playbook: Playbook) -> None:
    """Both conditions hold: one situation is in the message, and the other is not."""
    coach = small_coach(playbook, question("a", needs="demo", unless="silence"))

    assert chosen_id(coach, "the demo") == "a"
    assert chosen_id(coach, "no answer since the demo") is None


def test_fit_counts_more_than_novelty(playbook: Playbook) -> None:
    """A question for the situation beats one that was never asked."""
    coach = small_coach(playbook, question("a"), question("b", when="demo price"))
    asked = {"b": NOW - 31 * DAY}

    assert chosen_id(coach, "after the demo", asked) == "b"
    assert chosen_id(coach, PLAIN, asked) == "a"
    assert chosen_id(coach, "after the demo", {"b": NOW}) == "a"


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
    """Situations follow the playbook's order; the first one with a mirror supplies it."""
    coach = small_coach(playbook, question("a"))
    reply = coach.choose_reply(Trap.BLAME, coach.find_situations(text), asked={}, now=NOW, key="k")

    assert coach.find_situations(text) == situations
    assert reply is not None
    assert reply.mirror == next(m.text for m in MIRRORS if m.id == mirror)


def test_the_credit_belongs_to_the_question(playbook: Playbook) -> None:
    """A reply credits the article that its question comes from."""
    coach = small_coach(playbook, question("a"), question("b", when="demo", article="y"))

    assert coach.choose_reply(
        Trap.BLAME, coach.find_situations("the demo"), asked={}, now=NOW, key="k"
    ) == Reply("b", "There is a demo in this.", "What of b?", "Idea from y", situations=("demo",))


@pytest.mark.parametrize(
    ("mirrors", "text", "words"),
    [
        ((), PLAIN, "What of a?"),
        ((), "They ghosted us.", "What of a?"),
        (MIRRORS[1:], PLAIN, "What of a?"),
        (MIRRORS[1:], "They ghosted us.", "No answer so far from them. What of a?"),
    ],
)
def test_a_question_stands_alone_without_a_mirror(
    playbook: Playbook, mirrors: tuple[Mirror, ...], text: str, words: str
) -> None:
    """If no mirror fits, the reply is the question and nothing before it."""
    coach = small_coach(playbook, question("a"), mirrors=mirrors)
    reply = coach.choose_reply(Trap.BLAME, coach.find_situations(text), asked={}, now=NOW, key="k")

    assert reply is not None
    assert reply.text == words


@pytest.mark.parametrize("trap", Trap)
def test_a_seller_gets_every_question_once(playbook: Playbook, trap: Trap) -> None:
    """In the shipped playbook each question without ``needs`` is asked once, then none is left."""
    coach = Coach(playbook, same_question_days=30.0)
    asked: dict[str, float] = {}
    order: list[str] = []
    while reply := coach.choose_reply(
        trap, coach.find_situations(PLAIN), asked=asked, now=NOW, key=str(len(order))
    ):
        order.append(reply.question_id)
        asked[reply.question_id] = NOW

    assert sorted(order) == sorted(q.id for q in playbook.traps[trap].questions if not q.needs)


@given(data=st.data())
@settings(derandomize=True, deadline=None, max_examples=300)
def test_shipped_texts_presuppose_nothing(playbook: Playbook, data: st.DataObject) -> None:
    """Whatever was asked before, question and mirror name only what the message says."""
    trap = data.draw(st.sampled_from(list(Trap)))
    content = playbook.traps[trap]
    cues = [cue for s in playbook.situations for cue in s.cues]
    text = "; ".join(data.draw(st.lists(st.sampled_from(cues), max_size=3)))
    ids = st.sampled_from([q.id for q in content.questions])
    ago = data.draw(st.dictionaries(ids, st.integers(0, 60 * 86_400)))
    asked = {name: NOW - seconds for name, seconds in ago.items()}
    key = data.draw(st.text(max_size=8))
    coach = Coach(playbook, same_question_days=30.0)
    present = set(coach.find_situations(text))
    fitting = {
        q.id: q
        for q in content.questions
        if (not q.needs or present & set(q.needs))
        and not present & set(q.unless)
        and (
            not present & NO_ONE_DEAL
            or present & NO_ONE_DEAL & set(q.when)
            or not (q.needs or q.unless)
        )
        and ago.get(q.id, 60 * DAY) >= 30 * DAY
    }
    reply = coach.choose_reply(trap, coach.find_situations(text), asked=asked, now=NOW, key=key)

    assert (reply is None) == (not fitting)
    if reply is not None:
        assert reply.question == fitting[reply.question_id].worded(present)
        assert reply.mirror == ""
        again = Coach(playbook, same_question_days=30.0)
        assert (
            again.choose_reply(trap, again.find_situations(text), asked=asked, now=NOW, key=key)
            == reply
        )


def test_who_is_quoted_is_not_silent(playbook: Playbook) -> None:
    """The draft answers what they wrote."""
    coach = Coach(playbook, same_question_days=30.0)
    asked = 'What do I answer to this: "We have decided to postpone the project to next year."'

    assert "silence" not in coach.find_asked_situations(asked)
    assert "silence" in coach.find_asked_situations("They don't answer my mails, what do I write?")


def test_none_comes_back_before_all_that_fit_were_used(playbook: Playbook) -> None:
    """By the seller or in the channel, whatever fits best and however short the wait is."""
    questions = [question("named", when="demo"), *(question(f"any{n}") for n in range(5))]
    coach = small_coach(playbook, *questions, days=0)
    asked: dict[str, float] = {}
    asked_here: dict[str, float] = {}
    order = []
    for n in range(12):
        reply = coach.choose_reply(
            Trap.BLAME,
            ["demo"],
            asked=asked,
            asked_here=asked_here,
            now=NOW + n,
            key=str(n),
        )
        assert reply is not None
        order.append(reply.question_id)
        (asked, asked_here)[n % 2][reply.question_id] = NOW + n

    assert order[0] == "named"
    assert sorted(order[:6]) == sorted(q.id for q in questions)
    assert order[6:] == order[:6]


def test_what_was_asked_in_the_channel_long_ago_is_fresh_again(playbook: Playbook) -> None:
    coach = small_coach(playbook, question("best", when="demo"), question("other"))

    def ask(days_ago: float) -> str:
        reply = coach.choose_reply(
            Trap.BLAME,
            ["demo"],
            asked={},
            asked_here={"best": NOW - days_ago * DAY},
            now=NOW,
            key="k",
        )
        assert reply is not None
        return reply.question_id

    assert (ask(29), ask(31)) == ("other", "best")


def test_a_model_gets_the_ideas_last_that_the_channel_had(playbook: Playbook) -> None:
    coach = small_coach(playbook, question("best", when="demo"), question("other"))

    found = coach.questions_for_model(
        Trap.BLAME, ["demo"], asked={}, asked_here={"best": NOW}, now=NOW, key="k"
    )

    assert [q.id for q in found] == ["other", "best"]
