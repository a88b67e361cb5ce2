"""What a language model answers to an ask, before anything of it has been checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
        reply: What the seller is told first: a direct reply to what they asked; may be empty.
        idea: Name of the article's idea that it applies.
        questions: To put to the customer.
        draft: Words in the seller's voice, with ___ for what only the seller knows; may be empty.
        next_step: One thing to do this week.
    """

    kind: AnswerKind
    reply: str = ""
    idea: str = ""
    questions: tuple[str, ...] = ()
    draft: str = ""
    next_step: str = ""

    @property
    def text(self) -> str:
        """Everything that would be shown, one part per line."""
        parts = (self.reply, *self.questions, self.draft, self.next_step)
        return "\n".join(part for part in parts if part)

    def without_reply(self) -> LlmAnswer:
        """Return the answer with its questions, draft and step alone."""
        return replace(self, reply="")
