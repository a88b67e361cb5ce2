"""The offline detector in front, the judge behind it: who is asked, and whose word counts.

The offline detector sees every message, in microseconds. The judge sees only what passed the gate
(``suspicious``) or what offline finds likely (``doubtful``), and only where the bot could speak at
all. What it says counts, both ways; where it says nothing, the offline verdict stands.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from bot.core.model import Reason, Trap, Verdict
from bot.detect.offline import OfflineDetector
from bot.flows.ports import Budget, Clock, Judge, JudgeFailed

log = logging.getLogger(__name__)

_SETTLED = (Reason.NEVER_COACH, Reason.OTHER_LANGUAGE)


class Mode(StrEnum):
    """Which messages the judge gets to see."""

    OFF = "off"
    DOUBTFUL = "doubtful"
    SUSPICIOUS = "suspicious"


class Cascade:
    """Implements ``bot.flows.ports.Detector``.

    Args:
        offline: the gate and the fallback. judge: asked about what passes. mode: how much passes.
        budget: how often the judge may be asked a day. clock: Unix seconds.
    """

    def __init__(
        self, offline: OfflineDetector, judge: Judge, mode: Mode, budget: Budget, clock: Clock
    ) -> None:
        self.name = f"{offline.name}+{judge.name}"[:64]
        self._offline = offline
        self._judge = judge
        self._mode = mode
        self._budget = budget
        self._clock = clock

    async def suspects(self, text: str) -> bool:
        return await self._offline.suspects(text)

    def takes_back(self, text: str) -> bool:
        return self._offline.takes_back(text)

    def glance(self, text: str, context: Sequence[str] = ()) -> Verdict:
        return self._offline.glance(text, context)

    def promises(self, glance: Verdict) -> bool:
        return glance.sure or self.would_ask(glance)

    def would_ask(self, glance: Verdict) -> bool:
        """Whether the judge is to be asked about a message that looked like this offline."""
        if glance.why in _SETTLED or self._mode is Mode.OFF:
            return False
        if self._mode is Mode.DOUBTFUL:
            return glance.score >= self._offline.doubt
        return glance.suspicious

    async def judge(self, team: str, text: str, context: Sequence[str] = ()) -> Verdict:
        glance = self._offline.glance(text, context)
        if not self.would_ask(glance):
            return glance
        if not self._judge.ready():
            return replace(glance, fell_back=True)
        if not await self._budget.take(team, self._clock()):
            log.info("team=%s the judge's calls of today are used up", team)
            return replace(glance, fell_back=True)
        try:
            return await self._judge.judge(text, context)
        except JudgeFailed:
            return replace(glance, fell_back=True)

    def near(self, verdict: Verdict) -> Trap | None:
        if verdict.detector == self._judge.name:
            return verdict.trap
        return self._offline.near(verdict)
