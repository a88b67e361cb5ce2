"""A linear model over words, character n-grams, and the encoder's embedding of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.detect.encoder import EMBEDDED_LAYERS
from bot.detect.features import character_features, word_features
from bot.detect.linear import FeatureBlock, pack, unpack
from bot.detect.preprocess import CleanText

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class MeaningModel:
    """The model. ``bot.training.meaning_fit`` makes it.

    Attributes:
        words, characters, bias: the parts of the scores that come from the text.
        mean: of the embeddings that were learned from.
        weights: a row per number of the embedding, a column per output.
    """

    words: FeatureBlock
    characters: FeatureBlock
    bias: Sequence[float]
    mean: Floats
    weights: Floats

    def scores(self, clean: CleanText, embedding: Floats) -> list[float]:
        """Return a score per output; about 0 for a text that doesn't show what it stands for, 8
        for one that does."""
        parts = zip(
            self.words.logits(word_features(clean.tokens)),
            self.characters.logits(character_features(clean.tokens)),
            (embedding_features(embedding, self.mean) @ self.weights).tolist(),
            self.bias,
            strict=True,
        )
        return list(map(sum, parts))

    def to_json(self) -> dict[str, Any]:
        """Return the model as a model file holds it."""
        return {
            "words": self.words.to_json(),
            "characters": self.characters.to_json(),
            "bias": list(self.bias),
            "mean": pack(self.mean.tolist()),
            "weights": pack(self.weights.ravel().tolist()),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MeaningModel:
        """Build the model from the data of a model file."""
        bias = tuple(data["bias"])
        weights = np.array(unpack(data["weights"]), dtype=np.float32)
        return cls(
            words=FeatureBlock.from_json(data["words"]),
            characters=FeatureBlock.from_json(data["characters"]),
            bias=bias,
            mean=np.array(unpack(data["mean"]), dtype=np.float32),
            weights=weights.reshape(-1, len(bias)),
        )


def embedding_features(embedding: Floats, mean: Floats) -> Floats:
    """Return an embedding, or a row of them, as the models read it: centered, each layer of length
    one half of the whole, as much as the words and as the characters count."""
    layers = np.split(embedding - mean, len(EMBEDDED_LAYERS), axis=-1)
    lengths = [np.linalg.norm(layer, axis=-1, keepdims=True) for layer in layers]
    parts = [a / np.maximum(b, 1e-6) for a, b in zip(layers, lengths, strict=True)]
    features: Floats = np.concatenate(parts, axis=-1) / np.sqrt(np.float32(len(parts)))
    return features
