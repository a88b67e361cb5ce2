"""Fits the models that read the situations of a message, and chooses their thresholds.

Ridge regression on a few thousand features: with a thousand labeled messages nothing larger did
better. Each threshold is chosen on scores of models that had not seen the message's author.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from bot.detect.encoder import Encoder
from bot.detect.features import character_features, word_features
from bot.detect.learned_situations import (
    LearnedSituations,
    SituationThresholds,
    embedding_features,
)
from bot.detect.preprocess import clean_text
from bot.evaluation.situation_labels import FRAMES, SituationLabels
from bot.training.linear_fit import block, round_value, tf_idf, vocabulary

SITUATIONS = Path("tests/corpus/situations/learn.jsonl")
RIDGE = 1.0
TARGET = 8.0  # the score of a message that shows the situation; 0 of one that doesn't
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
    cleaned = [clean_text(x.message.text) for x in labels]
    tokens = [c.tokens for c in cleaned]
    embeddings = np.array([encoder.read(c.author_text).embedding for c in cleaned])
    mean = np.array([round_value(v) for v in embeddings.mean(axis=0)], dtype=np.float32)
    word_index, word_idf = vocabulary(tokens, word_features, WORD_MINIMUM)
    character_index, character_idf = vocabulary(tokens, character_features, CHARACTER_MINIMUM)
    words = tf_idf(tokens, word_features, word_index, word_idf)
    characters = tf_idf(tokens, character_features, character_index, character_idf)
    meaning = csr_matrix(embedding_features(embeddings, mean).astype(float))
    matrix = hstack([words, characters, meaning]).tocsr()
    names = sorted({s for x in labels for s in x.situations})
    shows = np.array([[name in x.situations for name in names] for x in labels])
    cued = [set(find_cues(x.message.text)) for x in labels]
    is_cued = np.array([[name in found for name in names] for found in cued])
    unseen = _out_of_fold_scores(matrix, shows, [x.message.author for x in labels])
    thresholds = {
        name: _thresholds(name, unseen[:, i], shows[:, i], is_cued[:, i])
        for i, name in enumerate(names)
    }
    kept = [i for i, name in enumerate(names) if thresholds[name] is not None]
    weights, bias = _ridge(matrix, shows[:, kept])
    end_of_words, end_of_characters = len(word_index), len(word_index) + len(character_index)
    return LearnedSituations(
        thresholds={n: t for n, t in thresholds.items() if t is not None},
        words=block(word_index, word_idf, weights[:end_of_words]),
        characters=block(character_index, character_idf, weights[end_of_words:end_of_characters]),
        bias=tuple(map(round_value, bias)),
        mean=mean,
        weights=weights[end_of_characters:].astype(np.float32),
    )


def _ridge(matrix: Any, shows: Any) -> tuple[Any, Any]:
    """Return the weights, a column per situation, and the intercepts."""
    bias = shows.mean(axis=0) * TARGET
    gram = (matrix @ matrix.T).toarray() + RIDGE * np.eye(matrix.shape[0])
    return matrix.T @ np.linalg.solve(gram, shows * TARGET - bias), bias


def _out_of_fold_scores(matrix: Any, shows: Any, authors: Sequence[str]) -> Any:
    """Return the scores of models that were not trained on the message's author."""
    order = {author: i for i, author in enumerate(sorted(set(authors)))}
    fold = np.array([order[author] % FOLDS for author in authors])
    scores = np.zeros(shows.shape)
    for held_out in range(FOLDS):
        inside, outside = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
        weights, bias = _ridge(matrix[inside], shows[inside])
        scores[outside] = matrix[outside] @ weights + bias
    return scores


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
