"""What the author of a message says to the bot that has just asked them, among colleagues."""

from __future__ import annotations

import pytest

from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from bot.core.wishes_beside import says_not_now, speaks_of_being_asked
from bot.detect.learned_intents import build_router

NOT_NOW = [
    "not now please, I'm busy",
    "not now",
    "Please not now, in a meeting",
    "Not right now",
    "no, not now",
    "not a good time",
    "bad timing, sorry",
    "I don't have time for this right now",
    "can't now, in a call",
    "ask me later",
]
OF_BEING_ASKED = [
    "stop analyzing what I write",
    "stop commenting on everything I write",
    "I did not ask for coaching",
    "I don't want a bot to coach me",
    "please spare me these questions",
    "please don't question everything I say",
    "stop nudging me please I know my job",
]
FOR_COLLEAGUES = [
    "not now, they said",
    "not now, the buyer is on leave",
    "not now but next quarter, says the CFO",
    "not now?",
    "can't make it, busy now",
    "not sure we have time for this",
    "busy",
    "later",
    "they won't stop asking me for a discount",
    "don't ask me",
    "don't ask me why",
    "don't ask me why they signed",
    "don't ask me, ask legal",
    "stop asking me about pricing, ask Jens",
    "he keeps asking me questions, enough",
    "we have no questions from finance",
    "no questions from my side",
    "I never coach new reps on a Friday",
]


def wants_silence(playbook: Playbook, text: str) -> bool:
    router = build_router(playbook.intents)
    return speaks_of_being_asked(text) and router.find(text) in (Intent.STOP, Intent.PAUSE)


@pytest.mark.parametrize("text", NOT_NOW)
def test_now_is_no_time(text: str) -> None:
    assert says_not_now(text)


@pytest.mark.parametrize("text", OF_BEING_ASKED)
def test_less_of_being_asked(playbook: Playbook, text: str) -> None:
    assert wants_silence(playbook, text)


@pytest.mark.parametrize("text", FOR_COLLEAGUES)
def test_what_is_said_to_colleagues(playbook: Playbook, text: str) -> None:
    assert not says_not_now(text)
    assert not wants_silence(playbook, text)
