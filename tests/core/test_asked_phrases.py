"""The looser phrases of asks: alternatives, endings, apostrophes left out, amounts."""

from __future__ import annotations

import pytest

from bot.core.asked_phrases import AskedPhrases, ReadAsk


@pytest.mark.parametrize(
    ("phrase", "ask", "is_there"),
    [
        ("doesn't answer", "she doesnt answer", True),
        ("doesnt answer", "she doesn\u2019t answer", True),
        ("weren't told", "they were told", False),
        ("(contact|champion) (has|) left (.|and)", "My contact left.", True),
        ("(contact|champion) (has|) left (.|and)", "our champion has left, and now?", True),
        ("(contact|champion) (has|) left (.|and)", "my contact left a comment", False),
        ("downsiz*", "they are downsizing", True),
        ("meeting * (cfo|finance)", "a meeting with their CFO", True),
        ("meeting * (cfo|finance)", "we had a meeting. The CFO was nice", False),
        ("n% off", "they want 12.5 % off", True),
        ("wants it for nk", "she wants it for $18.5k", True),
        ("wants it for nk", "she wants it for Friday", False),
        ("(we're|i'm) at nk", "they said 20, were at 24k", True),
    ],
)
def test_a_phrase_is_found_as_people_type_it(phrase: str, ask: str, is_there: bool) -> None:
    assert AskedPhrases([phrase]).match(ReadAsk(ask)) is is_there


def test_a_broken_pattern_is_refused() -> None:
    with pytest.raises(ValueError, match="never closed"):
        AskedPhrases(["(left|gone"])
