"""Tells which play fits an ask, with a small linear model on top of the encoder.

It learned from asks written by hand (``tests/corpus/plays``); ``bot.training.plays_fit`` makes it.
It is certain only from the score on at which it was right nine times in ten on an author that it
had not seen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.core.plays import PlayReading
from bot.detect.encoder import Encoder, load_shipped_encoder
from bot.detect.meaning_model import Floats, MeaningModel
from bot.detect.preprocess import CleanText, clean_text

MODEL_FILE = Path(__file__).with_name("plays.json")

CLOSE = 2  # plays that a language model gets to read
_QUOTING = re.compile('[>"\u201c\u201d\u201e\u00ab\u00bb]|&gt;')


def clean_ask(text: str) -> CleanText:
    """Clean an ask. What it quotes stays: that is what the seller wants to answer."""
    return clean_text(_QUOTING.sub(" ", text))


@dataclass(frozen=True, slots=True)
class LearnedPlays:
    """The model, one output per play.

    Attributes:
        plays: their ids, in the order of the outputs.
        certain: the score from which on the best one is certain.
        lead: by how much it must be ahead of the next one.
        model: scores an ask.
    """

    plays: Sequence[str]
    certain: float
    lead: float
    model: MeaningModel

    def read(self, scores: Sequence[float]) -> PlayReading:
        """Return what the scores of an ask mean."""
        ranked = sorted(zip(scores, self.plays, strict=True), reverse=True)
        (best, name), (second, _) = ranked[:2]
        is_high, leads = best >= self.certain, best - second >= self.lead
        close = tuple(play for _, play in ranked[:CLOSE])
        return PlayReading(
            certain=name if is_high and leads else None,
            torn=name if is_high and not leads else None,
            close=close,
        )

    def scores(self, clean: CleanText, embedding: Floats) -> list[float]:
        """Return a score per play, see ``MeaningModel.scores``."""
        return self.model.scores(clean, embedding)

    def save(self, path: Path) -> None:
        """Write the model file: the same bytes for the same model."""
        data = {
            "plays": list(self.plays),
            "certain": self.certain,
            "lead": self.lead,
            **self.model.to_json(),
        }
        path.write_text(json.dumps(data, ensure_ascii=True, indent=0) + "\n", encoding="ascii")

    @classmethod
    def load(cls, path: Path) -> LearnedPlays:
        """Read a model file."""
        data = json.loads(path.read_text(encoding="ascii"))
        limits = (data["certain"], data["lead"])
        return cls(tuple(data["plays"]), *limits, MeaningModel.from_json(data))


class LearnedPlayReader:
    """Implements ``bot.core.plays.PlayReader``. Threads may share it.

    Args:
        load: returns the model. It is called at the first ask, not at the start, which it would
            make a tenth of a second longer and 10 MB larger.
        encoder: reads the ask.
    """

    def __init__(self, load: Callable[[], LearnedPlays], encoder: Encoder) -> None:
        self._load = load
        self._encoder = encoder

    def __call__(self, text: str) -> PlayReading:
        clean = clean_ask(text)
        embedding = self._encoder.read(clean.author_text).embedding
        model = self._load()
        return model.read(model.scores(clean, embedding))


def shipped_play_reader() -> LearnedPlayReader:
    """Build the reader with the model that is part of this package."""
    return LearnedPlayReader(load_learned_plays, load_shipped_encoder())


@cache
def load_learned_plays() -> LearnedPlays:
    """Load the model of this package once per process."""
    return LearnedPlays.load(MODEL_FILE)
