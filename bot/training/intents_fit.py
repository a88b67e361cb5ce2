"""Fits the model that weighs what an ask wants, on lines written by hand.

``tests/corpus/intents/train.jsonl`` is what it learns from; ``dev.jsonl``, by another author, only
measures it (``reframe eval --intents``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import hstack

from bot.core.intents import Intent
from bot.detect.features import character_features
from bot.detect.learned_intents import LearnedIntents, intent_features, intent_tokens
from bot.evaluation.intents import LabeledAsk
from bot.training.linear_fit import block, fit_logistic, round_value, tf_idf, vocabulary

TRAINING = Path("tests/corpus/intents/train.jsonl")
INVERSE_REGULARIZATION = 32.0  # chosen by cross-validation on the training lines
MIN_DOCUMENT_FREQUENCY = 2  # lines


def fit_intents(asks: Sequence[LabeledAsk]) -> LearnedIntents:
    """Fit one logistic regression per intent that the lines hold."""
    tokens = [tuple(intent_tokens(ask.text)) for ask in asks]
    word_index, word_idf = _vocabulary(tokens, intent_features)
    character_index, character_idf = _vocabulary(tokens, character_features)
    words = tf_idf(tokens, intent_features, word_index, word_idf)
    characters = tf_idf(tokens, character_features, character_index, character_idf)
    matrix = hstack([words, characters]).tocsr()
    intents = [intent for intent in Intent if any(ask.intent is intent for ask in asks)]
    targets = [np.array([ask.intent is intent for ask in asks]) for intent in intents]
    fits = [fit_logistic(INVERSE_REGULARIZATION, matrix, target) for target in targets]
    weights = np.vstack([coefficients for coefficients, _ in fits]).T
    return LearnedIntents(
        intents=tuple(intents),
        words=block(word_index, word_idf, weights[: len(word_index)]),
        characters=block(character_index, character_idf, weights[len(word_index) :]),
        bias=tuple(round_value(intercept) for _, intercept in fits),
    )


def _vocabulary(
    tokens: list[tuple[str, ...]], features: Callable[[Sequence[str]], set[str]]
) -> tuple[dict[str, int], object]:
    return vocabulary(tokens, features, minimum=MIN_DOCUMENT_FREQUENCY)
