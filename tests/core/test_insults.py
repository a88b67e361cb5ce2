"""Whoever insults the bot gets one human line with the way out, and no list of commands."""

from __future__ import annotations

from datetime import UTC

import pytest

from bot.core.insults import is_insult
from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from bot.core.wishes import read_wish
from bot.detect.learned_intents import build_router

INSULTS = [
    "you're useless",
    "You are so useless!",
    "ur useless",
    "u suck",
    "you're not helpful",
    "You\u2019re annoying",
    "this is useless",
    "that was no help",
    "this isn't helpful",
    "this bot is useless",
    "useless",
    "not helpful",
    "stupid question",
    "your advice is terrible",
    "you are a joke",
    "you don't get it",
    "you're wrong",
]


@pytest.mark.parametrize("text", INSULTS)
def test_an_insult_is_heard_as_one(text: str, playbook: Playbook) -> None:
    assert is_insult(text)
    assert build_router(playbook.intents).find(text) is Intent.INSULT
    assert read_wish(text, now=0.0, zone=UTC) is None, "a wish would get a list of commands"


@pytest.mark.parametrize(
    "text",
    [
        "they're useless",
        "my champion is useless",
        "the buyer says you're useless, how do I answer?",
        "that's bad",
        "hopeless",
        "you're right",
        "that was helpful",
        "not now",
        "bad advice from legal",
        "is this useful",
    ],
)
def test_what_is_said_of_a_deal_is_no_insult(text: str) -> None:
    assert not is_insult(text)


def test_each_line_after_an_insult_shows_the_way_out(playbook: Playbook) -> None:
    for line in playbook.answers.talk[Intent.INSULT]:
        assert "/reframe pause" in line or "$stop" in line
        assert "\n" not in line
