"""Who wants questions again, in words that say no."""

from __future__ import annotations

import pytest

from bot.core.asked_again import wants_back
from bot.core.intents import Intent, IntentRouter
from bot.detect.learned_intents import build_router
from bot.playbook import load_playbook

AGAIN = [
    "no longer on leave, you can ask me again",
    "I'm not on vacation anymore, resume the questions",
    "I'm no longer away, turn your questions back on",
    "quit the silence, ask me things again",
    "not on holiday any more so go ahead and ask me stuff",
    "I never meant to turn you off, ask me again please",
    "stop pausing, I'm back",
    "hate the quiet, start asking me again",
    "don't stay silent any more, ask me",
    "back from parental leave, no pause needed any more",
    "I don't need the pause anymore",
    "stop the pause, I want questions again",
    "enough quiet, I want your questions back",
]
NOT_AGAIN = [
    "ugh, not you again",
    "no, stop it again",
    "why are you asking me again",
    "never ask me again",
    "please don't start asking me again",
    "don't turn yourself back on",
    "stop asking me the same thing again and again",
    "leave me alone until I'm back",
    "I don't want a pause, I want you gone",
    "don't need the pause, just leave me alone",
    "stop the pause nonsense and unsubscribe me",
    "I don't need a break, I need you to stop",
]


@pytest.fixture(scope="module")
def router() -> IntentRouter:
    return build_router(load_playbook().intents)


@pytest.mark.parametrize("text", AGAIN)
def test_questions_are_wanted_again(router: IntentRouter, text: str) -> None:
    """Each of them once paused its writer, most of them for ever."""
    assert wants_back(text)
    assert router.find(text) is Intent.RESUME


@pytest.mark.parametrize("text", NOT_AGAIN)
def test_who_says_no_to_them_gets_none(router: IntentRouter, text: str) -> None:
    assert not wants_back(text)
    assert router.find(text) is not Intent.RESUME
