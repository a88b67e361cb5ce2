"""Reads the situations of a message with small linear models on top of the encoder.

Phrase lists miss three in four messages: a deal is lost in more ways than a list can hold. The
models learned from messages that people read (``tests/corpus/situations``), and speak only where
they were right 95 times in 100 on authors that they had not seen; ``bot.training.situations_fit``
makes them. They read the message alone: what others wrote before it decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from math import inf
from pathlib import Path

from bot.core.situations import SituationReading
from bot.detect.encoder import Encoder, load_shipped_encoder
from bot.detect.meaning_model import Floats, MeaningModel
from bot.detect.preprocess import CleanText, clean_text

MODEL_FILE = Path(__file__).with_name("situations.json")


@dataclass(frozen=True, slots=True)
class SituationThresholds:
    """From which score on a situation is certain, and from which on it is possible.

    Attributes:
        certain: if none of its phrases is in the message; None if no score is enough.
        certain_if_cued: if one is; None if no score is enough.
        possible: the score from which on it can't be ruled out; None if it never is in doubt.
    """

    certain: float | None = None
    certain_if_cued: float | None = None
    possible: float | None = None

    def is_certain(self, score: float, *, cued: bool) -> bool:
        """Return whether a message with this score surely shows the situation."""
        threshold = self.certain_if_cued if cued else self.certain
        return threshold is not None and score >= threshold

    def is_possible(self, score: float) -> bool:
        """Return whether a message with this score may show the situation."""
        return score >= (inf if self.possible is None else self.possible)


@dataclass(frozen=True, slots=True)
class LearnedSituations:
    """The models, one output per situation.

    Attributes:
        thresholds: by situation, in the order of the outputs.
        model: scores a message.
    """

    thresholds: Mapping[str, SituationThresholds]
    model: MeaningModel

    def read(self, scores: Mapping[str, float], cued: Collection[str]) -> SituationReading:
        """Return what the scores of a message mean.

        Args:
            scores: by situation, see ``scores``.
            cued: the situations whose phrases are in the message.
        """
        limits = self.thresholds
        certain = {s for s in cued if s not in limits}
        certain |= {s for s in limits if limits[s].is_certain(scores[s], cued=s in cued)}
        possible = {s for s in limits if limits[s].is_possible(scores[s]) or s in cued}
        return SituationReading(
            frozenset(certain),
            frozenset(s for s in possible - certain if limits[s].possible is not None),
        )

    def scores(self, clean: CleanText, embedding: Floats) -> dict[str, float]:
        """Return a score per situation, see ``MeaningModel.scores``."""
        return dict(zip(self.thresholds, self.model.scores(clean, embedding), strict=True))

    def save(self, path: Path) -> None:
        """Write the model file: the same bytes for the same model."""
        data = {
            "thresholds": {name: asdict(t) for name, t in self.thresholds.items()},
            **self.model.to_json(),
        }
        path.write_text(json.dumps(data, ensure_ascii=True, indent=0) + "\n", encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> LearnedSituations:
        """Read a model file."""
        data = json.loads(path.read_text(encoding="ascii"))
        return cls(
            thresholds={n: SituationThresholds(**t) for n, t in data["thresholds"].items()},
            model=MeaningModel.from_json(data),
        )


class LearnedReader:
    """Implements ``bot.core.situations.SituationReader``. Threads may share it.

    Args:
        model: the models.
        encoder: remembers its last outputs, so a message that it has judged costs it nothing.
    """

    def __init__(self, model: LearnedSituations, encoder: Encoder) -> None:
        self._model = model
        self._encoder = encoder

    def __call__(self, text: str, cued: Collection[str]) -> SituationReading:
        clean = clean_text(text)
        embedding = self._encoder.read(clean.author_text).embedding
        return self._model.read(self._model.scores(clean, embedding), cued)


def shipped_reader() -> LearnedReader:
    """Build the reader with the models that are part of this package."""
    return LearnedReader(load_learned_situations(), load_shipped_encoder())


@cache
def load_learned_situations() -> LearnedSituations:
    """Load the models of this package once per process."""
    return LearnedSituations.load(MODEL_FILE)
