"""The offline detector: a linear model as the gate, a small encoder behind it, and abstention.

It speaks only where it is very sure, and what is never a seller's own stance (quotes, code, other
languages, views that are only reported, own colleagues) keeps it quiet whatever the score.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.core.model import Reason, Trap, Verdict
from bot.core.phrases import Phrases
from bot.detect.encoder import Encoder
from bot.detect.features import of_characters, of_words
from bot.detect.language import is_english
from bot.detect.linear import Model
from bot.detect.reading import Reading, read

MODEL_FILE = Path(__file__).with_name("offline.json")
_TRAPS = tuple(Trap)
_LEAST_TOKENS = 2
_REMEMBERED = 256  # looks, by a hash of the words: the door and the worker see the same message


@cache
def _shipped_models() -> tuple[Model, Encoder]:
    """Read once a process: they are large, and never change while it runs."""
    return Model.load(MODEL_FILE), Encoder()


@dataclass(frozen=True, slots=True)
class Look:
    """What the models make of one reading.

    Attributes:
        linear, encoder: the six outputs of each; empty where the first gate held.
    """

    linear: Sequence[float] = ()
    encoder: Sequence[float] = ()


class OfflineDetector:
    """Implements ``bot.flows.ports.Detector`` without asking anyone.

    Args:
        model: the trained weights and thresholds. encoder: the tuned encoder.
        cues: the phrase lists of ``prompts/cues.toml``.
    """

    def __init__(self, model: Model, encoder: Encoder, cues: Mapping[str, Sequence[str]]) -> None:
        self.name = model.name
        self._model = model
        self._encoder = encoder
        self._looked: OrderedDict[int, Look] = OrderedDict()
        self._aside = ThreadPoolExecutor(1, "encoder")  # onnxruntime lets go of the lock meanwhile
        self._takes_back = Phrases(cues["takes_back"])
        self._reporting = Phrases(cues["reporting"])
        self._never_coach = Phrases(cues["never_coach"])
        self._own_side = Phrases(cues["own_side"])
        self._customer_side = Phrases(cues["customer_side"])

    @classmethod
    def shipped(cls, cues: Mapping[str, Sequence[str]]) -> OfflineDetector:
        """The detector with the models that ship."""
        return cls(*_shipped_models(), cues)

    @property
    def send(self) -> float:
        """The probability from which the detector is sure."""
        return self._model.send

    @property
    def doubt(self) -> float:
        """The probability from which a judge's time is well spent (``Mode.DOUBTFUL``)."""
        return self._model.doubt

    async def suspects(self, text: str) -> bool:
        reading = read(text)
        if self._judgeable(reading) is not None:
            return False
        words, characters = of_words(reading.tokens), of_characters(reading.tokens)
        if self._model.first(words, characters) < self._model.gate:
            return False
        loop = asyncio.get_running_loop()
        look = await loop.run_in_executor(self._aside, self._closer, reading, words, characters)
        return self._suspicious(look)

    def takes_back(self, text: str) -> bool:
        return text in self._takes_back

    def promises(self, glance: Verdict) -> bool:
        return glance.sure

    async def judge(self, team: str, text: str, context: Sequence[str] = ()) -> Verdict:
        return self.glance(text, context)

    def near(self, verdict: Verdict) -> Trap | None:
        return verdict.trap if verdict.why is None and verdict.score >= self.doubt else None

    def glance(self, text: str, context: Sequence[str] = ()) -> Verdict:
        """The verdict on one message. Context can only clear a suspicion, never raise one."""
        reading = read(text)
        unfit = self._judgeable(reading)
        if unfit is not None:
            return Verdict(None, 0.0, False, sure=False, detector=self.name, why=unfit)
        return self.decide(reading, context, self.look(reading))

    def look(self, reading: Reading) -> Look:
        """Asks the models; those that cost most only where the first gate opens."""
        words, characters = of_words(reading.tokens), of_characters(reading.tokens)
        if self._model.first(words, characters) < self._model.gate:
            return Look()
        return self._closer(reading, words, characters)

    def _closer(self, reading: Reading, words: set[str], characters: set[str]) -> Look:
        known = self._looked.get(key := hash(reading.own))
        if known is None:
            known = Look(self._model.outputs(words, characters), self._encoder.outputs(reading.own))
            self._looked[key] = known
            if len(self._looked) > _REMEMBERED:
                self._looked.popitem(last=False)
        return known

    def decide(self, reading: Reading, context: Sequence[str], look: Look) -> Verdict:
        """The verdict that a look amounts to."""
        score = self._score(look)
        if not self._suspicious(look):
            return Verdict(None, score, suspicious=False, sure=False, detector=self.name)
        both = [a + b for a, b in zip(look.linear[1:], look.encoder[1:], strict=True)]
        trap = _TRAPS[max(range(len(_TRAPS)), key=both.__getitem__)]
        why = self._keeps_quiet(reading, context)
        sure = score >= self._model.send and why is None
        return Verdict(trap, score, suspicious=True, sure=sure, detector=self.name, why=why)

    def _score(self, look: Look) -> float:
        if not look.linear or look.linear[0] < self._model.gate:
            return 0.0
        return self._model.probability(look.linear[0], look.encoder[0])

    def _suspicious(self, look: Look) -> bool:
        return self._score(look) >= self._model.wide

    def _judgeable(self, reading: Reading) -> Reason | None:
        """Why these words can't be judged at all; None if they can."""
        if len(reading.tokens) < _LEAST_TOKENS:
            return Reason.QUOTED if reading.borrowed else Reason.NO_TRAP
        return None if is_english(reading.tokens) else Reason.OTHER_LANGUAGE

    def _keeps_quiet(self, reading: Reading, context: Sequence[str]) -> Reason | None:
        own = reading.own
        if own in self._never_coach:
            return Reason.NEVER_COACH
        if own in self._reporting:
            return Reason.QUOTED
        if own in self._takes_back:
            return Reason.SECOND_THOUGHTS
        whole = " ".join([*context[-1:], own])
        if whole in self._own_side and whole not in self._customer_side:
            return Reason.NO_TRAP
        return None
