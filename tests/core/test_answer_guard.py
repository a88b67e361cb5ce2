"""What a model answers to an ask is shown only if it keeps every rule that its language allows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.answer_guard import AnswerGuard
from bot.core.guard import has_link_or_mention
from bot.core.intents import Intent
from bot.core.llm_answer import AnswerKind, LlmAnswer
from bot.core.playbook_model import Playbook
from bot.core.policy import AnswerLengths

ASK = (
    "Write to Kofi at Northwind: he said the demo was fine, no answer since Tuesday, 3 mails. The "
    "price is 40k. They're cheap, honestly."
)
GOOD = LlmAnswer(
    kind=AnswerKind.COACH,
    idea="constraint",
    questions=(
        "What still has to be settled before you can decide?",
        "Who else looks at the 40k, and what will they ask?",
    ),
    draft="Hi Kofi,\nYou said the demo was fine, and it has been quiet since Tuesday.\nIf it's off "
    "the table, a one-word no helps me plan. If not, would 15 minutes on ___ work?\nBest,\n___",
    next_step="You could ask somebody else at Northwind who decides.",
)
GERMAN_ASK = "Kofi von Northwind antwortet seit Dienstag nicht, 3 Mails. Was frage ich ihn?"
GERMAN = LlmAnswer(
    kind=AnswerKind.COACH,
    idea="constraint",
    questions=("Was muss bei Ihnen noch geklärt sein?", "Wer entscheidet am Ende mit?"),
    next_step="Frag Kofi, wer das Angebot gerade auf dem Tisch hat.",
)


def _language_of(text: str) -> str:
    """Tell the three languages of this file apart."""
    if "¿" in text:
        return "es"
    return "de" if "ä" in text or "Frag" in text else "en"


@pytest.fixture
def guard(playbook: Playbook) -> AnswerGuard:
    return AnswerGuard(playbook.rubric, playbook.free_words, AnswerLengths(), _language_of)


def test_a_good_answer_passes(guard: AnswerGuard) -> None:
    assert guard.violations(GOOD, ASK, Intent.EMAIL) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"questions": tuple(f"What would {'you ' * n}see?" for n in range(1, 7))},
        {"reply": "word " * (AnswerLengths().reply_words + 1)},
        {"questions": (), "draft": "", "next_step": "Ask somebody else there."},
        {"questions": (GOOD.questions[0],) * 2},
        {"questions": (GOOD.questions[0], "Tell me who decides.")},
        {"questions": (GOOD.questions[0], "Who decides? When?")},
        {"questions": (GOOD.questions[0], f"What {'really ' * 40}matters?")},
        {"draft": ""},
        {"draft": "word " * 200},
        {"draft": "a\n" * 30},
        {"questions": (), "draft": "", "next_step": ""},
        {"next_step": "word " * 60},
        {"next_step": "Ask.\nAsk again."},
    ],
)
def test_the_shape(guard: AnswerGuard, changes: dict[str, object]) -> None:
    assert guard.violations(replace(GOOD, **changes), ASK, Intent.EMAIL)  # type: ignore[arg-type]


TWO_SENTENCES = "Ask what the demo left open. Then wait for the answer."


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"reply": TWO_SENTENCES}, {"reply": TWO_SENTENCES}),
        (
            {"reply": "Ask what is open. I would ask Maria. Then wait.\nKeep it short."},
            {"reply": "Ask what is open. Then wait.\nKeep it short."},
        ),
        ({"reply": TWO_SENTENCES, "next_step": "Ask Maria."}, {"next_step": ""}),
        (
            {"questions": (*GOOD.questions, "What does Maria say?")},
            {"questions": GOOD.questions},
        ),
    ],
)
def test_what_breaks_a_rule_is_left_out(
    guard: AnswerGuard, changes: dict[str, object], left: dict[str, object]
) -> None:
    answer = replace(GOOD, **changes)  # type: ignore[arg-type]
    expected = replace(answer, **left)  # type: ignore[arg-type]

    assert guard.sound(answer, ASK, Intent.EMAIL) == expected
    assert guard.violations(expected, ASK, Intent.EMAIL) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"reply": "I would ask Maria. He wants 50k. Then Anna signs for 60k. Ask him."},
        {"reply": "See <https://evil.example|this>. Ask Kofi what is open."},
        {"draft": "Hi Maria,\nwhat is open?"},
        {"reply": "word " * (AnswerLengths().reply_words + 1)},
    ],
)
def test_nothing_is_shown_if_too_much_breaks_a_rule(
    guard: AnswerGuard, changes: dict[str, object]
) -> None:
    answer = replace(GOOD, **changes)  # type: ignore[arg-type]

    assert guard.sound(answer, ASK, Intent.EMAIL) is None


@pytest.mark.parametrize(
    "reply",
    [
        "Ask for the reason. I would tell her that Acme signed. That is the wrong move.",
        "You have two ways. I would wait until Friday. The other is a lower price.",
        "Do you tell him that Anna decides? No. It is his call, so I would ask Maria.",
        "Never write this: I would ask Maria. It works every time.",
        "Talk to his boss, e.g. Maria from the board. Keep it short. Ask Anna. Ask Bob. Ask Cleo. "
        "Ask Dan.",
    ],
)
def test_no_sentence_is_left_that_hangs_on_another(guard: AnswerGuard, reply: str) -> None:
    """Without what it points back to it might say the opposite."""
    answer = replace(GOOD, reply=reply)

    assert guard.sound(answer, ASK, Intent.EMAIL) is None


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("If she waits: I would ask Maria. Call on the day.", ""),
        ("If she waits: I would ask Maria.", ""),
        ("If Maria waits: Call on the day.", ""),
        ("If she waits: Call on the day.", "If she waits: Call on the day."),
        (
            "Minutes 0 to 3: Say where it stood.\nThen: Ask Maria.",
            "Minutes 0 to 3: Say where it stood.",
        ),
    ],
)
def test_a_move_is_shown_whole_or_not(guard: AnswerGuard, line: str, left: str) -> None:
    """Without "if she waits" the rest would hold in any case, and without the words to say it would
    lead nowhere."""
    sound = guard.sound(replace(GOOD, reply=f"Ask what is open.\n{line}"), ASK, Intent.EMAIL)

    assert sound
    assert sound.reply == f"Ask what is open.\n{left}".rstrip()


def test_the_first_paragraph_has_no_lead(guard: AnswerGuard) -> None:
    """It is the answer itself; what is wrong before its colon is one sentence with the rest."""
    reply = "One thing about Maria: she decides. Ask what is open."

    assert guard.sound(replace(GOOD, reply=reply), ASK, Intent.EMAIL) == replace(
        GOOD, reply="Ask what is open."
    )


def test_no_draft_is_announced_that_is_left_out(guard: AnswerGuard) -> None:
    answer = replace(GOOD, draft="Hi, I hear that Maria decides now.")
    for reply, is_shown in (
        ("Here is a message that you can send:", False),
        ("Ask what the demo left open.", True),
    ):
        shown = guard.sound(replace(answer, reply=reply), ASK, Intent.DEAL)

        assert (shown is not None) is is_shown


@pytest.mark.parametrize(
    "draft",
    [
        "Hello, please don't waste anybody's time and answer my offer.",
        "Nobody wastes time like you.",
        "You like to hear what you want to hear, so here is my offer again.",
        "I ask because people like you never answer an offer.",
    ],
)
def test_no_verdict_passes_as_one_on_the_own_side(guard: AnswerGuard, draft: str) -> None:
    assert guard.violations(replace(GOOD, draft=draft), ASK, Intent.EMAIL)


@pytest.mark.parametrize(
    "draft",
    [
        "I don't want to waste your time. Have we let you down somewhere?",
        "I'd rather hear what you want to change.",
        "If you didn't get my email, tell me.",
    ],
)
def test_what_the_seller_says_of_the_own_side_is_no_verdict(guard: AnswerGuard, draft: str) -> None:
    assert guard.violations(replace(GOOD, draft=draft), ASK, Intent.EMAIL) == []


def test_a_quoted_name_is_a_name(guard: AnswerGuard) -> None:
    answer = replace(GOOD, reply='Their board may prefer "Salesforce" to your offer.')

    assert guard.violations(answer, ASK, Intent.EMAIL)


@pytest.mark.parametrize(
    "words",
    [
        "Ask <!channel> about it.",
        "See https://evil.example for more.",
        "See evil.example for more.",
        "Ask <@U123> about it.",
        "Ask #deals about it.",
        "Ask them now!",
        "Ask them :fire: now.",
        "Ask them \U0001f525 now.",
        "Ask *them* about it.",
        "Ask them `now`.",
        "Ask \u202ethem about it.",
        "Ask the person at [email] about it.",
        "Ask Maria about it.",
        "Ask them about the 25 seats.",
        "Ask them about the 17% that they save.",
        "Ask them about the two weeks of silence.",
        "Ask them on Friday about it.",
        "Ask them what changed in March\u2019s and in october.",
        "You must ask them about it.",
        "You need to ask them about it.",
        "You should ask them about it.",
        "They are lazy, so ask somebody else.",
        "You are not serious about it.",
        "You waste our time with it.",
        "Ask why they are so unreliable.",
        "Ask before two other customers do.",
        "Drop the blame and ask them about it.",
        "Leave your mindset behind and ask them.",
        "It's their own fault, so ask them.",
    ],
)
def test_no_field_breaks_a_rule(guard: AnswerGuard, words: str) -> None:
    """Invention, markup, orders and verdicts are stopped in the draft and in the next step."""
    assert guard.violations(replace(GOOD, next_step=words), ASK, Intent.EMAIL)
    assert guard.violations(replace(GOOD, reply=words), ASK, Intent.EMAIL)
    if "fault" not in words:  # in words to a customer it can be a fact: "that was our fault"
        draft = f"Hi Kofi,\n{words}\nBest,\n___"
        assert guard.violations(replace(GOOD, draft=draft), ASK, Intent.EMAIL)


@pytest.mark.parametrize(
    "words",
    ["Great job so far, now ask who decides.", "You feel hurt, so ask somebody else."],
)
def test_no_pat_on_the_back(guard: AnswerGuard, words: str) -> None:
    """In what is said to the seller; a customer may be thanked."""
    assert guard.violations(replace(GOOD, next_step=words), ASK, Intent.EMAIL)
    assert guard.violations(replace(GOOD, reply=words), ASK, Intent.EMAIL)


@pytest.mark.parametrize(
    "reply",
    [
        "Hard to tell; as a rule a buyer who asks for more time has somebody to convince.",
        "I'd hold the price back until you know what they compare it with.",
        "A flat no is too much here; give them an easy way out, not an excuse.",
        "More likely a good sign: people who don't plan to buy seldom ask for papers.",
        "Going over his head now would cost you him, and asking what they could owe is fair.",
        "To the director: “How would you want this shown so you can count it?”",
        "The real problem is a number, so days of work get wasted on the wording.",
        "To the delivery head: “I should have come to you first.”",
    ],
)
def test_a_reply_may_say_how_such_things_go(guard: AnswerGuard, reply: str) -> None:
    answer = replace(GOOD, reply=reply)

    assert guard.violations(answer, ASK, Intent.EMAIL) == []
    assert guard.unread_violations(answer.without_reply(), ASK) == []


def test_a_draft_needs_neither_questions_nor_a_step(guard: AnswerGuard) -> None:
    answer = replace(GOOD, questions=(), next_step="")

    assert guard.violations(answer, ASK, Intent.EMAIL) == []


def test_a_soft_word_about_a_thing_may_be_said_to_a_customer(guard: AnswerGuard) -> None:
    questions = (
        "What went wrong with the demo, or was not good enough?",
        "What is difficult about the 40k, and what made you ask for the demo?",
    )

    assert guard.violations(replace(GOOD, questions=questions), ASK, Intent.EMAIL) == []


@pytest.mark.parametrize(
    "draft",
    [
        "Hi Kofi,\nIs it still on?\nBest,\nJohn",
        "Hi Maria,\nIs it still on?",
        "On ___ Maria called.",
    ],
)
def test_names_around_a_blank_and_below_a_letter(guard: AnswerGuard, draft: str) -> None:
    assert guard.violations(replace(GOOD, draft=draft), ASK, Intent.EMAIL)


@pytest.mark.parametrize(
    "words",
    [
        "You could ask Kofi on Tuesday what is still open.",
        "Ask what they compare the 40k with, and call them two days later.",
        "If Kofi has what he needs to decide, ask who signs.",
        "Call Kofi tomorrow and ask what else you need to prepare.",
        "Put 20 minutes in your calendar to think it through, and leave it at that.",
    ],
)
def test_a_next_step_may_suggest(guard: AnswerGuard, words: str) -> None:
    assert guard.violations(replace(GOOD, next_step=words), ASK, Intent.EMAIL) == []


def test_a_draft_is_needed_only_where_it_is_asked_for(guard: AnswerGuard) -> None:
    assert guard.violations(replace(GOOD, draft=""), ASK, Intent.DEAL) == []


def test_without_a_second_reading_each_word_must_be_known(guard: AnswerGuard) -> None:
    invents = replace(GOOD, next_step="Ask what the warehouse fire means for the offer.")

    assert guard.violations(invents, ASK, Intent.EMAIL) == []
    assert guard.unread_violations(GOOD, ASK) == []
    assert any("warehouse" in why for why in guard.unread_violations(invents, ASK))


def test_another_language(guard: AnswerGuard) -> None:
    """Its nouns have capitals, and its words can't be compared: a second reading must do that."""
    assert guard.violations(GERMAN, GERMAN_ASK, Intent.NOT_ENGLISH) == []
    assert guard.unread_violations(GERMAN, GERMAN_ASK)


