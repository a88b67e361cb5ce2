"""Runs the offline detector on every message, and the judge on the candidates.

The offline detector takes microseconds for most messages. The judge is called only for candidates
(``candidates``) or likely traps (``likely``), and only if the bot could reply. Its verdict
replaces the offline verdict, in both directions. If it fails, the offline verdict stands.

Context is what other people wrote, so it can only make the bot quieter: a message is first judged
alone, and the judge sees the context only of a sure trap, to clear it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from bot.core.model import Reason, Trap, Verdict
from bot.detect.offline import OfflineDetector
from bot.flows.errors import JudgeError
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Judge, LlmBudget

log = logging.getLogger(__name__)

_NEVER_JUDGED = (Reason.NEVER_COACH, Reason.OTHER_LANGUAGE)


class JudgeMode(StrEnum):
    """Which messages are sent to the judge (the setting ``REFRAME_JUDGE``)."""

    OFF = "off"
    LIKELY = "likely"
    CANDIDATES = "candidates"


class Cascade:
    """Implements ``bot.flows.ports.detection.Detector`` with a judge behind the offline detector.

    Args:
        offline: the prefilter, and the fallback.
        judge: called for the messages that ``mode`` selects.
        mode: which messages are sent to the judge.
        budget: limits the judge's calls per workspace per day.
        clock: Unix seconds.
    """

    def __init__(
        self,
        offline: OfflineDetector,
        judge: Judge,
        mode: JudgeMode,
        budget: LlmBudget,
        clock: Clock,
    ) -> None:
        self.name = f"{offline.name}+{judge.name}"[:64]
        self._offline = offline
        self._judge = judge
        self._mode = mode
        self._budget = budget
        self._clock = clock

    def is_candidate(self, text: str) -> bool:
        if self._mode is JudgeMode.OFF:
            return self._offline.is_candidate(text)
        return self._offline.passes_prefilter(text)

    async def prepare(self, text: str) -> None:
        await self._offline.prepare(text)

    def is_retraction(self, text: str) -> bool:
        return self._offline.is_retraction(text)

    def quick_verdict(self, text: str, context: Sequence[str] = ()) -> Verdict:
        return self._offline.quick_verdict(text, context)

    def may_lead_to_reply(self, quick: Verdict) -> bool:
        return quick.sure or self.needs_judge(quick)

    def needs_judge(self, quick: Verdict) -> bool:
        """Return whether a message with this offline verdict is sent to the judge."""
        if quick.why in _NEVER_JUDGED or self._mode is JudgeMode.OFF:
            return False
        if self._mode is JudgeMode.LIKELY:
            return quick.score >= self._offline.judge_threshold
        return quick.suspicious

    async def classify(self, workspace_id: str, text: str, context: Sequence[str] = ()) -> Verdict:
        quick = self._offline.quick_verdict(text, context)
        if not self.needs_judge(quick):
            return quick
        if not self._judge.ready():
            return replace(quick, fell_back=True)
        try:
            alone = await self._ask_judge(workspace_id, text)
        except JudgeError:
            return replace(quick, fell_back=True)
        if not (alone.sure and context):
            return alone
        try:
            in_context = await self._ask_judge(workspace_id, text, context)
        except JudgeError:
            return alone
        return alone if in_context.sure else in_context

    async def _ask_judge(
        self, workspace_id: str, text: str, context: Sequence[str] = ()
    ) -> Verdict:
        if not await self._budget.spend(workspace_id, self._clock()):
            log.info("workspace=%s the daily budget of model calls is used up", workspace_id)
            raise JudgeError("the daily budget of model calls is used up")
        return await self._judge.classify(text, context)

    def closest_trap(self, verdict: Verdict) -> Trap | None:
        if verdict.detector == self._judge.name:
            return verdict.trap
        return self._offline.closest_trap(verdict)
