"""Which play an ask gets: the one that a reader is certain of, else one of its situations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.core.advice import Advice, build_advice
from bot.core.coach import Coach
from bot.core.intents import Intent
from bot.core.model import Trap
from bot.core.playbook_model import Play, Playbook
from bot.core.plays import PlayChoice, PlayReading, Plays


def play(name: str, *when: str) -> Play:
    return Play(name, when, f"reply of {name}", ("A?", "B?", "C?"), "s", "d", "o", "p", "n")


PRICE, QUIET, ANY = play("price", "price", "budget"), play("quiet", "silence"), play("any")


def reads(certain: str | None, *close: str, torn: str | None = None) -> Plays:
    """Return what chooses, with a reader that always says the same."""
    return Plays([PRICE, QUIET, ANY], lambda text: PlayReading(certain, torn, close))


def test_a_certain_reader_decides() -> None:
    choice = reads("quiet", "quiet", "price").choose("no word for weeks", ["price"])

    assert choice == PlayChoice(QUIET, is_certain=True, close=(QUIET, PRICE))


@pytest.mark.parametrize(
    ("situations", "expected"),
    [(["silence", "price"], QUIET), (["demo", "budget"], PRICE), (["lost?"], ANY), ([], ANY)],
)
def test_situations_stand_in(situations: Sequence[str], expected: Play) -> None:
    """In the order of the ask, and without a reply: nobody is certain."""
    choice = Plays([PRICE, QUIET, ANY]).choose("hm", situations)

    assert choice == PlayChoice(expected, is_certain=False)


@pytest.mark.parametrize(
    ("situations", "expected"),
    [
        (["price", "silence"], QUIET),  # a situation and the second nearest agree
        (["price"], ANY),  # they don't: each alone is wrong more often than right
        ([], ANY),
    ],
)
def test_an_unsure_reader_and_a_situation_must_agree(
    situations: Sequence[str], expected: Play
) -> None:
    assert reads(None, "any", "quiet").choose("hm", situations).play == expected


def test_the_best_of_two_stands_in() -> None:
    """A reader that is torn is right two times in three; what agrees comes before it."""
    plays = reads(None, "any", "quiet", torn="price")

    assert plays.choose("hm", []) == PlayChoice(PRICE, close=(ANY, QUIET))
    assert plays.choose("hm", ["silence"]).play == QUIET


SHOWN = replace(QUIET, surely=("no answer",), unless=("last *",), despite=("demo",))
DEMO = replace(play("demo", "demo", "meeting"), surely=("bad demo",))


@pytest.mark.parametrize(
    ("text", "situations", "is_shown"),
    [
        ("no answer for weeks", ["silence"], True),
        ("no answer for weeks", ["silence", "demo", "lost?"], True),  # despite, and in doubt
        ("no answer for weeks", ["silence", "price"], False),  # what shows another play
        ("no answer to my last mail", [], False),
        ("no answer after a bad demo", [], False),  # two are shown
        ("no answer " + "and so on " * 12, [], False),  # too long for one phrase
        ("an answer", ["silence"], False),
    ],
)
def test_a_phrase_shows_a_play_whatever_the_reader_makes_of_it(
    text: str, situations: Sequence[str], is_shown: bool
) -> None:
    plays = Plays([PRICE, SHOWN, DEMO, ANY], lambda text: PlayReading("price", None, ("price",)))
    choice = plays.choose(text, situations)

    if is_shown:
        assert choice == PlayChoice(SHOWN, is_certain=True, close=(SHOWN, PRICE))
    else:
        assert choice == PlayChoice(PRICE, is_certain=True, close=(PRICE,))


def test_without_a_reader_and_with_one_of_other_plays() -> None:
    """A team may have left a play out that the reader has learned."""
    assert Plays([PRICE, ANY]).choose("hm", ["price"]) == PlayChoice(PRICE)
    assert reads("demo", "demo").choose("hm", []) == PlayChoice(ANY)


@pytest.fixture(scope="module")
def coach(playbook: Playbook) -> Coach:
    return Coach(playbook, same_question_days=90)


def advice(coach: Coach, trap: Trap | None, intent: Intent, *, is_certain: bool) -> Advice:
    choice = PlayChoice(PRICE, is_certain=is_certain)
    return build_advice(coach, trap, ["price"], choice, asked={}, now=0, key="k", intent=intent)


def test_a_deal_gets_the_play(coach: Coach) -> None:
    """What to do, what to ask the customer, one step; and nothing to ask oneself."""
    found = advice(coach, None, Intent.DEAL, is_certain=True)

    assert (found.reply, found.customer_questions) == (PRICE.reply, PRICE.questions)
    assert found.next_step == PRICE.next_step
    assert not found.questions
    assert not found.draft


def test_a_trap_comes_first(coach: Coach, playbook: Playbook) -> None:
    """What stands out, and questions that help out of it; the step is that of the play."""
    found = advice(coach, Trap.BLAME, Intent.DEAL, is_certain=True)

    assert found.observation == playbook.traps[Trap.BLAME].observation
    assert {q in playbook.traps[Trap.BLAME].questions for q in found.questions} == {True}
    assert found.next_step == PRICE.next_step
    assert not found.reply


def test_without_certainty_no_reply_and_two_questions(coach: Coach) -> None:
    found = advice(coach, None, Intent.DEAL, is_certain=False)

    assert not found.reply
    assert not found.customer_questions
    assert len(found.questions) == 2
    assert found.next_step == PRICE.next_step


@pytest.mark.parametrize("is_certain", [True, False])
def test_what_was_asked_for_comes_from_the_play(coach: Coach, is_certain: bool) -> None:
    """A draft, a plan, a sentence, and no questions of ours, which nobody asked for."""
    email = advice(coach, None, Intent.EMAIL, is_certain=is_certain)
    call = advice(coach, None, Intent.CALL, is_certain=is_certain)
    reword = advice(coach, None, Intent.REWORD, is_certain=is_certain)

    assert email.draft == PRICE.draft
    assert (call.reply, call.opening) == (PRICE.plan, PRICE.opening)
    assert call.customer_questions == PRICE.questions
    assert reword.fill_in_sentence == PRICE.say
    assert not any(each.questions for each in (email, call, reword))


@pytest.mark.parametrize("is_certain", [True, False])
def test_a_trap_is_asked_about_beside_a_draft(coach: Coach, is_certain: bool) -> None:
    counts = [
        len(advice(coach, Trap.BLAME, intent, is_certain=is_certain).questions)
        for intent in (Intent.EMAIL, Intent.CALL, Intent.REWORD)
    ]

    assert counts == [2, 1, 1]