@pytest.mark.parametrize(
    "changes",
    [
        {"next_step": "Frag Kofi nach den 25 Lizenzen."},
        {"next_step": "Frag <!here> danach."},
        {"next_step": "Frag Kofi, alles steht auf evil.example."},
        {"next_step": "Frag Kofi!"},
        {"next_step": "Frag Kofi. " * 40},
        {"questions": GERMAN.questions[:1] * 2},
        {"reply": "Frag Maria, sie hat 25 Lizenzen."},
    ],
)
def test_what_holds_in_every_language(guard: AnswerGuard, changes: dict[str, object]) -> None:
    answer = replace(GERMAN, **changes)  # type: ignore[arg-type]

    assert guard.violations(answer, GERMAN_ASK, Intent.NOT_ENGLISH)


def test_names_in_a_language_that_marks_them(guard: AnswerGuard) -> None:
    ask = "Mañana llamo a la señora Ruiz del hospital."
    good = replace(
        GERMAN,
        questions=("¿Qué le importa más a la señora Ruiz?", "¿Quién más decide?"),
        next_step="Pregunta a Ruiz quién más decide.",
    )
    invents = replace(good, next_step="Pregunta a Carlos quién más decide.")

    assert guard.violations(good, ask, Intent.NOT_ENGLISH) == []
    assert guard.violations(invents, ask, Intent.NOT_ENGLISH)


