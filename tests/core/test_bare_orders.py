"""Orders for words that don't say what about, and the plays that need more than a guess."""

from __future__ import annotations

import pytest

from bot.core.bare_orders import BareOrder, orders_translation, read_bare_order
from bot.core.intents import Intent, IntentRouter
from bot.core.playbook_model import Playbook
from bot.core.plays import PlayReading, Plays
from bot.detect.learned_intents import build_router
from bot.flows.small_answers import SmallAnswers

DRAFTS = [
    "write me an email",
    "can you write me an email?",
    "draft an email for me",
    "write an email to the buyer",
    "help me write something",
    "write a reply",
    "email to my champion please",
    "Could you please draft a follow-up mail to the client",
]
CHECKS = [
    "can you check whether this email is too long",
    "can you check this email",
    "is this email too long",
    "does this sound too pushy",
    "could you look over my mail",
    "can you proofread this",
    "please check my draft",
    "is my message ok",
    "how does this email sound",
    "review my email please",
]
REWORDS = [
    *CHECKS,
    "shorter please",
    "no, friendlier",
    "more formal",
    "make this softer",
    "make it nicer!",
]
NO_ORDERS = [
    "write me an email to a buyer who went silent",
    "make this softer: we need your answer by Friday",
    "draft a follow-up to the woman I met at the fair",
    "reply to his 12% ask",
    "what do I answer",
    "can you read my email",
    "is the buyer too pushy",
    "is he too long in the role",
    "does she sound too harsh",
    "check the contract before they sign",
    "can you check if this email is too long: Hi Tom, just checking in on the offer.",
    "prep me for the call tomorrow",
    "what do I do",
    "thanks",
    "",
]


@pytest.fixture(scope="module")
def router(playbook: Playbook) -> IntentRouter:
    return build_router(playbook.intents)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        *((text, BareOrder.DRAFT) for text in DRAFTS),
        *((text, BareOrder.REWORD) for text in REWORDS),
        *((text, None) for text in NO_ORDERS[:4]),
        *((text, None) for text in NO_ORDERS[5:]),
    ],
)
def test_what_is_ordered(text: str, order: BareOrder | None) -> None:
    assert read_bare_order(text) is order


@pytest.mark.parametrize("text", [*DRAFTS, *REWORDS])
def test_the_rest_is_asked_for(router: IntentRouter, playbook: Playbook, text: str) -> None:
    """Once "write me an email" got a draft for a buyer who is rude."""
    answers = SmallAnswers(playbook, model=None, retention_days=90)
    line = answers.answer(router.find(text), text, "key") or ""

    assert router.find(text) is Intent.TOO_SHORT
    assert (
        line
        in playbook.answers.bare_orders[BareOrder.DRAFT if text in DRAFTS else BareOrder.REWORD]
    )


def test_a_text_that_says_more_is_answered(router: IntentRouter) -> None:
    assert router.find(NO_ORDERS[0]) is Intent.EMAIL
    assert router.find(NO_ORDERS[1]) is Intent.REWORD


@pytest.mark.parametrize(
    ("text", "is_rude", "certain"),
    [
        ("the buyer is just lazy", False, None),
        ("write me an email to a buyer who went silent", False, "play-quiet"),
        ("the buyer yelled at my colleague on the call", True, "play-rude-buyer"),
        ("he called me an idiot in front of his team", True, "play-rude-buyer"),
    ],
)
def test_a_harsh_play_needs_a_word_for_it(
    playbook: Playbook, text: str, is_rude: bool, certain: str | None
) -> None:
    """Else its step sends a seller to their boss for nothing."""
    rude = "play-rude-buyer"
    plays = Plays(playbook.plays, lambda _: PlayReading(rude, close=(rude, "play-quiet")))
    choice = plays.choose(text, ())

    assert (choice.play.id == rude) is is_rude
    assert (choice.play.id if choice.is_certain else None) == certain
    assert (rude in [play.id for play in choice.close]) is is_rude


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("translate: we are waiting for your answer", True),
        ("can you translate this to german: we are waiting", True),
        ("Please translate into French: we'd like an answer", True),
        ("translate the features into value for the CFO", False),
        ("how do I translate this into benefits", False),
        ("they want the contract translated", False),
    ],
)
def test_orders_to_translate(text: str, orders: bool) -> None:
    assert orders_translation(text) is orders


@pytest.mark.parametrize("model_answers", [True, False])
def test_only_a_model_translates(
    router: IntentRouter, playbook: Playbook, model_answers: bool
) -> None:
    text = "can you translate this to german: we are waiting for your answer"
    answers = SmallAnswers(playbook, model=None, retention_days=90, model_answers=model_answers)
    line = answers.answer(router.find(text), text, "key")

    assert line == (
        None if model_answers else playbook.answers.bare_orders[BareOrder.TRANSLATION][0]
    )
