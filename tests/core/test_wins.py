"""Who tells of a win gets a kind line, and whoever says more is answered."""

from __future__ import annotations

import pytest

from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from bot.core.wins import tells_of_win
from bot.detect.learned_intents import build_router
from bot.flows.small_answers import SmallAnswers

WINS = [
    "we won!",
    "we won the deal",
    "I closed the Harbor deal!!",
    "They signed today :tada:",
    "finally, she signed the contract",
    "woohoo we landed the Meyer account!!",
    "deal is signed \U0001f389",
    "we got the PO",
]
OTHERS = [
    "we won, but legal wants changes",
    "they signed with a competitor",
    "we lost the deal",
    "how do we win the deal",
    "I got it",
    "closed the file",
    "we closed",
    "they won the tender against us",
    "he signed off on the budget, what now",
]


@pytest.mark.parametrize("text", WINS)
def test_a_win(playbook: Playbook, text: str) -> None:
    """Once it was asked how they'd explain their decision."""
    answers = SmallAnswers(playbook, model=None, retention_days=90)
    intent = build_router(playbook.intents).find(text)

    assert intent is Intent.THANKS
    assert answers.answer(intent, text, "key") in playbook.answers.won


@pytest.mark.parametrize("text", OTHERS)
def test_more_than_a_win(text: str) -> None:
    assert not tells_of_win(text)


def test_thanks_are_no_win(playbook: Playbook) -> None:
    answers = SmallAnswers(playbook, model=None, retention_days=90)

    assert answers.answer(Intent.THANKS, "thanks", "key") not in playbook.answers.won
