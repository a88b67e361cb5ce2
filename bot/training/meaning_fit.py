"""Fits linear models over words, character n-grams, and the encoder's embedding.

Ridge regression: with a thousand or two labeled texts nothing larger did better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack

from bot.detect.encoder import Encoder
from bot.detect.features import character_features, word_features
from bot.detect.meaning_model import Floats, MeaningModel, embedding_features
from bot.detect.preprocess import CleanText
from bot.training.linear_fit import block, round_value, tf_idf, vocabulary

RIDGE = 1.0
TARGET = 8.0  # the score of a text that shows what an output stands for; 0 of one that doesn't


@dataclass(frozen=True, slots=True)
class MeaningFeatures:
    """The texts to learn from as features, and how to get from weights to a model.

    Attributes:
        matrix: a row per text.
        word_index, word_idf, character_index, character_idf, mean: see ``MeaningModel``.
    """

    matrix: Any
    word_index: dict[str, int]
    word_idf: Any
    character_index: dict[str, int]
    character_idf: Any
    mean: Floats

    @classmethod
    def of(
        cls,
        cleaned: Sequence[CleanText],
        encoder: Encoder,
        *,
        word_minimum: int,
        character_minimum: int,
    ) -> MeaningFeatures:
        """Read the texts.

        Args:
            cleaned: the texts.
            encoder: whose embedding the models read.
            word_minimum, character_minimum: the texts that a feature must be in.
        """
        tokens = [c.tokens for c in cleaned]
        embeddings = np.array([encoder.read(c.author_text).embedding for c in cleaned])
        mean = np.array([round_value(v) for v in embeddings.mean(axis=0)], dtype=np.float32)
        word_index, word_idf = vocabulary(tokens, word_features, word_minimum)
        character_index, character_idf = vocabulary(tokens, character_features, character_minimum)
        words = tf_idf(tokens, word_features, word_index, word_idf)
        characters = tf_idf(tokens, character_features, character_index, character_idf)
        meaning = csr_matrix(embedding_features(embeddings, mean).astype(float))
        matrix = hstack([words, characters, meaning]).tocsr()
        return cls(matrix, word_index, word_idf, character_index, character_idf, mean)

    def model(self, shows: Any) -> MeaningModel:
        """Fit one output per column.

        Args:
            shows: a row per text, a column per output: what the text shows.
        """
        weights, bias = ridge(self.matrix, shows)
        end_of_words = len(self.word_index)
        end_of_characters = end_of_words + len(self.character_index)
        return MeaningModel(
            words=block(self.word_index, self.word_idf, weights[:end_of_words]),
            characters=block(
                self.character_index, self.character_idf, weights[end_of_words:end_of_characters]
            ),
            bias=tuple(map(round_value, bias)),
            mean=self.mean,
            weights=weights[end_of_characters:].astype(np.float32),
        )

    def out_of_fold_scores(self, shows: Any, folds: Any) -> Any:
        """Return the scores of models that were not fitted to the text's fold.

        Args:
            shows: as for ``model``.
            folds: the number of each text's fold.
        """
        scores = np.zeros(shows.shape)
        for held_out in sorted(set(folds.tolist())):
            inside, outside = np.flatnonzero(folds != held_out), np.flatnonzero(folds == held_out)
            weights, bias = ridge(self.matrix[inside], shows[inside])
            scores[outside] = self.matrix[outside] @ weights + bias
        return scores


def ridge(matrix: Any, shows: Any) -> tuple[Any, Any]:
    """Return the weights, a column per output, and the intercepts."""
    bias = shows.mean(axis=0) * TARGET
    gram = (matrix @ matrix.T).toarray() + RIDGE * np.eye(matrix.shape[0])
    return matrix.T @ np.linalg.solve(gram, shows * TARGET - bias), bias
