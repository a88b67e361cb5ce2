"""Fits the model that tells which play fits an ask, on asks written by hand.

It learns from ``tests/corpus/plays/learn``, a file per author. When it may be certain is chosen on
scores of models that had not seen the ask's author.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.detect.encoder import Encoder
from bot.detect.learned_plays import LearnedPlays, clean_ask
from bot.evaluation.play_labels import PlayAsk
from bot.training.linear_fit import round_value
from bot.training.meaning_fit import MeaningFeatures

PLAY_ASKS = Path("tests/corpus/plays/learn")
WORD_MINIMUM, CHARACTER_MINIMUM = 2, 4  # asks that a feature is in
PRECISION = 0.9  # of the plays that are called certain, these fit
LEADS = (0.0, 0.5, 1.0, 1.5, 2.0)  # points ahead of the second play


def fit_plays(asks: Sequence[PlayAsk], encoder: Encoder) -> LearnedPlays:
    """Fit the model.

    Args:
        asks: to learn from, by two authors or more.
        encoder: whose embedding the model reads.
    """
    features = MeaningFeatures.of(
        [clean_ask(ask.text) for ask in asks],
        encoder,
        word_minimum=WORD_MINIMUM,
        character_minimum=CHARACTER_MINIMUM,
    )
    names = sorted({name for ask in asks for name in ask.plays})
    shows = np.array([[name in ask.plays for name in names] for ask in asks])
    authors = sorted({ask.author for ask in asks})
    folds = np.array([authors.index(ask.author) for ask in asks])
    scores = features.out_of_fold_scores(shows, folds)
    certain, lead = when_certain(scores, shows)
    return LearnedPlays(tuple(names), certain, lead, features.model(shows))


def when_certain(scores: Any, shows: Any) -> tuple[float, float]:
    """Return the score and the lead from which on the best play is certain: those with which most
    asks get a play, of which ``PRECISION`` are right.

    Args:
        scores: a row per ask, a column per play. shows: whether the play fits.
    """
    rows = np.arange(len(scores))
    best = scores.argmax(axis=1)
    two = np.sort(scores, axis=1)[:, -2:]
    top, ahead, right = two[:, 1], two[:, 1] - two[:, 0], shows[rows, best]
    found = (0, np.inf, 0.0)
    for lead in LEADS:
        leads = ahead >= lead
        order = np.flatnonzero(leads)[np.argsort(-top[leads], kind="stable")]
        precise = np.cumsum(right[order]) >= PRECISION * np.arange(1, len(order) + 1)
        if precise.any():
            last = int(np.flatnonzero(precise)[-1])
            found = max(found, (last + 1, round_value(top[order[last]]), lead), key=lambda f: f[0])
    _, certain, lead = found
    return certain, lead
