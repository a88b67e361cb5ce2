"""What a message says outright, what it calls the thing, and the question that follows."""

from __future__ import annotations

import pytest

from bot.core.coach import Coach
from bot.core.model import Trap
from bot.core.playbook_model import Playbook, Question
from bot.core.situations import Situation, SituationReading
from bot.core.told_situations import ToldSituations


@pytest.fixture
def coach(playbook: Playbook) -> Coach:
    """A coach that has the phrases alone."""
    return Coach(playbook, 30.0)


GROUP = Situation(
    "group",
    told=("(the|their|that) {it}",),
    unless=("our {it}",),
    names={"the board": "board|board members", "the committee": "committee"},
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Their board can't decide.", {"group": ["group:the board"]}),
        ("That BOARD, and the board members.", {"group": ["group:the board"]}),
        ("The board waits for the committee.", {"group": []}),
        ("They are bored.", {}),
        ("Our board and the board of theirs.", {}),
    ],
)
def test_a_name_is_known_if_there_is_one(text: str, found: dict[str, list[str]]) -> None:
    """Of two names nobody knows which is meant; some words speak against it."""
    assert ToldSituations([GROUP]).read(text) == found


def test_a_pattern_needs_the_names_that_it_speaks_of() -> None:
    with pytest.raises(ValueError, match="no names"):
        ToldSituations([Situation("group", told=("the {it}",))])


@pytest.mark.parametrize(
    ("situations", "text"),
    [
        (["group", "group:the board"], "What did the board say yes to last?"),
        (["group"], "What did they say yes to last?"),
        (["role", "role:the owner"], "What did they say yes to last?"),
    ],
)
def test_a_question_has_the_noun_of_the_message(situations: list[str], text: str) -> None:
    question = Question("q", "What did they say yes to last?", "x", needs=("group",), slot="they")

    assert question.worded(situations) == text


SAID = [
    (Trap.BLAME, "Never shipped. They never sent the photos.", "the photos"),
    (Trap.BLAME, "that committee never gets anything done", "the committee"),
    (Trap.BLAME, "Their IT department is where this project sits.", "the IT people"),
    (Trap.FIXING, "They need to get off those paper logbooks.", "paper"),
    (Trap.FIXING, "Twelve sites still on Excel, that has to end.", "the spreadsheets"),
    (Trap.ENTITLEMENT, "After all that work they owe us a reference.", "reference"),
    (Trap.LABELLING, "The architect is so full of himself.", "him"),
    (Trap.FUTURE_PITCHING, "No idea why they hesitate. I'll send the deck again.", "deck"),
]


@pytest.mark.parametrize(("trap", "text", "noun"), SAID)
def test_a_message_is_asked_about_in_its_own_words(
    coach: Coach, trap: Trap, text: str, noun: str
) -> None:
    """In some question about it; the first that fit may be about something else in it."""
    situations = coach.find_situations(text)
    asked: dict[str, float] = {}
    questions = []
    while question := coach.next_question(trap, situations, asked=asked, now=0.0, key="k"):
        questions.append(question.text)
        asked[question.id] = 0.0

    assert any(noun in text for text in questions)
    assert not any("[" in text or "{" in text for text in questions)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not a serious buyer, he only wants a free pen test", "not_serious"),
        ("cheapskates, and haggling over two training days", "haggling"),
        ("total control freak, he finds something wrong every time", "hard_to_please"),
        ("spineless, nobody there has the guts to sign", "no_courage"),
        ("he's two-faced, you can't trust a word", "no_trust"),
        ("arrogant, and rude on the phone", "hard_to_take"),
        ("no clue about anything, amateurs", "does_not_know"),
        ("too lazy to open the link", "no_effort"),
        ("they can't get their act together over there", "disorder"),
        ("they keep changing the brief", "changes"),
        ("drove four hours and he wasn't even there", "no_show"),
        ("they could at least answer an email", "silence"),
        ("they promised me the order over dinner", "promise"),
        ("twelve years we carried them, where is the loyalty", "long_time"),
        ("and now they put it out to tender", "bidding"),
        ("not even a thank you after that launch", "no_thanks_given"),
        ("we did the whole audit for free", "for_free"),
        ("I cut the price twice for them", "concession"),
        ("somebody has to make them see it", "telling_them"),
        ("I keep telling him, he keeps nodding", "said_before"),
        ("they have to move everything to the cloud", "going_digital"),
        ("cheap hosting is killing their sales", "saves_pennies"),
        ("I'll send them the video tonight", "showing"),
        ("sending the deck a third time, that third deck has it all", "shown_before"),
        ("knocking another 5% off", "coming_down"),
        ("the whole room said wow", "liked_it"),
        ("they say not this year", "not_now"),
        ("they still want to think about it", "thinking_it_over"),
        ("it pays for itself in five months", "adds_up"),
        ("it's a no-brainer", "should_be_easy"),
        ("they sit on the contract and nothing moves", "waiting_on_them"),
        ("we did everything right", "our_part_done"),
        ("nothing we could have done", "nothing_left"),
        ("they can't agree on a color", "undecided"),
        ("They never read anything we send them, do they", "reads_nothing"),
        ("nobody there opens my mails", "reads_nothing"),
        ("They're cheap. We should stop quoting them.", "cut_them_off"),
        ("I'm done with these people", "cut_them_off"),
        ("their buyer is a lazy liar", "bad_character"),
        ("spineless, they hide behind procurement", "bad_character"),
    ],
)
def test_what_is_said_outright_is_certain(coach: Coach, text: str, told: str) -> None:
    assert told in coach.find_situations(text)


