"""When the model that finds plays may be certain, and that it learns what words show."""

from __future__ import annotations

import numpy as np

from bot.detect.encoder import load_shipped_encoder
from bot.detect.learned_plays import LearnedPlayReader
from bot.evaluation.play_labels import PlayAsk
from bot.training.plays_fit import fit_plays, when_certain


def test_certain_where_nine_in_ten_are_right() -> None:
    """The best score falls from 30 to 1; right down to 12, with one miss, then hardly ever."""
    best = np.arange(30.0, 0.0, -1.0)
    scores = np.column_stack([best, np.zeros(30)])
    right = np.array([True] * 10 + [False] + [True] * 8 + [False] * 11)
    shows = np.column_stack([right, np.zeros(30, dtype=bool)])

    assert when_certain(scores, shows) == (11.0, 0.0)


def test_a_lead_over_the_next_one_helps_where_the_two_are_confused() -> None:
    """Half of the asks score high for two plays, and the best of these is never right."""
    clear = np.array([[8.0, 0.0]] * 20)
    torn = np.array([[9.0, 8.9]] * 20)
    scores = np.vstack([torn, clear])
    shows = np.array([[False, False]] * 20 + [[True, False]] * 20)

    assert when_certain(scores, shows) == (8.0, 0.5)


def test_never_certain_where_nothing_is_right() -> None:
    scores, shows = np.array([[3.0, 1.0]] * 4), np.zeros((4, 2), dtype=bool)

    assert when_certain(scores, shows)[0] == np.inf


def test_a_play_that_words_show_is_learned() -> None:
    rows = [
        PlayAsk(f"{text} {n}", author, play)
        for author in ("ada", "ben", "cleo")
        for n in range(8)
        for text, play in (
            ("the buyer asks for another discount before he signs", "discount"),
            ("no reply to my quote, complete silence", "quiet"),
        )
    ]
    model = fit_plays(rows, load_shipped_encoder())
    read = LearnedPlayReader(lambda: model, load_shipped_encoder())

    assert read("he wants another discount before he signs").close[0] == "discount"
    assert read("complete silence on my quote, no reply").close[0] == "quiet"
