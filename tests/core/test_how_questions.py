"""Whoever asks how to be left alone gets an answer; only who wants to be left alone is."""

from __future__ import annotations

from datetime import UTC

import pytest

from bot.core.channel_wishes import read_channel_wish
from bot.core.how_questions import opens_as_question
from bot.core.intents import Intent, IntentRouter
from bot.core.playbook_model import Playbook
from bot.core.wishes import WishKind, read_wish
from bot.detect.learned_intents import build_router

SILENCING = {Intent.STOP, Intent.PAUSE, Intent.RESUME}


@pytest.fixture(scope="module")
def router(playbook: Playbook) -> IntentRouter:
    return build_router(playbook.intents)


def kind_of(text: str) -> WishKind | None:
    wish = read_wish(text, now=1_764_158_400.0, zone=UTC)
    return None if wish is None else wish.kind


QUESTIONS = [
    "is there a way to switch this bot off",
    "how can i get you to stop asking me stuff",
    "how do i turn you off",
    "how would i go about pausing this thing",
    "what's the command to mute you",
    "where do i find the setting to pause the bot",
    "is it possible to stop the dms",
    "do you have an off switch",
    "how does one get rid of you",
    "can someone tell me how to disable reframe",
    "how can i stop getting these messages",
    "could I opt out of this somehow",
    "what happens if I pause you",
    "can you be turned off",
    "how do people opt out",
    "is there a mute button on you",
    "can i switch you off on fridays",
    "how long can i pause you for",
    "how do I tell you to back off",
    "is there a way to turn this off? it gets in the way",
    "what if i want you to stop",
    "would pausing you also stop the weekly summary",
    "whats the fastest way to shut you up",
    "wheres the unsubscribe button",
    "any setting to stop the pings",
    "if i say stop do you stop forever",
]
ORDERS = [
    "stop asking me stuff",
    "leave me alone",
    "can you please stop asking me questions",
    "could you just leave me alone",
    "will you stop it",
    "how about you stop asking me stuff",
    "why don't you just stop",
    "could i ask you to stop messaging me",
    "can we pause this",
    "how many times do i have to say it. stop messaging me",
    "how do I make you stop. permanently. I don't want a menu, I want silence",
    "enough with the questions",
    "would you mind not asking me stuff",
    "quit it",
    "How do I unsubscribe from this? I'd like it off for good.",
]


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_question_about_being_left_alone_is_answered(router: IntentRouter, text: str) -> None:
    assert kind_of(text) in (None, WishKind.ASK_HOW)
    assert router.find(text) in (Intent.ABOUT, Intent.HELP)
    assert router.find(text) is not Intent.ABOUT or router.find_topic(text) == "about-off"


@pytest.mark.parametrize("text", ORDERS)
def test_an_order_to_stop_is_obeyed(router: IntentRouter, text: str) -> None:
    assert router.find(text) in SILENCING


def test_a_pause_with_an_end_is_one_however_politely(router: IntentRouter) -> None:
    assert kind_of("can i pause until friday") is WishKind.PAUSE
    assert kind_of("can i pause") is WishKind.ASK_HOW


@pytest.mark.parametrize(
    ("text", "is_wish"),
    [
        ("turn yourself off in this channel", True),
        ("can you turn yourself off in this channel", True),
        ("is there a way to turn you off in this channel", False),
        ("can i turn you off in #deals", False),
    ],
)
def test_a_channel_is_not_turned_off_by_a_question(text: str, is_wish: bool) -> None:
    assert (read_channel_wish(text, in_channel=True) is not None) is is_wish


def test_whatever_the_reader_makes_of_a_question(playbook: Playbook) -> None:
    """It has learned from people who asked how, and meant now."""
    router = IntentRouter(playbook.intents, lambda _: True, lambda _: {Intent.STOP: 1.0})

    assert router.find("where would one go to make all your questions end") is Intent.ABOUT
    assert router.find("make all your questions end this instant") is Intent.STOP


def test_a_long_text_is_read_in_no_time() -> None:
    assert not opens_as_question("so and but " * 2_000 + "stop")
