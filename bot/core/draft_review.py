"""Review a model's draft: what keeps every rule may be shown, and the playbook speaks for the rest.

A model writes a mirror sentence and a question that applies one of the given ideas. They stand or
fall together: a model that invents in one is not trusted with the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.coach import Coach
from bot.core.guard import Guard
from bot.core.model import Reason, Reply
from bot.core.phrases import normalize
from bot.core.playbook_model import Playbook, Question
from bot.core.policy import ReplyLimits

LIMITS = ReplyLimits()
_EDGES = " .,;:!?\"'\u201c\u201d\u2026"


@dataclass(frozen=True, slots=True)
class LlmDraft:
    """What a model wrote. Nothing in it has been checked.

    Attributes:
        skip: It sees nothing to ask here: a rant, an anecdote, a lost cause, a matter for people.
        evidence: The words of the message that it goes by.
        mirror: A sentence that reflects the message; may be empty.
        question: Its own question.
        idea: Name of the idea that the question applies.
    """

    skip: bool
    evidence: str
    mirror: str
    question: str
    idea: str

    def without_words(self) -> LlmDraft:
        """Return the draft with nothing left to show in a thread."""
        return replace(self, mirror="", question="")


def offered(questions: Sequence[Question]) -> list[Question]:
    """Return one question per idea that a model may apply, at most ``ReplyLimits.ideas``.

    Args:
        questions: Those that may be asked, the best first. Each stands for its idea if the words
            of the model are lost, and when the seller asks where the question comes from.
    """
    found: dict[tuple[str, str], Question] = {}
    for question in questions:
        if question.idea:
            found.setdefault((question.article, question.idea), question)
    return list(found.values())[: LIMITS.ideas]


def why_silent(draft: LlmDraft, message: str) -> Reason | None:
    """Return why nothing is asked after a model has read a message, or None.

    Args:
        draft: The model's.
        message: The seller's; what the draft goes by must stand in it.
    """
    if draft.skip:
        return Reason.NOTHING_TO_ASK
    evidence = _plain(draft.evidence)
    if len(evidence) < LIMITS.evidence_characters or evidence not in _plain(message):
        return Reason.NO_EVIDENCE
    return None


def _plain(text: str) -> str:
    return " ".join(normalize(text).split()).strip(_EDGES)


class DraftReview:
    """Checks drafts against the rubric (R1 to R10) and against the message.

    Args:
        playbook: Supplies what replaces a rejected draft.
        coach: Chooses from it.
        guard: Checks the rubric.
        is_read_again: Whether a model looks for inventions in what passes, before it is shown.
    """

    def __init__(
        self, playbook: Playbook, coach: Coach, guard: Guard, *, is_read_again: bool = False
    ) -> None:
        self._playbook = playbook
        self._coach = coach
        self._guard = guard
        self._is_read_again = is_read_again

    def review_reply(
        self,
        fallback: Reply,
        draft: LlmDraft,
        questions: Sequence[Question],
        message: str,
        thread: Sequence[str] = (),
    ) -> tuple[Reply, list[str]]:
        """Return the best reply that may be sent.

        Args:
            fallback: The playbook's reply.
            draft: The model's.
            questions: Those that the ideas given to the model come from.
            message: The seller's.
            thread: What was said before, oldest first.

        Returns:
            The reply, and why the draft was rejected; empty if it wasn't.
        """
        applied, rejected = self._applied(draft, questions)
        if applied is None:
            return fallback, rejected
        reply = replace(
            fallback,
            question_id=applied.id,
            mirror=draft.mirror.strip(),
            question=draft.question.strip(),
            credit=self._playbook.articles[applied.article].credit,
        )
        wrong = self.draft_violations(reply, message, thread)
        return (fallback, wrong) if wrong else (reply, [])

    def in_playbook_words(self, drafted: Reply, fallback: Reply) -> Reply:
        """Return a reply that applies the same idea without a word of a model's.

        Args:
            drafted: A reply that ``review_reply`` has returned.
            fallback: The playbook's.
        """
        question = self._playbook.questions[drafted.question_id].worded(fallback.situations)
        return replace(drafted, mirror=fallback.mirror, question=question)

    def draft_violations(
        self, drafted: Reply, message: str, thread: Sequence[str] = ()
    ) -> list[str]:
        """Return every rule that a reply in a model's words breaks. Args: see ``review_reply``."""
        return self._guard.draft_violations(
            drafted, message, thread, is_read_again=self._is_read_again
        )

    @staticmethod
    def _applied(
        draft: LlmDraft, questions: Sequence[Question]
    ) -> tuple[Question | None, list[str]]:
        """Return the question that stands for the draft's idea, or why there is none."""
        if not draft.question.strip():
            return None, ["question: none"]
        applied = next((q for q in offered(questions) if q.idea == draft.idea), None)
        return applied, [] if applied else ["question: applies none of the ideas"]