@given(
    questions=st.lists(st.text(max_size=60), max_size=5),
    draft=st.text(max_size=200) | st.sampled_from(["https://evil.example", "@everyone", ASK]),
    next_step=st.text(max_size=80),
    ask=st.text(max_size=200),
)
def test_whatever_a_model_writes_no_mention_or_link_passes(
    playbook: Playbook, questions: list[str], draft: str, next_step: str, ask: str
) -> None:
    guard = AnswerGuard(playbook.rubric, playbook.free_words, AnswerLengths(), _language_of)
    answer = LlmAnswer(AnswerKind.COACH, draft, "", tuple(questions), draft, next_step)

    if not guard.violations(answer, ask, Intent.DEAL):
        assert not has_link_or_mention(answer.text)
        assert len(answer.text) < 3_000


def test_a_reply_that_is_too_long_loses_its_last_moves(guard: AnswerGuard) -> None:
    moves = [
        f"Move {'abcdefgh'[n]}: " + "ask them about the offer and wait. " * 6 for n in range(8)
    ]
    long = replace(GOOD, reply="\n".join(["Ask them first.", *moves]))
    assert guard.violations(long, ASK, Intent.DEAL) == ["reply: too long"]
    sound = guard.sound(long, ASK, Intent.DEAL)
    assert sound is not None
    kept = sound.reply.splitlines()
    assert 2 < len(kept) < 9
    assert kept[:3] == long.reply.splitlines()[:3]
    assert guard.violations(sound, ASK, Intent.DEAL) == []


def test_a_reply_that_is_one_long_piece_is_not_shown(guard: AnswerGuard) -> None:
    long = replace(GOOD, reply="Ask them about the offer and wait. " * 50)
    assert guard.sound(long, ASK, Intent.DEAL) is None
