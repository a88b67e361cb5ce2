"""Words and numbers that mean the same are compared as the same."""

from __future__ import annotations

import pytest

from bot.core.word_forms import number_of


@pytest.mark.parametrize(
    ("one", "other"),
    [("8:30", "8.30"), ("17:00", "five"), ("5:00", "17:00"), ("third", "3rd"), ("1,200", "1200")],
)
def test_one_number(one: str, other: str) -> None:
    assert number_of(one) == number_of(other) is not None


@pytest.mark.parametrize(("one", "other"), [("8:30", "8:45"), ("8.30", "830"), ("third", "four")])
def test_two_numbers(one: str, other: str) -> None:
    assert number_of(one) != number_of(other)
