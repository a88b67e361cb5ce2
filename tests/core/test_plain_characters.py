"""Which characters a model may write into a thread."""

from __future__ import annotations

import pytest

from bot.core.free_words import free_word_index
from bot.core.plain_characters import odd_characters
from bot.core.playbook_model import Playbook
from bot.core.said import Said

MESSAGE = "the shuttle doesn't run for the 4am start, and Nadia has her go/no-go list"


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("How do they get in for the 4am start?", True),
        ("What's full by 6pm?", True),
        ("What's on Nadia's go/no-go list?", True),
        ("What does 2x the load take?", True),
        ("What's on the yes/no list?", False),  # nobody wrote it like this
        ("What's on evil/path of theirs?", False),
        ("What's with 4zz?", False),
        ("What's with g\u043e?", False),  # a Cyrillic letter
    ],
)
def test_odd_characters(playbook: Playbook, text: str, is_plain: bool) -> None:
    said = Said(MESSAGE, (), free_word_index(playbook.free_words))

    assert (odd_characters(text, said) == []) is is_plain
