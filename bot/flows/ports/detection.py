"""Ports to whatever reads a message: the detector, a judge behind it, and a writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.core.answer_review import AnswerMaterial
from bot.core.draft_review import LlmDraft
from bot.core.llm_answer import LlmAnswer
from bot.core.model import Trap, Verdict
from bot.core.playbook_model import Question


class Detector(Protocol):
    """Finds a trap in a message."""

    name: str

    @property
    def speak_threshold(self) -> float | None:
        """The score from which a message gets a question; None if no score decides."""

    @property
    def without_model(self) -> Detector:
        """The same for a workspace that wants no language model: nothing is sent to one."""

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

    async def first_look(self, text: str) -> Verdict:
        """Return what ``may_lead_to_reply`` needs. Costs less than a quick verdict if every message
        is read by somebody else anyway, and then names no trap."""

    def may_lead_to_reply(self, quick: Verdict) -> bool:
        """Return whether a message with this first look could still end in a reply."""

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

    async def classify(
        self,
        workspace_id: str,
        text: str,
        context: Sequence[str] = (),
        *,
        is_about_customer: bool = False,
    ) -> Verdict:
        """Return the verdict on one message.

        Args:
            workspace_id: whose budget of model calls is used.
            text: the message.
            context: what was said before, oldest first.
            is_about_customer: whether it is known that the message is about the customer.

        Raises:
            JudgeError: no valid answer within the deadline, or no call is left today.
        """


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """The tokens of model calls, as far as the server tells.

    Attributes:
        prompt: sent. cached: of these, read from the server's cache. completion: of the answers.
    """

    prompt: int = 0
    cached: int = 0
    completion: int = 0


class LlmBudget(Protocol):
    """How often a language model may be asked, and what it took, counted where a restart can't
    forget it."""

    async def spend(self, workspace_id: str, now: float) -> bool:
        """Take one call from the workspace's day (UTC). False: none is left."""

    async def record(self, workspace_id: str, now: float, usage: TokenUsage) -> None:
        """Count the tokens of a call. ``now``: when it was taken, Unix seconds."""


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """What was said before a message, as a model may see it.

    Attributes:
        who: ``seller`` if the author of the message said it, else ``colleague``; never a name.
    """

    who: Literal["seller", "colleague"]
    text: str


class Writer(Protocol):
    """A language model that may write words for a seller."""

    name: str

    async def write(
        self,
        workspace_id: str,
        text: str,
        trap: Trap | None,
        questions: Sequence[Question],
        thread: Sequence[SpokenTurn] = (),
    ) -> LlmDraft:
        """Return what it would say. Nothing of it has been checked yet.

        Args:
            workspace_id: whose budget of model calls is used.
            text: the seller's message.
            trap: the closest trap, or None.
            questions: those that may be asked; it applies the idea of one of them.
            thread: what was said before, oldest first.

        Raises:
            JudgeError: no valid answer within its deadline, or it may not be asked now.
        """


class Answerer(Protocol):
    """A language model that answers asks."""

    async def answer(self, workspace_id: str, text: str, material: AnswerMaterial) -> LlmAnswer:
        """Return what it would answer. Nothing of it has been checked yet.

        Args:
            workspace_id: whose budget of model calls is used.
            text: what the seller wrote.
            material: what it gets beside that.

        Raises:
            JudgeError: no valid answer within its deadline, or it may not be asked now.
        """


class InventionReader(Protocol):
    """A second reader of a model's words: it may only take them away."""

    async def find_unsaid(
        self, workspace_id: str, text: str, thread: Sequence[SpokenTurn], reply: str
    ) -> str:
        """Return the first words of a reply that assert what nobody said; empty if none do.

        Args:
            workspace_id: whose budget of model calls is used.
            text: the seller's message.
            thread: what was said before, oldest first.
            reply: everything that would be shown.

        Raises:
            JudgeError: no valid answer within its deadline, or it may not be asked now.
        """
