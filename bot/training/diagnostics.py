"""Compares the models on unseen authors: the figures behind the detector's design."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bot.core.model import Verdict
from bot.detect.features import character_features, word_features
from bot.detect.preprocess import clean_text
from bot.evaluation import metrics
from bot.evaluation.metrics import Scored
from bot.training.dataset import Dataset
from bot.training.linear_fit import fit_linear_model
from bot.training.near_duplicates import short_hash
from bot.training.thresholds import SPEAK_PRECISION
from bot.training.unseen import UnseenScores


def compare_models(unseen: UnseenScores) -> Iterator[tuple[str, float, float]]:
    """Yield the name, the average precision and the recall at ``SPEAK_PRECISION`` of the linear
    model, the encoder and their mean."""
    logits = unseen.trap_logits
    standardized = (logits - logits.mean(axis=0)) / logits.std(axis=0)
    for name, score in (
        ("linear", standardized[:, 0]),
        ("encoder", standardized[:, 1]),
        ("their mean", standardized.sum(axis=1)),
    ):
        probabilities = 1.0 / (1.0 + np.exp(-score))
        scored = [
            Scored(m, Verdict(None, float(p), suspicious=True, sure=False, detector=name))
            for m, p in zip(unseen.messages, probabilities, strict=True)
        ]
        recalls = [
            recall
            for _, precision, recall in metrics.threshold_curve(scored)
            if precision >= SPEAK_PRECISION
        ]
        yield name, metrics.average_precision(scored), max(recalls, default=0.0)


def learning_curve(data: Dataset) -> Iterator[tuple[int, float]]:
    """Yield the number of training messages and the average precision of the linear model on the
    development set, for an eighth, a quarter, a half and all of the training messages."""
    for divisor in (8, 4, 2, 1):
        part = [m for m in data.training if int(short_hash(m.pair or m.id), 16) % divisor == 0]
        model = fit_linear_model(part)
        scores: list[tuple[float, str]] = []
        for m in data.unseen:
            tokens = clean_text(m.text).tokens
            logits = model.logits(word_features(tokens), character_features(tokens))
            scores.append((logits[0], m.group))
        yield len(part), metrics.weighted_average_precision(scores, metrics.EVEN_MIX)
