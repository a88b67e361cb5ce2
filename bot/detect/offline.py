"""Detects traps without asking anyone: a linear prefilter, then a small encoder.

It speaks only if it is very sure. Whatever the score, it stays quiet about text that is not the
seller's present view of the customer: quotes, code, reported views, other languages, and messages
about the seller's side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock

from cachetools import LRUCache

from bot.core.model import Reason, Trap, Verdict
from bot.core.phrases import Phrases
from bot.core.policy import CLOSEST_TRAP_SCORE
from bot.detect.admiration import Admiration
from bot.detect.celebration import Celebrations
from bot.detect.encoder import Encoder, load_shipped_encoder
from bot.detect.features import character_features, word_features
from bot.detect.harmless_sentences import HarmlessSentences
from bot.detect.language import is_english, load_language_model
from bot.detect.learned_matters import matters_in_channels
from bot.detect.linear import LinearModel, load_shipped_linear_model
from bot.detect.moving_on import MovingOn
from bot.detect.preprocess import CleanText, clean_text
from bot.detect.trap_logit import TrapLogit

_TRAPS = tuple(Trap)
_MIN_TOKENS = 2
_CACHED_SCORES = 256  # a message is scored when it is prepared, and again when it is judged
_SECOND_THOUGHTS = (
    ("takes_back", Reason.SECOND_THOUGHTS),
    ("joking", Reason.JOKE),
    ("own_part", Reason.OWN_PART),
    ("next_step", Reason.NEXT_STEP),
    ("their_side", Reason.THEIR_SIDE),
)
"""The lists of phrases with which an author moves on, and what each is called."""


@dataclass(frozen=True, slots=True)
class ModelScores:
    """The logits of both models for one message.

    Attributes:
        linear, encoder: six logits each: any trap, then one per ``Trap``. Empty if the message
            did not pass the prefilter or is not English.
        english: False if the message passed the prefilter and is in another language.
    """

    linear: Sequence[float] = ()
    encoder: Sequence[float] = ()
    english: bool = True


class OfflineDetector:
    """Implements ``bot.flows.ports.detection.Detector`` without a network. Threads may share it.

    Args:
        model: the linear model and the thresholds.
        encoder: the fine-tuned encoder.
        cues: the phrase lists of the playbook.
        cached_scores: of how many messages it remembers the scores.
    """

    def __init__(
        self,
        model: LinearModel,
        encoder: Encoder,
        cues: Mapping[str, Sequence[str]],
        cached_scores: int = _CACHED_SCORES,
    ) -> None:
        self.name = model.name
        self._model = model
        self._encoder = encoder
        self._score_cache: LRUCache[int, ModelScores] = LRUCache(cached_scores)
        self._cache_lock = Lock()
        self._trap_logit = TrapLogit(model.words, model.characters, model.bias[0])
        self._executor = ThreadPoolExecutor(1, "encoder")  # onnxruntime releases the GIL
        self._second_thoughts = [(Phrases(cues[name]), why) for name, why in _SECOND_THOUGHTS]
        self._reporting = Phrases(cues["reporting"])
        self._praise = Phrases(cues["praise"])
        self._never_coach = Phrases(cues["never_coach"])
        self._matters = matters_in_channels(cues)
        self._own_house = Phrases(cues["own_house"])
        self._own_side = Phrases(cues["own_side"])
        self._customer_side = Phrases(cues["customer_side"])
        self._harmless = HarmlessSentences(cues)
        self._joy = Celebrations(cues)
        self._admiration = Admiration(cues)
        self._moving_on = MovingOn(cues)

    @classmethod
    def shipped(
        cls, cues: Mapping[str, Sequence[str]], cached_scores: int = _CACHED_SCORES
    ) -> OfflineDetector:
        """Build the detector with the models that are part of this package."""
        return cls(load_shipped_linear_model(), load_shipped_encoder(), cues, cached_scores)

    def warm_up(self) -> None:
        """Start loading the language model in the background; the first candidate needs it."""
        self._executor.submit(load_language_model)

    @property
    def speak_threshold(self) -> float:
        """The probability at or above which the detector speaks."""
        return self._model.speak_threshold

    @property
    def judge_threshold(self) -> float:
        """The probability at or above which a message is likely to be a trap."""
        return self._model.judge_threshold

    @property
    def without_model(self) -> OfflineDetector:
        """This one: it sends nothing to a language model."""
        return self

    def is_candidate(self, text: str) -> bool:
        return self._reaches(text, self._model.door_threshold)

    def passes_prefilter(self, text: str) -> bool:
        """Return whether a message passes the wide prefilter, as what a model judges must."""
        return self._reaches(text, self._model.prefilter_threshold)

    async def prepare(self, text: str) -> None:
        clean = clean_text(text)
        if _reason_too_short(clean) is None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._executor, self.score, clean)

    def is_retraction(self, text: str) -> bool:
        return self._second_thought(text) is not None

    async def first_look(self, text: str) -> Verdict:
        await self.prepare(text)
        return self.quick_verdict(text)

    def may_lead_to_reply(self, quick: Verdict) -> bool:
        return quick.sure

    async def classify(self, workspace_id: str, text: str, context: Sequence[str] = ()) -> Verdict:
        return self.quick_verdict(text, context)

    def closest_trap(self, verdict: Verdict) -> Trap | None:
        threshold = max(self.judge_threshold, CLOSEST_TRAP_SCORE)
        likely = verdict.why is None and verdict.score >= threshold
        return verdict.trap if likely else None

    def quick_verdict(self, text: str, context: Sequence[str] = ()) -> Verdict:
        """Return the verdict on one message. Context can only clear a message, never accuse it."""
        clean = clean_text(text)
        reason = _reason_too_short(clean)
        if reason is None and text in self._matters:
            reason = Reason.NEVER_COACH
        if reason is not None:
            return self._quiet(reason)
        verdict = self.decide(clean, context, self.score(clean))
        if verdict.suspicious or verdict.why or clean.author_text not in self._never_coach:
            return verdict
        return replace(verdict, why=Reason.NEVER_COACH)

    def never_coached(self, text: str) -> Reason | None:
        """Return why nobody coaches a message whatever its score: a matter for people, a legal one,
        or another language; None if none of these holds."""
        clean = clean_text(text)
        if clean.author_text in self._never_coach or text in self._matters:
            return Reason.NEVER_COACH
        return None if is_english(clean.author_text, clean.tokens) else Reason.OTHER_LANGUAGE

    def score(self, clean: CleanText) -> ModelScores:
        """Run the models; the costly ones only if the message passes the prefilter."""
        if self._trap_logit.of(clean.tokens) < self._model.prefilter_threshold:
            return ModelScores()
        return self._run_models(clean)

    def decide(self, clean: CleanText, context: Sequence[str], scores: ModelScores) -> Verdict:
        """Turn the scores of a message into a verdict."""
        if not scores.english:
            return self._quiet(Reason.OTHER_LANGUAGE)
        probability = self._probability(scores)
        if not self._is_candidate(scores):
            return Verdict(None, probability, suspicious=False, sure=False, detector=self.name)
        sums = [a + b for a, b in zip(scores.linear[1:], scores.encoder[1:], strict=True)]
        trap = _TRAPS[max(range(len(_TRAPS)), key=sums.__getitem__)]
        why = self._reason_to_stay_quiet(clean, context)
        if why is None and self._nothing_but_harmless(clean):
            why = Reason.NO_TRAP
        sure = probability >= self._model.speak_threshold and why is None
        return Verdict(trap, probability, suspicious=True, sure=sure, detector=self.name, why=why)

    def _reaches(self, text: str, threshold: float) -> bool:
        clean = clean_text(text)
        return _reason_too_short(clean) is None and self._trap_logit.of(clean.tokens) >= threshold

    def _run_models(self, clean: CleanText) -> ModelScores:
        """Return the scores of a message that passed the prefilter, from the cache if possible."""
        key = hash(clean.author_text)  # the text itself is not kept in memory
        with self._cache_lock:
            cached = self._score_cache.get(key)
        if cached is not None:
            return cached
        if is_english(clean.author_text, clean.tokens):
            words, characters = word_features(clean.tokens), character_features(clean.tokens)
            linear = self._model.logits(words, characters)
            scores = ModelScores(linear, self._encoder.logits(clean.author_text))
        else:
            scores = ModelScores(english=False)
        with self._cache_lock:
            self._score_cache[key] = scores
        return scores

    def _probability(self, scores: ModelScores) -> float:
        if not scores.linear or scores.linear[0] < self._model.prefilter_threshold:
            return 0.0
        return self._model.probability(scores.linear[0], scores.encoder[0])

    def _is_candidate(self, scores: ModelScores) -> bool:
        return self._probability(scores) >= self._model.candidate_threshold

    def _quiet(self, why: Reason) -> Verdict:
        return Verdict(None, 0.0, suspicious=False, sure=False, detector=self.name, why=why)

    def _nothing_but_harmless(self, clean: CleanText) -> bool:
        """Return whether no trap is left of a message without its harmless sentences."""
        if clean.author_text in self._joy or clean.author_text in self._admiration:
            return True
        rest = self._harmless.without_them(clean.author_text)
        if rest == clean.author_text:
            return False
        left = clean_text(rest)
        too_short = _reason_too_short(left) is not None
        return too_short or not self._is_candidate(self.score(left))

    def _reason_to_stay_quiet(self, clean: CleanText, context: Sequence[str]) -> Reason | None:
        """Return the reason that the phrase lists give for silence, or None."""
        text = clean.author_text
        if text in self._never_coach:
            return Reason.NEVER_COACH
        if text in self._reporting:
            return Reason.QUOTED
        if text in self._praise:
            return Reason.NO_TRAP
        if (second_thought := self._second_thought(text)) is not None:
            return second_thought
        if text in self._moving_on:
            return Reason.NEXT_STEP
        if text in self._own_house:
            return Reason.NO_TRAP
        for read in (text, " ".join([*context[-1:], text])):  # alone too: context only clears
            if read in self._own_side and read not in self._customer_side:
                return Reason.NO_TRAP
        return None

    def _second_thought(self, text: str) -> Reason | None:
        """Return how an author has moved on from what they say, or None."""
        return next((why for phrases, why in self._second_thoughts if text in phrases), None)


def _reason_too_short(clean: CleanText) -> Reason | None:
    """Return why a message has too little text to score, or None if it has enough."""
    if len(clean.tokens) >= _MIN_TOKENS:
        return None
    return Reason.QUOTED if clean.had_quotes else Reason.NO_TRAP
