"""What the panel says of a score never contradicts what the bot did."""

from __future__ import annotations

import pytest

from bot.playground.traces import score_words


@pytest.mark.parametrize(
    ("score", "asked", "says"),
    [
        (0.9, True, "90% sure; the bot asks at 73% or more."),
        (0.1, False, "10% sure, and the bot asks only at 73% or more."),
        (
            0.9,
            False,
            "90% sure would be enough, as the bot asks at 73% or more; what held it back is above.",
        ),
        (0.7339, False, "73.39% sure, and the bot asks only at 73.40% or more."),
        (0.0, False, "Less than 1% sure, and the bot asks only at 73% or more."),
        (0.999, True, "More than 99% sure; the bot asks at 73% or more."),
        (0.734, True, "73.40% sure; the bot asks at 73.40% or more."),
    ],
)
def test_a_score_beside_its_threshold(score: float, asked: bool, says: str) -> None:
    """One that isn't enough looks smaller, with as many digits as that takes."""
    assert score_words(score, 0.734, is_asked=asked, is_of_bot=True) == says


def test_who_gave_it() -> None:
    """The page, of a message of which the bot keeps none; or a model, which decides by more."""
    assert "this page asked" in score_words(0.1, 0.7, is_asked=False, is_of_bot=False)
    assert "language model" in score_words(0.1, None, is_asked=True, is_of_bot=True)
