"""What the panel says of a score never contradicts what the bot did."""

from __future__ import annotations

import pytest

from bot.playground.traces import score_words


@pytest.mark.parametrize(
    ("score", "asked", "says"),
    [
        (0.9, True, "The bot asks from 0.73, so 0.90 is enough."),
        (0.1, False, "The bot asks from 0.73, so 0.10 isn't enough."),
        (
            0.9,
            False,
            "0.90 would be enough, as it asks from 0.73; what held it back is above.",
        ),
        (0.7339, False, "The bot asks from 0.7340, so 0.7339 isn't enough."),
        (0.734, True, "The bot asks from 0.7340, so 0.7340 is enough."),
    ],
)
def test_a_score_beside_its_threshold(score: float, asked: bool, says: str) -> None:
    """One that isn't enough looks smaller, with as many digits as that takes."""
    assert score_words(score, 0.734, is_asked=asked, is_of_bot=True) == says


def test_who_gave_it() -> None:
    """The page, of a message of which the bot keeps none; or a model, which decides by more."""
    assert "this page asked" in score_words(0.1, 0.7, is_asked=False, is_of_bot=False)
    assert "language model" in score_words(0.1, None, is_asked=True, is_of_bot=True)
