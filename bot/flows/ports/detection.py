"""Ports to whatever reads a message: the detector, a judge behind it, and a writer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core.draft_review import LlmDraft
from bot.core.model import Trap, Verdict
from bot.core.playbook_model import Question


class Detector(Protocol):
    """Finds a trap in a message."""

    name: str

    def is_candidate(self, text: str) -> bool:
        """Return whether a message deserves a closer look.

        Runs in memory while Slack waits, for every message: well under a millisecond.
        """

    async def prepare(self, text: str) -> None:
        """Do the costly part of ``quick_verdict`` in a thread, so nothing else waits for it."""

    def is_retraction(self, text: str) -> bool:
        """Return whether the author turns to curiosity or an own next step, or takes it back."""

    def quick_verdict(self, text: str, context: Sequence[str] = ()) -> Verdict:
        """Return the verdict to be had without asking anyone; at once after ``prepare``."""

    def may_lead_to_reply(self, quick: Verdict) -> bool:
        """Return whether a message with this quick verdict could still end in a reply."""

    async def classify(self, workspace_id: str, text: str, context: Sequence[str] = ()) -> Verdict:
        """Return the best verdict to be had. Falls back; never raises.

        Args:
            workspace_id: whose budget of model calls is used.
            text: the message.
            context: what was said before, oldest first.
        """

    def closest_trap(self, verdict: Verdict) -> Trap | None:
        """Return the trap worth naming to a seller who asked, though it may be too uncertain to
        speak of unasked; None if there is none."""


class Judge(Protocol):
    """A second opinion from a language model: slow, costly, and right more often."""

    name: str

    def ready(self) -> bool:
        """Return whether it may be asked now; False while it rests after failures."""

    async def classify(self, text: str, context: Sequence[str] = ()) -> Verdict:
        """Return the verdict on one message.

        Raises:
            JudgeError: no valid answer within the deadline.
        """


class LlmBudget(Protocol):
    """How often a language model may be asked, counted where a restart can't forget it."""

    async def spend(self, workspace_id: str, now: float) -> bool:
        """Take one call from the workspace's day (UTC). False: none is left."""


class Writer(Protocol):
    """A language model that may write words for a seller."""

    name: str

    async def write(
        self, workspace_id: str, text: str, trap: Trap | None, questions: Sequence[Question]
    ) -> LlmDraft:
        """Return what it would say. Nothing of it has been checked yet.

        Raises:
            JudgeError: no valid answer within its deadline, or it may not be asked now.
        """
