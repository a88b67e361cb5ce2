"""A linear model over words and pieces of words, small enough to run without any library."""

from __future__ import annotations

import json
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path
from typing import Any

STEP = 1 / 512  # weights are kept in steps of this size, so that training repeats to the bit


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of feature: where each stands, how rare it is, what it says of each output."""

    index: Mapping[str, int]
    rarity: array[float]
    weights: array[float]
    outputs: int

    def scores(self, features: Iterable[str]) -> list[float]:
        """The block's say on each output: weights of the features over the length of the vector."""
        totals = [0.0] * self.outputs
        length = 0.0
        index, rarity, weights, outputs = self.index, self.rarity, self.weights, self.outputs
        for feature in features:
            at = index.get(feature)
            if at is None:
                continue
            value = rarity[at]
            length += value * value
            start = at * outputs
            for output in range(outputs):
                totals[output] += value * weights[start + output]
        if not length:
            return totals
        scale = 1.0 / sqrt(length)
        return [total * scale for total in totals]

    def first(self, features: Iterable[str]) -> float:
        """The first of ``scores``; it is asked of every message."""
        total = length = 0.0
        index, rarity, weights, outputs = self.index, self.rarity, self.weights, self.outputs
        for at in map(index.get, features):
            if at is not None:
                value = rarity[at]
                length += value * value
                total += value * weights[at * outputs]
        return total / sqrt(length) if length else total

    def to_json(self) -> dict[str, Any]:
        """As it is written to the model file."""
        return {
            "features": "\n".join(sorted(self.index, key=self.index.__getitem__)),
            "rarity": _packed(self.rarity),
            "weights": _packed(self.weights),
            "outputs": self.outputs,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Block:
        """As it is read from the model file."""
        names = data["features"].split("\n")
        return cls(
            index={name: i for i, name in enumerate(names)},
            rarity=_unpacked(data["rarity"]),
            weights=_unpacked(data["weights"]),
            outputs=data["outputs"],
        )


@dataclass(frozen=True, slots=True)
class Model:
    """The trained detector.

    Attributes:
        name: says which data and which training it came from; kept with each finding.
        words, characters, bias: six outputs: any trap, then the five in the order of ``Trap``.
        gate: the first output from which a message is worth the encoder's time: the first gate.
        stack: weights of this model's and of the encoder's first output, and an offset: they turn
            both into a probability at the stated mix (stacking and Platt's scaling in one).
        wide: the probability from which a message is suspicious: the second gate.
        doubt: the probability at which precision and recall on traps and look-alikes balance.
        send: the probability from which the bot is sure enough to speak.
    """

    name: str
    words: Block
    characters: Block
    bias: tuple[float, ...]
    gate: float
    stack: tuple[float, float, float]
    wide: float
    doubt: float
    send: float

    def first(self, words: set[str], characters: set[str]) -> float:
        """The first raw output alone."""
        return self.words.first(words) + self.characters.first(characters) + self.bias[0]

    def outputs(self, words: set[str], characters: set[str]) -> list[float]:
        """The six raw outputs."""
        parts = zip(
            self.words.scores(words), self.characters.scores(characters), self.bias, strict=True
        )
        return [a + b + c for a, b, c in parts]

    def probability(self, linear: float, encoder: float) -> float:
        """The first raw outputs of both as one calibrated probability."""
        a, b, c = self.stack
        return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, a * linear + b * encoder + c))))

    def save(self, path: Path) -> None:
        """Writes the model file: plain JSON, the same bytes for the same model."""
        data = {
            "name": self.name,
            "words": self.words.to_json(),
            "characters": self.characters.to_json(),
            "bias": list(self.bias),
            "gate": self.gate,
            "stack": list(self.stack),
            "wide": self.wide,
            "doubt": self.doubt,
            "send": self.send,
        }
        path.write_text(json.dumps(data, ensure_ascii=True, indent=0) + "\n", encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> Model:
        """Reads a model file."""
        data = json.loads(path.read_text(encoding="ascii"))
        blocks = {n: Block.from_json(data[n]) for n in ("words", "characters")}
        tuples = {n: tuple(data[n]) for n in ("bias", "stack")}
        return cls(**{**data, **blocks, **tuples})


def rounded(values: Iterable[float]) -> array[float]:
    """Values on the grid that the model file keeps."""
    return array("f", (round(v / STEP) * STEP for v in values))


def _packed(values: Sequence[float]) -> str:
    steps = array("h", (max(-32768, min(32767, round(v / STEP))) for v in values))
    return b64encode(steps.tobytes()).decode("ascii")


def _unpacked(text: str) -> array[float]:
    steps = array("h")
    steps.frombytes(b64decode(text))
    return array("f", (s * STEP for s in steps))
