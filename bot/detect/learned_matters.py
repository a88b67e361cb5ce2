"""Recognizes matters for people that no phrase list foresaw, with a linear model over words.

People in trouble rarely use the official word. The model learned from lines by several hands
(``tests/corpus/matters``); ``bot.training.matters_fit`` makes it. It reads what the phrases of
``bot.core.matters_for_people`` do not recognize.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from bot.core.matters_for_people import MatterKind, MattersForPeople
from bot.detect.features import character_features, word_features
from bot.detect.linear import FeatureBlock
from bot.detect.preprocess import clean_text
from bot.detect.trap_logit import TrapLogit

MODEL_FILE = Path(__file__).with_name("matters.json")


@dataclass(frozen=True)
class LearnedMatters:
    """The model: one output for "any matter", then one per ``MatterKind``.

    Attributes:
        words, characters, bias: the parts of the logits.
        threshold: the logit of "any matter" from which on an ask is taken for one: answering a
            deal question kindly costs less than answering somebody in trouble with one.
        channel_threshold: the same for a message in a channel, where nobody has asked.
    """

    words: FeatureBlock
    characters: FeatureBlock
    bias: Sequence[float]
    threshold: float
    channel_threshold: float

    def find(self, text: str) -> MatterKind | None:
        """Return the likeliest kind of matter in an ask, or None if it is probably none."""
        return self._find(text, self.threshold)

    def find_in_channel(self, text: str) -> MatterKind | None:
        """Return the likeliest kind of matter in a channel's message, or None."""
        return self._find(text, self.channel_threshold)

    @cached_property
    def _any_matter(self) -> TrapLogit:
        return TrapLogit(self.words, self.characters, self.bias[0])

    def _find(self, text: str, threshold: float) -> MatterKind | None:
        tokens = clean_text(text).tokens
        if self.logit(tokens) < threshold:
            return None
        logits = self.logits(tokens)[1:]
        return list(MatterKind)[max(range(len(logits)), key=logits.__getitem__)]

    def logit(self, tokens: Sequence[str]) -> float:
        """Return the logit of "any matter" alone, which most texts need no more than."""
        return self._any_matter.of(tokens)

    def logits(self, tokens: Sequence[str]) -> list[float]:
        """Return all logits."""
        parts = zip(
            self.words.logits(word_features(tokens)),
            self.characters.logits(character_features(tokens)),
            self.bias,
            strict=True,
        )
        return [a + b + c for a, b, c in parts]

    def save(self, path: Path) -> None:
        """Write the model file: the same bytes for the same model."""
        data = {
            "words": self.words.to_json(),
            "characters": self.characters.to_json(),
            "bias": list(self.bias),
            "threshold": self.threshold,
            "channel_threshold": self.channel_threshold,
        }
        path.write_text(json.dumps(data, ensure_ascii=True, indent=0) + "\n", encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> LearnedMatters:
        """Read a model file."""
        data = json.loads(path.read_text(encoding="ascii"))
        words, characters = (FeatureBlock.from_json(data[n]) for n in ("words", "characters"))
        thresholds = (data["threshold"], data["channel_threshold"])
        return cls(words, characters, tuple(data["bias"]), *thresholds)


@cache
def load_learned_matters() -> LearnedMatters:
    """Load the model of this package once per process."""
    return LearnedMatters.load(MODEL_FILE)


def matters_in_asks(cues: Mapping[str, Sequence[str]]) -> MattersForPeople:
    """Return what recognizes matters for people in an ask: the phrase lists, then the model."""
    return MattersForPeople.of_cues(cues).read_also_by(load_learned_matters().find)


def matters_in_channels(cues: Mapping[str, Sequence[str]]) -> MattersForPeople:
    """Return what recognizes matters for people in channels; see ``matters_in_asks``."""
    return MattersForPeople.of_cues(cues).read_also_by(load_learned_matters().find_in_channel)
