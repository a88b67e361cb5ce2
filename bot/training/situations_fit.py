"""Fits the models that read the situations of a message, and chooses their thresholds.

Each threshold is chosen on scores of models that had not seen the message's author.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

from bot.detect.encoder import Encoder
from bot.detect.learned_situations import LearnedSituations, SituationThresholds
from bot.detect.preprocess import clean_text
from bot.evaluation.situation_labels import FRAMES, SituationLabels
from bot.training.linear_fit import round_value
from bot.training.meaning_fit import MeaningFeatures

SITUATIONS = Path("tests/corpus/situations/learn.jsonl")
WORD_MINIMUM, CHARACTER_MINIMUM = 5, 12  # messages that a feature is in
FOLDS = 6  # of authors
PRECISION = 0.95
FEWEST_RIGHT = 5  # a threshold that fewer messages reach is luck
FEWEST_CUED_RIGHT = 3
LIST_PRECISION = 0.8  # a phrase list that is right so often needs no model to agree
ANY_SCORE = -100.0
RULED_OUT = 0.04  # of the messages that a frame is ruled out for may be of that frame


def fit_situations(
    labels: Sequence[SituationLabels],
    encoder: Encoder,
    find_cues: Callable[[str], Iterable[str]],
) -> LearnedSituations:
    """Fit the models, one for each situation that has enough examples for a threshold.

    Args:
        labels: to learn from.
        encoder: whose embedding the models read.
        find_cues: the phrase lists, which the models confirm or add to.
    """
    features = MeaningFeatures.of(
        [clean_text(x.message.text) for x in labels],
        encoder,
        word_minimum=WORD_MINIMUM,
        character_minimum=CHARACTER_MINIMUM,
    )
    names = sorted({s for x in labels for s in x.situations})
    shows = np.array([[name in x.situations for name in names] for x in labels])
    cued = [set(find_cues(x.message.text)) for x in labels]
    is_cued = np.array([[name in found for name in names] for found in cued])
    unseen = features.out_of_fold_scores(shows, folds_of([x.message.author for x in labels]))
    thresholds = {
        name: _thresholds(name, unseen[:, i], shows[:, i], is_cued[:, i])
        for i, name in enumerate(names)
    }
    kept = [i for i, name in enumerate(names) if thresholds[name] is not None]
    return LearnedSituations(
        thresholds={n: t for n, t in thresholds.items() if t is not None},
        model=features.model(shows[:, kept]),
    )


def folds_of(authors: Sequence[str]) -> Any:
    """Return a fold for each text, so that no author is in two."""
    order = {author: i for i, author in enumerate(sorted(set(authors)))}
    return np.array([order[author] % FOLDS for author in authors])


def _thresholds(name: str, scores: Any, shows: Any, cued: Any) -> SituationThresholds | None:
    """Return the thresholds of one situation; None leaves it to its phrase list."""
    certain = lowest_precise(scores[~cued], shows[~cued], FEWEST_RIGHT)
    if_cued = lowest_precise(scores[cued], shows[cued], FEWEST_CUED_RIGHT)
    if cued.any() and shows[cued].mean() >= LIST_PRECISION:
        if_cued = ANY_SCORE
    is_frame = name in FRAMES.values()
    if certain is None and if_cued in (None, ANY_SCORE):
        return None
    possible = highest_ruling_out(scores[~cued], shows[~cued]) if is_frame else None
    return SituationThresholds(certain, if_cued, possible)


def lowest_precise(scores: Any, shows: Any, fewest_right: int) -> float | None:
    """Return the lowest score from which on ``PRECISION`` of the messages show the situation.

    Args:
        scores, shows: of each message.
        fewest_right: how many of them must show it.
    """
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(shows[order])
    precise = (right >= PRECISION * np.arange(1, len(order) + 1)) & (right >= fewest_right)
    if not precise.any():
        return None
    return float(round_value(scores[order[np.flatnonzero(precise)[-1]]]))


def highest_ruling_out(scores: Any, shows: Any) -> float:
    """Return the highest score below which no more than ``RULED_OUT`` of the messages show the
    situation."""
    order = np.argsort(scores, kind="stable")
    shown = np.cumsum(shows[order])
    clean = np.flatnonzero(shown <= RULED_OUT * np.arange(1, len(order) + 1))
    return float(round_value(scores[order[clean[-1]]])) if len(clean) else -inf
