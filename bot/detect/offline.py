"""The offline detector: a wide gate on words, a narrow one on words and pieces, and abstention.

It speaks only where it is very sure, and what is never a seller's own stance (quotes, code, other
languages, views that are only reported, own colleagues) keeps it quiet whatever the score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.core.model import Reason, Trap, Verdict
from bot.core.phrases import Phrases
from bot.detect.features import of_characters, of_words
from bot.detect.language import is_english
from bot.detect.linear import Model
from bot.detect.reading import Reading, read

MODEL_FILE = Path(__file__).with_name("offline.json")
_TRAPS = tuple(Trap)
_LEAST_TOKENS = 2


class OfflineDetector:
    """Implements ``bot.flows.ports.Detector`` with nothing but Python.

    Args:
        model: the trained weights and thresholds.
        cues: the phrase lists of ``prompts/cues.toml``.
    """

    def __init__(self, model: Model, cues: Mapping[str, Sequence[str]]) -> None:
        self.name = model.name
        self._model = model
        self._takes_back = Phrases(cues["takes_back"])
        self._reporting = Phrases(cues["reporting"])
        self._never_coach = Phrases(cues["never_coach"])
        self._own_side = Phrases(cues["own_side"])
        self._customer_side = Phrases(cues["customer_side"])

    @classmethod
    def shipped(cls, cues: Mapping[str, Sequence[str]]) -> OfflineDetector:
        """The detector with the model that ships."""
        return cls(Model.load(MODEL_FILE), cues)

    def suspects(self, text: str) -> bool:
        return self._passes_gate(read(text))

    def takes_back(self, text: str) -> bool:
        return text in self._takes_back

    async def judge(self, text: str, context: Sequence[str] = ()) -> Verdict:
        return self.verdict(text, context)

    def verdict(self, text: str, context: Sequence[str] = ()) -> Verdict:
        """The verdict on one message. Context can only clear a suspicion, never raise one."""
        reading = read(text)
        suspicious = self._passes_gate(reading)
        if len(reading.tokens) < _LEAST_TOKENS:
            why = Reason.QUOTED if reading.borrowed else None
            return Verdict(None, 0.0, suspicious, sure=False, detector=self.name, why=why)
        if not is_english(reading.tokens):
            return Verdict(
                None, 0.0, suspicious, sure=False, detector=self.name, why=Reason.OTHER_LANGUAGE
            )
        raw = self._model.outputs(of_words(reading.tokens), of_characters(reading.tokens))
        score = self._model.probability(raw[0])
        trap = _TRAPS[max(range(len(_TRAPS)), key=lambda i: raw[1 + i])]
        why = self._keeps_quiet(reading, context)
        sure = score >= self._model.send and why is None
        if not suspicious and not sure:
            return Verdict(None, score, suspicious, sure=False, detector=self.name, why=why)
        return Verdict(trap, score, suspicious or sure, sure, self.name, why)

    def _passes_gate(self, reading: Reading) -> bool:
        model = self._model
        return model.gate.score(of_words(reading.tokens)) + model.gate_bias >= model.gate_threshold

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
