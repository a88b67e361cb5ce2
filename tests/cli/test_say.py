"""``reframe say`` shows what ``/reframe`` would answer, in the same words."""

from __future__ import annotations

import time

import pytest

from bot.cli.say import offline_reply
from bot.cli.wish_preview import preview_wish
from bot.core.coach import Coach
from bot.core.intents import Intent
from bot.core.playbook_model import Playbook
from bot.core.plays import Plays

NOW = 1_764_158_400.0  # a Wednesday


def shown(text: str, playbook: Playbook) -> str:
    coach = Coach(playbook, 30.0)
    return offline_reply(text, playbook, coach, Plays(playbook.plays), None).line


@pytest.mark.parametrize(
    ("text", "section", "key"),
    [
        ("is there a way to switch this bot off", "command", "how_to_stop"),
        ("stop asking me stuff", "command", "paused_open"),
        ("please make all of these nudges end for good", "command", "paused_open"),
        ("pause until my kid is born", "command", "bad_duration"),
        ("ok I'm back", "command", "resumed"),
        ("only ask me in private", "command", "privately"),
        ("what do you know about me", "command", "own_data"),
    ],
)
def test_wishes_get_the_line_that_grants_them(
    playbook: Playbook, text: str, section: str, key: str
) -> None:
    assert shown(text, playbook) == playbook.text(section, key)


def test_a_channel_is_turned_off_in_words_too(playbook: Playbook) -> None:
    assert shown("turn yourself off in this channel", playbook).startswith("Done. I'm off")
    assert shown("turn yourself back on here", playbook).startswith("Done. I'm back on")


def test_the_end_of_a_pause_is_named(playbook: Playbook) -> None:
    line = preview_wish("pause until friday", Intent.PAUSE, playbook, now=NOW)

    assert line is not None
    assert "November 28" in line


def test_what_is_no_wish_is_left_alone(playbook: Playbook) -> None:
    assert preview_wish("pause the rollout", Intent.DEAL, playbook, now=time.time()) is None


@pytest.mark.parametrize("text", ["clowns", "Kunde will Rabatt", "how can i get you to stop"])
def test_small_answers_are_those_of_the_bot(playbook: Playbook, text: str) -> None:
    answers = playbook.answers
    lines = {
        *answers.venting,
        *answers.talk[Intent.NOT_ENGLISH],
        *(topic.text for topic in answers.about),
        playbook.text("command", "how_to_stop"),
    }

    assert shown(text, playbook) in lines