@pytest.mark.parametrize(
    ("text", "not_told"),
    [
        ("put it on the board as lost please", "group"),
        ("our CFO wants a better margin on this", "role"),
        ("our legal still has the contract", "unit"),
        ("we have no clue what they want", "does_not_know"),
        ("they have to change the way they plan", "changes"),
        ("I promised the customer a date", "promise"),
        ("next week is our design review", "favor_back"),
        ("the three year contract is with them", "long_time"),
        ("no thanks, they said", "no_thanks_given"),
        ("she wants a discount again", "concession"),
        ("the white paper is out", "their_way"),
        ("they'll love the dashboard once it is live", "liked_it"),
        ("let us know when it is done", "take_ours"),
        ("they let us wait again", "take_ours"),
        ("somebody has to get it through to them", "staffing"),
        ("I haven't read it yet", "reads_nothing"),
        ("drop them a line on Monday", "cut_them_off"),
        ("I'm done with them by noon", "cut_them_off"),
        ("that was a useless demo and I felt useless", "bad_character"),
    ],
)
def test_what_only_looks_like_it_is_not(coach: Coach, text: str, not_told: str) -> None:
    assert not_told not in coach.find_situations(text)


@pytest.mark.parametrize(
    ("text", "told", "trap"),
    [
        ("They're cheap, always were. We should stop quoting them.", "cut_them_off", "labelling"),
        ("They never read anything we send them, do they", "reads_nothing", "blame"),
        ("Their buyer is a lazy liar, useless", "bad_character", "labelling"),
        ("Spineless people, they hide behind procurement, cowards", "bad_character", "labelling"),
        ("Spineless people, they hide behind procurement, cowards", "bad_character", "blame"),
    ],
)
def test_the_plainest_thing_in_a_message_is_asked_about(
    coach: Coach, text: str, told: str, trap: str
) -> None:
    """Whoever only insults or gives up was asked for a date, or who signs what."""
    for key in "abcdefgh":
        question = coach.next_question(
            Trap(trap), coach.find_situations(text), asked={}, now=0.0, key=key
        )

        assert question is not None
        assert told in question.needs


def test_no_model_is_asked_about_what_is_said_outright(playbook: Playbook) -> None:
    """A reader that finds nothing takes nothing away, and puts nothing of it in doubt."""

    def nothing(text: str, cued: object) -> SituationReading:
        return SituationReading(frozenset(), frozenset({"bidding"}))

    found = Coach(playbook, 30.0, nothing).find_situations("They put it out to tender.")

    assert "bidding" in found
    assert "bidding?" not in found


def test_of_two_things_the_one_whose_best_question_stands_first(coach: Coach) -> None:
    """What the question presupposes counts more than whom the message speaks of."""
    situations = coach.find_situations("He is a tire kicker, he never read a thing.")
    asked: dict[str, float] = {}
    needs = []
    for _ in range(2):
        question = coach.next_question(Trap.LABELLING, situations, asked=asked, now=0.0, key="k")
        assert question is not None
        needs.append(question.needs)
        asked[question.id] = 0.0

    assert {"not_serious", "one_person"} <= set(situations)
    assert needs == [("not_serious",)] * 2
