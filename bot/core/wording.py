"""A model's words are taken where they keep every rule, and the playbook's where they don't.

A model may write the mirror sentence, choose among the fitting questions, adapt one, and say the
seller's sentence another way. Each part stands or falls alone, so one bad field costs no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.coach import Advice, Coach
from bot.core.grounding import strange_events, unfit, ungrounded
from bot.core.guard import Guard
from bot.core.model import Reply
from bot.core.phrases import Phrases
from bot.core.words import Playbook, Question


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote: one sentence that mirrors, one of the questions (perhaps adapted), and
    the seller's sentence said another way. Nothing of it was checked yet."""

    mirror: str
    question_id: str
    question: str
    reworded: str


class Wording:
    """Checks what a model wrote, against the rubric (R1 to R10) and against the message.

    Args:
        playbook: the words. coach: knows the situations. guard: the rubric.
    """

    def __init__(self, playbook: Playbook, coach: Coach, guard: Guard) -> None:
        self._playbook = playbook
        self._coach = coach
        self._guard = guard
        self._verdicts = Phrases((*playbook.rubric.verdicts, *playbook.rubric.trap_names))

    def reply(
        self, plain: Reply, written: Written, questions: Sequence[Question], message: str
    ) -> tuple[Reply, list[str]]:
        """The best reply that may be sent.

        Args:
            plain: from the playbook; it stands where the model's words fall.
            written: by the model. questions: those that it could choose from.
            message: the seller's.

        Returns:
            The reply, and why parts of the model's words fell; empty where all were taken.
        """
        question, faults = self.question(written, questions, message, plain.mirror)
        if question is not None:
            credit = self._playbook.articles[question.article].credit
            plain = replace(plain, question_id=question.id, question=question.text, credit=credit)
        mirrored = replace(plain, mirror=written.mirror.strip())
        wrong = [*self._guard.breaches(mirrored), *self._invented(mirrored.mirror, message)]
        if wrong:
            return plain, [*faults, *(f"mirror: {why}" for why in wrong)]
        return mirrored, faults

    def question(
        self, written: Written, questions: Sequence[Question], message: str, mirror: str
    ) -> tuple[Question | None, list[str]]:
        """The question that the model chose, as it adapted it, or in the playbook's own words, or
        None where it chose none of the list."""
        chosen = next((q for q in questions if q.id == written.question_id), None)
        if chosen is None:
            return None, ["question: not one of the list"]
        adapted = replace(chosen, text=written.question.strip())
        if adapted.text == chosen.text:
            return chosen, []
        credit = self._playbook.articles[chosen.article].credit
        wrong = self._guard.breaches(Reply(chosen.id, mirror, adapted.text, credit))
        wrong += self._invented(adapted.text, f"{message} {chosen.text}")
        if wrong:
            return chosen, [f"question: {why}" for why in wrong]
        return adapted, []

    def reworded(self, written: Written, message: str) -> tuple[str, list[str]]:
        """The seller's sentence said another way; empty where it can't be shown."""
        said = written.reworded.strip()
        wrong = unfit(said, message, self._verdicts)
        wrong += [f"an event of its own: {e}" for e in self._strange(said, message)]
        return ("" if wrong else said), [f"reworded: {why}" for why in wrong]

    def advice(
        self, plain: Advice, written: Written, questions: Sequence[Question], message: str
    ) -> tuple[Advice, list[str]]:
        """Advice with all of the model's words that may be shown; arguments as for ``reply``."""
        mirror = next(m.text for words in self._playbook.traps.values() for m in words.mirrors)
        question, faults = self.question(written, questions, message, mirror)
        reworded, more = self.reworded(written, message)
        chosen = plain.questions
        if question is not None:
            others = [q for q in chosen if q.id != question.id]
            chosen = (question, *others[:1])
        return replace(plain, questions=chosen, reworded=reworded), [*faults, *more]

    def _invented(self, said: str, message: str) -> list[str]:
        found = [f"not in the message: {word}" for word in ungrounded(said, message)]
        return found + [f"an event of its own: {e}" for e in self._strange(said, message)]

    def _strange(self, said: str, message: str) -> list[str]:
        return strange_events(self._coach.situations(said), self._coach.situations(message))
