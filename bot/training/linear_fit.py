"""Fits the linear model to labeled messages.

The solver is liblinear, in one thread: several add up in another order, so the result would depend
on how many cores a machine has. The weights are rounded to a coarse grid, and what comes out is
repeatable to the bit. Needs the extra ``train``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from math import log, sqrt
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack
from threadpoolctl import threadpool_limits

from bot.core.model import Trap
from bot.detect.feature_index import FeatureIndex
from bot.detect.features import character_features, word_features
from bot.detect.linear import FeatureBlock, LinearModel, in_steps, round_to_step
from bot.detect.preprocess import clean_text
from bot.evaluation.corpus import LabeledMessage

INVERSE_REGULARIZATION = 6.0  # of "any trap"; chosen on authors that the models had not seen
TRAP_INVERSE_REGULARIZATION = 15.0  # of the five traps
NAIVE_BAYES_EXPONENT = 0.7  # 0: a plain linear model, 1: the whole naive Bayes ratio
MIN_DOCUMENT_FREQUENCY = 4  # messages; 2 doubles the file and gains nothing on unseen authors

Features = Callable[[Sequence[str]], set[str]]


def fit_linear_model(messages: list[LabeledMessage], *, name: str = "") -> LinearModel:
    """Fit the linear model; its thresholds are placeholders that let everything through.

    Args:
        messages: the training data.
        name: of the model; by default, what identifies the training data.
    """
    tokens = [clean_text(m.text).tokens for m in messages]
    is_trap = np.array([m.trap is not None for m in messages])
    word_index, word_idf = vocabulary(tokens, word_features)
    character_index, character_idf = vocabulary(tokens, character_features)
    words = tf_idf(tokens, word_features, word_index, word_idf)
    characters = tf_idf(tokens, character_features, character_index, character_idf)
    matrix = hstack([words, characters]).tocsr()

    fits = [_fit_naive_bayes_weighted(INVERSE_REGULARIZATION, matrix, is_trap)]
    trap_rows = np.flatnonzero(is_trap)
    for trap in Trap:
        shows = np.array([trap in (m.trap, *m.also) for m in messages])
        fits.append(fit_logistic(TRAP_INVERSE_REGULARIZATION, matrix[trap_rows], shows[trap_rows]))
    weights = np.vstack([coefficients for coefficients, _ in fits]).T
    word_count = len(word_index)
    return LinearModel(
        name=name or model_name(messages),
        words=block(word_index, word_idf, weights[:word_count]),
        characters=block(character_index, character_idf, weights[word_count:]),
        bias=tuple(round_value(intercept) for _, intercept in fits),
        door_threshold=-100.0,
        prefilter_threshold=-100.0,
        stacking_weights=(1.0, 1.0, 0.0),
        candidate_threshold=0.0,
        judge_threshold=0.5,
        speak_threshold=1.0,
    )


def model_name(messages: list[LabeledMessage]) -> str:
    """Return a name that identifies the training data."""
    digest = hashlib.sha256()
    for m in messages:
        digest.update(f"{m.id}\t{m.text}\t{m.trap}\t{m.also}\n".encode())
    return f"offline-{digest.hexdigest()[:10]}"


def round_value(value: Any) -> float:
    """Round one value as the model file does."""
    return float(round_to_step([float(value)])[0])


def block(index: dict[str, int], idf: Any, weights: Any) -> FeatureBlock:
    """Return one kind of feature with its weights, a row per feature, as a model file holds it."""
    features = FeatureIndex(sorted(index, key=index.__getitem__))
    return FeatureBlock(features, in_steps(idf), in_steps(weights.ravel()), weights.shape[1])


def _fit_naive_bayes_weighted(
    inverse_regularization: float, matrix: Any, labels: Any
) -> tuple[Any, float]:
    """Fit with features weighted by their naive Bayes log-count ratio (Wang & Manning 2012)."""
    present = matrix > 0
    positive = np.asarray(present[labels].sum(axis=0)).ravel() + 1.0
    negative = np.asarray(present[~labels].sum(axis=0)).ravel() + 1.0
    log_ratio = np.log(positive / positive.sum()) - np.log(negative / negative.sum())
    importance = np.abs(log_ratio) ** NAIVE_BAYES_EXPONENT
    weights, intercept = fit_logistic(inverse_regularization, matrix @ diags(importance), labels)
    return weights * importance, intercept


def fit_logistic(inverse_regularization: float, matrix: Any, labels: Any) -> tuple[Any, float]:
    """Fit a logistic regression; return its weights and intercept."""
    # It takes two seconds to import, and who reads training data to measure something fits nothing.
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=inverse_regularization,
        solver="liblinear",
        class_weight="balanced",
        tol=1e-6,
        max_iter=1_000,
    )
    with threadpool_limits(1):
        model.fit(matrix, labels)
    return model.coef_[0], float(model.intercept_[0])


def vocabulary(
    tokens: list[tuple[str, ...]], features: Features, minimum: int = MIN_DOCUMENT_FREQUENCY
) -> tuple[dict[str, int], Any]:
    """Return the row of each frequent feature, and the inverse document frequencies.

    Args:
        tokens: of each message. features: what is counted in them.
        minimum: how many messages a feature must be in.
    """
    frequency = Counter(f for t in tokens for f in features(t))
    frequent = sorted(f for f, count in frequency.items() if count >= minimum)
    idf = [1.0 + log((1 + len(tokens)) / (1 + frequency[f])) for f in frequent]
    return {f: i for i, f in enumerate(frequent)}, np.array(round_to_step(idf), dtype=float)


def tf_idf(
    tokens: list[tuple[str, ...]], features: Features, index: dict[str, int], idf: Any
) -> Any:
    """Return the L2-normalized matrix of messages by features (a feature counts once)."""
    rows, columns, values = [], [], []
    for row, message_tokens in enumerate(tokens):
        known = sorted(index[f] for f in features(message_tokens) if f in index)
        length = sqrt(sum(idf[c] ** 2 for c in known)) or 1.0
        rows += [row] * len(known)
        columns += known
        values += [idf[c] / length for c in known]
    return csr_matrix((values, (rows, columns)), shape=(len(tokens), len(index)))
