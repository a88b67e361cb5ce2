"""What a language model answers to an ask, before anything of it has been checked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AnswerKind(StrEnum):
    """What a model makes of an ask.

    COACH: it can help. NOTHING: there is nothing to coach. PEOPLE: a matter for people rather than
    a bot. DANGER: the same, and somebody's life may be at risk.
    """

    COACH = "coach"
    NOTHING = "nothing"
    PEOPLE = "people"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class LlmAnswer:
    """A model's answer. Nothing in it has been checked.

    Attributes:
        kind: What it makes of the ask; unless that is COACH, the rest is not used.
        idea: Name of the article's idea that it applies.
        questions: To put to the customer.
        draft: Words in the seller's voice, with ___ for what only the seller knows; may be empty.
        next_step: One thing to do this week.
    """

    kind: AnswerKind
    idea: str = ""
    questions: tuple[str, ...] = ()
    draft: str = ""
    next_step: str = ""

    @property
    def text(self) -> str:
        """Everything that would be shown, one part per line."""
        return "\n".join(part for part in (*self.questions, self.draft, self.next_step) if part)
