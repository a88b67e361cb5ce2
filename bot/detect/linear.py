"""A linear model over words and character n-grams."""

from __future__ import annotations

import json
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import exp, sqrt
from pathlib import Path
from typing import Any

from bot.detect.feature_index import FeatureIndex

MODEL_FILE = Path(__file__).with_name("offline.json")
STEP = 1 / 512  # weights are multiples of this step, which makes training repeatable to the bit
_STEP_SQUARED = STEP * STEP  # a power of two, so nothing is rounded


@dataclass(frozen=True, slots=True)
class FeatureBlock:
    """The vocabulary and the weights of one kind of feature.

    Attributes:
        index: the row of each feature.
        idf: the inverse document frequency of each feature, by row, in multiples of ``STEP``.
        weights: ``outputs`` weights per feature, row after row, in multiples of ``STEP``.
        outputs: how many outputs the model has.
    """

    index: FeatureIndex
    idf: array[int]
    weights: array[int]
    outputs: int

    def logits(self, features: Iterable[str]) -> list[float]:
        """Return this block's part of each logit, for the L2-normalized tf-idf vector."""
        totals = [0] * self.outputs
        squares = 0
        index, idf, weights, outputs = self.index, self.idf, self.weights, self.outputs
        for feature in features:
            row = index.get(feature)
            if row is None:
                continue
            value = idf[row]
            squares += value * value
            start = row * outputs
            for output in range(outputs):
                totals[output] += value * weights[start + output]
        if not squares:
            return [0.0] * self.outputs
        scale = 1.0 / sqrt(squares * _STEP_SQUARED)
        return [total * _STEP_SQUARED * scale for total in totals]

    def first_sums(self, rows: Iterable[int]) -> tuple[float, float]:
        """Return what some features, each named once, add to the square of the vector's length, and
        to the first logit before the vector is normalized. Hot path: runs on every message."""
        squares = part = 0
        idf, weights, outputs = self.idf, self.weights, self.outputs
        for row in rows:
            value = idf[row]
            squares += value * value
            part += value * weights[row * outputs]
        return squares * _STEP_SQUARED, part * _STEP_SQUARED

    def to_json(self) -> dict[str, Any]:
        """Return the block as the model file holds it."""
        return {
            "features": "\n".join(self.index.features()),
            "idf": _encode(self.idf),
            "weights": _encode(self.weights),
            "outputs": self.outputs,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> FeatureBlock:
        """Build a block from the data of a model file."""
        return cls(
            index=FeatureIndex(data["features"].split("\n")),
            idf=_decode(data["idf"]),
            weights=_decode(data["weights"]),
            outputs=data["outputs"],
        )


@dataclass(frozen=True, slots=True)
class LinearModel:
    """The trained linear model, with the weights and thresholds that combine it with the encoder.

    Attributes:
        name: identifies the training data; stored with each finding.
        words, characters, bias: the parts of six logits: any trap, then one per ``Trap``.
        door_threshold: the trap logit below which no message of unseen authors came near to what
            the detector speaks to. Without a language model, nothing else is even stored.
        prefilter_threshold: the trap logit at or above which a message is worth the encoder's time.
        stacking_weights: weights of this model's and of the encoder's trap logit, and an offset.
            They turn both into one probability at the stated mix (stacking and Platt scaling).
        candidate_threshold: the probability at or above which a message is a candidate.
        judge_threshold: the probability that balances precision and recall on traps and
            look-alikes; from here on a message is likely to be a trap.
        speak_threshold: the probability at or above which the detector speaks.
    """

    name: str
    words: FeatureBlock
    characters: FeatureBlock
    bias: tuple[float, ...]
    door_threshold: float
    prefilter_threshold: float
    stacking_weights: tuple[float, float, float]
    candidate_threshold: float
    judge_threshold: float
    speak_threshold: float

    def logits(self, words: set[str], characters: set[str]) -> list[float]:
        """Return all six logits."""
        parts = zip(
            self.words.logits(words), self.characters.logits(characters), self.bias, strict=True
        )
        return [a + b + c for a, b, c in parts]

    def probability(self, linear_logit: float, encoder_logit: float) -> float:
        """Combine the trap logits of both models into one calibrated probability."""
        a, b, c = self.stacking_weights
        logit = a * linear_logit + b * encoder_logit + c
        return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, logit))))

    def save(self, path: Path) -> None:
        """Write the model file: plain JSON, byte for byte the same for the same model."""
        data = {
            "name": self.name,
            "words": self.words.to_json(),
            "characters": self.characters.to_json(),
            "bias": list(self.bias),
            "door_threshold": self.door_threshold,
            "prefilter_threshold": self.prefilter_threshold,
            "stacking_weights": list(self.stacking_weights),
            "candidate_threshold": self.candidate_threshold,
            "judge_threshold": self.judge_threshold,
            "speak_threshold": self.speak_threshold,
        }
        path.write_text(json.dumps(data, ensure_ascii=True, indent=0) + "\n", encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> LinearModel:
        """Read a model file."""
        data = json.loads(path.read_text(encoding="ascii"))
        blocks = {n: FeatureBlock.from_json(data[n]) for n in ("words", "characters")}
        tuples = {n: tuple(data[n]) for n in ("bias", "stacking_weights")}
        return cls(**{**data, **blocks, **tuples})


def round_to_step(values: Iterable[float]) -> array[float]:
    """Round values to multiples of ``STEP``, the precision of the model file."""
    return array("f", (round(v / STEP) * STEP for v in values))


def in_steps(values: Iterable[float]) -> array[int]:
    """Return values in multiples of ``STEP``, rounded, as a model holds them."""
    return array("h", (max(-32768, min(32767, round(v / STEP))) for v in values))


def pack(values: Iterable[float]) -> str:
    """Return values as a model file holds them."""
    return _encode(in_steps(values))


def unpack(text: str) -> array[float]:
    """Return the values that ``pack`` was given, rounded to ``STEP``."""
    return array("f", (s * STEP for s in _decode(text)))


def _encode(steps: array[int]) -> str:
    return b64encode(steps.tobytes()).decode("ascii")


def _decode(text: str) -> array[int]:
    steps = array("h")
    steps.frombytes(b64decode(text))
    return steps


@cache
def load_shipped_linear_model() -> LinearModel:
    """Load the model of this package once per process: it is large and read-only."""
    return LinearModel.load(MODEL_FILE)
