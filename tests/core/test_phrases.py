"""Whole phrases are found in any case and apostrophe, never inside other words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.matters_for_people import CUES_PREFIX
from bot.core.phrases import Phrases, normalize
from bot.core.playbook_model import Playbook

LIST = ("rude", "don't", "call back", "call", "C++")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("how rude of them", "rude"),
        ("RUDE", "rude"),
        ("(rude)", "rude"),
        ("*rude*", "rude"),
        ("_rude_", "rude"),
        ("so rude, really", "rude"),
        ("rude-ish", "rude"),
        ("they don't answer", "don't"),
        ("they don\u2019t answer", "don't"),
        ("they don\u2018t answer", "don't"),
        ("they DON\u2019T answer", "don't"),
        ("no call  \n back", "call  \n back"),
        ("call them, or call back", "call"),
        ("call back, or call them", "call back"),
        ("in C++ only", "c++"),
        ("a crude word", None),
        ("rudeness", None),
        ("rude2", None),
        ("pr\u00fcderude", None),
        ("they dont answer", None),
        ("callback", None),
        ("C+", None),
        ("", None),
    ],
)
def test_first_match(text: str, found: str | None) -> None:
    """A phrase matches whole words in any case and apostrophe; the longest one wins."""
    phrases = Phrases(LIST)

    assert phrases.first_match(text) == found
    assert (text in phrases) is (found is not None)


@pytest.mark.parametrize("phrases", [(), ("",), (" ", "\n")])
def test_an_empty_list_finds_nothing(phrases: tuple[str, ...]) -> None:
    """An empty list matches no text, rather than every text."""
    empty = Phrases(phrases)

    assert empty.first_match("anything") is None
    assert "" not in empty


@pytest.mark.parametrize("thing", [None, 7, b"rude", ["rude"]])
def test_only_texts_contain_phrases(thing: object) -> None:
    """A value that is not a text contains no phrase and raises no error."""
    assert thing not in Phrases(LIST)


@pytest.mark.parametrize("pattern", [".*", "ru.e", "[a-z]+", "rude|call", "(rude)", "\\w+"])
def test_phrases_are_not_patterns(pattern: str) -> None:
    """Regular expression characters in a phrase are literal."""
    phrases = Phrases([pattern])

    assert phrases.first_match("rude call") is None
    assert phrases.first_match(f"so {pattern} it is") == pattern


def test_normalize() -> None:
    """The normalized form is lower case, with straight apostrophes, stripped."""
    assert normalize(" They\u2019re \u2018RUDE\u2018 \n") == "they're 'rude'"


@given(data=st.data())
@settings(derandomize=True, deadline=None, max_examples=200)
def test_each_shipped_phrase_matches(playbook: Playbook, data: st.DataObject) -> None:
    """Each shipped phrase matches between other words, and not when attached to a letter."""
    shipped = [c for s in playbook.situations for c in s.cues]
    plain = (some for name, some in playbook.cues.items() if not name.startswith(CUES_PREFIX))
    shipped += [c for cues in plain for c in cues]
    phrase = data.draw(st.sampled_from(shipped))
    spoken = data.draw(st.sampled_from([phrase, phrase.upper(), phrase.replace("'", "\u2019")]))
    phrases = Phrases([phrase])

    assert f"So, {spoken}; and on" in phrases
    assert f"x{spoken}" not in phrases
    assert f"{spoken}x" not in phrases
