"""Fits the model that weighs what an ask wants, on lines written by hand.

It learns from ``tests/corpus/intents/train.jsonl``, and from some messages with a trap: who asks
about a deal often types what they would post in a channel. ``dev.jsonl``, by another author, only
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
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.intents import LabeledAsk, read_asks
from bot.training.linear_fit import block, fit_logistic, round_value, tf_idf, vocabulary

TRAINING = Path("tests/corpus/intents/train.jsonl")
INVERSE_REGULARIZATION = 32.0  # chosen by cross-validation on the training lines
MIN_DOCUMENT_FREQUENCY = 2  # lines
DEAL_MESSAGES = 250  # more drown the few lines that ask for an email or a call
MIN_WORDS = 4  # of such a message; a shorter one could be about anything


def read_training_asks(messages: Sequence[LabeledMessage]) -> list[LabeledAsk]:
    """Return the lines to learn from.

    Args:
        messages: labeled messages of channels; some of those with a trap are added as deals.
    """
    about_deals = [m.text for m in messages if m.trap and len(m.text.split()) >= MIN_WORDS]
    step = max(1, len(about_deals) // DEAL_MESSAGES)
    some = about_deals[::step][:DEAL_MESSAGES]
    return [*read_asks(TRAINING), *(LabeledAsk(text, Intent.DEAL) for text in some)]


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
