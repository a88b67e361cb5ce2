"""A detector that reads the verdict off the message; implements ``ports.detection.Detector``."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.model import Reason, Trap, Verdict


class FakeDetector:
    """Sees the trap whose name stands in a message, such as "blame: they never answer".

    A message with "maybe" in it is a candidate, but not sure; one with "harmless" is none in spite
    of its score; "scratch that" is a retraction.
    """

    name = "fake"
    speak_threshold: float | None = 0.9

    @property
    def without_model(self) -> FakeDetector:
        """This one: it asks no model."""
        return self

    def is_candidate(self, text: str) -> bool:
        return self._trap(text) is not None or "maybe" in text

    async def prepare(self, text: str) -> None:
        """Do nothing: the verdict costs nothing."""

    def is_retraction(self, text: str) -> bool:
        return "scratch that" in text

    def quick_verdict(self, text: str, context: Sequence[str] = ()) -> Verdict:
        trap = self._trap(text)
        sure = trap is not None and "maybe" not in text
        suspicious = self.is_candidate(text)
        score = 0.95 if sure else 0.4 if suspicious else 0.0
        why = Reason.NO_TRAP if "harmless" in text else None
        sure = sure and why is None
        return Verdict(trap, score, suspicious=suspicious, sure=sure, detector=self.name, why=why)

    async def first_look(self, text: str) -> Verdict:
        return self.quick_verdict(text)

    def may_lead_to_reply(self, quick: Verdict) -> bool:
        return quick.sure

    async def classify(self, workspace_id: str, text: str, context: Sequence[str] = ()) -> Verdict:
        return self.quick_verdict(text, context)

    def closest_trap(self, verdict: Verdict) -> Trap | None:
        return verdict.trap

    def _trap(self, text: str) -> Trap | None:
        return next((trap for trap in Trap if trap.value in text), None)
