"""The scores of both models on messages that they were not trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.detect.encoder import Encoder
from bot.detect.features import character_features, word_features
from bot.detect.linear import LinearModel
from bot.detect.offline import ModelScores, OfflineDetector
from bot.detect.preprocess import clean_text
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.metrics import CHANNEL_MIX, Scored


@dataclass(frozen=True, slots=True)
class UnseenScores:
    """Messages with the scores of models that were not trained on their authors."""

    messages: Sequence[LabeledMessage]
    scores: Sequence[ModelScores]

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


def score_unseen(
    linear: LinearModel, encoder: Encoder, messages: Iterable[LabeledMessage]
) -> UnseenScores:
    """Score messages with both models, whatever the prefilter says."""
    kept = list(messages)
    return UnseenScores(kept, [_scores(linear, encoder, m.text) for m in kept])


def _scores(linear: LinearModel, encoder: Encoder, text: str) -> ModelScores:
    clean = clean_text(text)
    words, characters = word_features(clean.tokens), character_features(clean.tokens)
    return ModelScores(linear.logits(words, characters), encoder.logits(clean.author_text))
