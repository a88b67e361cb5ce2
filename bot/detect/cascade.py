"""Puts a language model, the judge, behind the offline detector.

The mode says which messages the judge sees: everything that holds some words (``all``), what passes
the offline prefilter (``candidates``), or what is offline a likely trap (``likely``); and only if
the bot could reply. Its verdict replaces the offline verdict, in both directions. If it fails, the
offline verdict stands.

Context is what other people wrote, so it may say who is meant, and it may clear; it can't draw a
question on somebody. What the judge would speak to in context, it reads once more alone, told
nothing of the context but that it is about the customer. That second verdict counts
(``docs/decisions/0039-context-says-who.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from bot.core.model import Reason, Trap, Verdict
from bot.detect.offline import OfflineDetector
from bot.detect.trivially_empty import is_trivially_empty
from bot.flows.errors import JudgeError
from bot.flows.ports.detection import Judge

_NEVER_JUDGED = (Reason.NEVER_COACH, Reason.OTHER_LANGUAGE)


class JudgeMode(StrEnum):
    """Which messages are sent to the judge (the setting ``REFRAME_JUDGE``)."""

    OFF = "off"
    LIKELY = "likely"
    CANDIDATES = "candidates"
    ALL = "all"


class Cascade:
    """Implements ``bot.flows.ports.detection.Detector`` with a judge behind the offline detector.

    Args:
        offline: the prefilter, and the fallback.
        judge: called for the messages that ``mode`` selects.
        mode: which messages are sent to the judge.
    """

    def __init__(self, offline: OfflineDetector, judge: Judge, mode: JudgeMode) -> None:
        self.name = f"{offline.name}+{judge.name}"[:64]
        self._offline = offline
        self._judge = judge
        self._mode = mode

    @property
    def speak_threshold(self) -> float | None:
        """None: the judge says how confident it is, not a score."""
        return self._offline.speak_threshold if self._mode is JudgeMode.OFF else None

    @property
    def without_model(self) -> OfflineDetector:
        """The offline detector alone."""
        return self._offline

    def is_candidate(self, text: str) -> bool:
        match self._mode:
            case JudgeMode.OFF:
                return self._offline.is_candidate(text)
            case JudgeMode.ALL:
                return not is_trivially_empty(text)
            case _:
                return self._offline.passes_prefilter(text)

    async def prepare(self, text: str) -> None:
        await self._offline.prepare(text)

    def is_retraction(self, text: str) -> bool:
        return self._offline.is_retraction(text)

    def quick_verdict(self, text: str, context: Sequence[str] = ()) -> Verdict:
        return self._offline.quick_verdict(text, context)

    async def first_look(self, text: str) -> Verdict:
        if self._mode is not JudgeMode.ALL:
            return await self._offline.first_look(text)
        why = self._offline.never_coached(text)
        if why is None and is_trivially_empty(text):
            why = Reason.NO_TRAP
        return Verdict(
            None, 0.0, suspicious=why is None, sure=False, detector=self._offline.name, why=why
        )

    def may_lead_to_reply(self, quick: Verdict) -> bool:
        return quick.sure or self.needs_judge(quick)

    def needs_judge(self, quick: Verdict) -> bool:
        """Return whether a message with this first look, or offline verdict, goes to the judge."""
        if quick.why in _NEVER_JUDGED:
            return False
        match self._mode:
            case JudgeMode.OFF:
                return False
            case JudgeMode.LIKELY:
                return quick.score >= self._offline.judge_threshold
            case JudgeMode.CANDIDATES:
                return quick.suspicious
            case JudgeMode.ALL:
                return quick.suspicious or quick.why is None

    async def classify(self, workspace_id: str, text: str, context: Sequence[str] = ()) -> Verdict:
        look = await self.first_look(text)
        if not self.needs_judge(look):
            is_final = self._mode is JudgeMode.ALL
            return look if is_final else self._offline.quick_verdict(text, context)
        try:
            return await self._judged(workspace_id, text, context)
        except JudgeError:
            await self._offline.prepare(text)
            return replace(self._offline.quick_verdict(text, context), fell_back=True)

    async def _judged(self, workspace_id: str, text: str, context: Sequence[str]) -> Verdict:
        verdict = await self._judge.classify(workspace_id, text, context)
        if not (verdict.sure and context):
            return verdict
        return await self._judge.classify(workspace_id, text, is_about_customer=True)

    def closest_trap(self, verdict: Verdict) -> Trap | None:
        if verdict.detector == self._judge.name:
            return verdict.trap
        return self._offline.closest_trap(verdict)
