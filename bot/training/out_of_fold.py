"""Scores each message with models that were not trained on its author."""

from __future__ import annotations

import json
import logging
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.detect.encoder import Encoder
from bot.detect.features import character_features, word_features
from bot.detect.linear import LinearModel
from bot.detect.offline import ModelScores, OfflineDetector
from bot.detect.preprocess import clean_text
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.metrics import CHANNEL_MIX, Scored
from bot.training import fine_tune
from bot.training.linear_fit import fit_linear_model, model_name
from bot.training.split import assign_folds, short_hash

FOLDS = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnseenScores:
    """Messages with the scores of models that were not trained on their authors."""

    messages: list[LabeledMessage]
    scores: list[ModelScores]

    @property
    def weights(self) -> Any:
        """The weight of each message that brings the groups to the channel mix."""
        count = Counter(m.group for m in self.messages)
        return np.array([CHANNEL_MIX[m.group] / count[m.group] for m in self.messages])

    @property
    def is_trap(self) -> Any:
        """Whether each message is labeled as a trap."""
        return np.array([m.trap is not None for m in self.messages])

    @property
    def trap_logits(self) -> Any:
        """The trap logits of the linear model and of the encoder, a row per message."""
        return np.array([(s.linear[0], s.encoder[0]) for s in self.scores])

    def decide(self, detector: OfflineDetector) -> list[Scored]:
        """Return the detector's verdicts on these scores."""
        return [
            Scored(m, detector.decide(clean_text(m.text), m.context, scores))
            for m, scores in zip(self.messages, self.scores, strict=True)
        ]


def score_out_of_fold(messages: list[LabeledMessage], cache_folder: Path) -> UnseenScores:
    """Score each fold of authors with models trained on all other folds.

    Args:
        messages: the labeled corpus.
        cache_folder: keeps the encoder's logits of finished folds, to resume an aborted run.
    """
    folds = assign_folds(messages, FOLDS)
    scored: list[LabeledMessage] = []
    scores: list[ModelScores] = []
    for fold in range(FOLDS):
        inside = [m for m in messages if folds[m.id] == fold]
        outside = [m for m in messages if folds[m.id] != fold]
        authors = ", ".join(sorted({m.author for m in inside}))
        log.info("out of fold, %d of %d: %s", fold + 1, FOLDS, authors)
        linear = fit_linear_model(outside)
        logits = _encoder_logits(inside, outside, cache_folder)
        scored += inside
        scores += [model_scores(linear, m, row) for m, row in zip(inside, logits, strict=True)]
    return UnseenScores(scored, scores)


def model_scores(
    linear: LinearModel, message: LabeledMessage, encoder_logits: Sequence[float]
) -> ModelScores:
    """Return the scores of a message, given its encoder logits."""
    tokens = clean_text(message.text).tokens
    return ModelScores(
        linear.logits(word_features(tokens), character_features(tokens)), encoder_logits
    )


def _encoder_logits(
    inside: list[LabeledMessage], outside: list[LabeledMessage], cache_folder: Path
) -> list[Sequence[float]]:
    """Return the logits of an encoder tuned on the messages outside the fold, cached in a file."""
    settings = (fine_tune.EPOCHS, fine_tune.RATE, fine_tune.TRAP_LOSS_WEIGHT)
    data_name = model_name([*outside, *inside])
    cache_file = cache_folder / f"{data_name}-{short_hash(repr(settings))}.json"
    if cache_file.exists():
        cached: list[Sequence[float]] = json.loads(cache_file.read_text(encoding="ascii"))
        return cached
    with tempfile.TemporaryDirectory() as folder:
        fine_tune.fine_tune_encoder(outside, Path(folder))
        encoder = Encoder(Path(folder) / "encoder.onnx", Path(folder) / "tokenizer.json")
        logits = [encoder.logits(clean_text(m.text).author_text) for m in inside]
    cache_folder.mkdir(parents=True, exist_ok=True)
    cache_file.write_text(json.dumps(logits), encoding="ascii")
    return list(logits)
