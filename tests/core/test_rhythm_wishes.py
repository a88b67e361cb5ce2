"""How often, and on which days, somebody wants to be asked: a setting, and no pause."""

from __future__ import annotations

import pytest

from bot.core.rhythm_wishes import Rhythm, read_rhythm_wish

LESS_OFTEN = [
    "less often please",
    "ask me less often",
    "not so often please",
    "less questions please",
    "I'd like fewer questions",
    "you ask too often",
    "you ask me too many questions",
    "only once a week please",
    "max one question a week",
    "one question a day is enough",
]
AT_TIMES = [
    "only ask me on Tuesdays",
    "ask me only on Tuesdays and Thursdays",
    "don't ask me on Fridays",
    "no questions on Fridays",
    "never on weekends",
    "only in the mornings",
    "ask me only after 2pm",
    "only ask me between 9 and 11",
]
NOT = [
    "don't ask me on Friday",
    "no questions today",
    "no questions this week",
    "too much discount",
    "only two left",
    "ask them less often",
    "ask me about price",
    "they only buy on Tuesdays",
]


@pytest.mark.parametrize("text", LESS_OFTEN)
def test_less_often(text: str) -> None:
    assert read_rhythm_wish(text) is Rhythm.LESS_OFTEN


@pytest.mark.parametrize("text", AT_TIMES)
def test_at_times(text: str) -> None:
    assert read_rhythm_wish(text) is Rhythm.AT_TIMES


@pytest.mark.parametrize("text", NOT)
def test_other_words(text: str) -> None:
    assert read_rhythm_wish(text) is None


@pytest.mark.parametrize("text", ["only in the mornings", "only once a week", "less often"])
def test_among_colleagues_it_must_speak_of_asking(text: str) -> None:
    assert read_rhythm_wish(text, addressed=False) is None
