"""Review a model's draft: use its parts that keep every rule, and the playbook for the rest.

A model may write the mirror sentence, choose and adapt one of the eligible questions, and reword
the seller's sentence. Each part is judged alone, so one bad field does not cost the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.coach import Advice, Coach
from bot.core.grounding import invented_situations, rewording_violations, ungrounded_words
from bot.core.guard import Guard
from bot.core.model import Reply
from bot.core.model_words import mirror_problems, question_problems, rewording_problems
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook, Question


@dataclass(frozen=True, slots=True)
class LlmDraft:
    """What a model wrote. Nothing in it has been checked.

    Attributes:
        mirror: A sentence that reflects the message; may be empty.
        question_id: Which of the eligible questions it chose.
        question: That question, perhaps adapted.
        reworded: The seller's sentence, reworded.
    """

    mirror: str
    question_id: str
    question: str
    reworded: str


class DraftReview:
    """Checks drafts against the rubric (R1 to R10) and against the message.

    Args:
        playbook: Supplies what replaces a rejected part.
        coach: Finds situations.
        guard: Checks the rubric.
    """

    def __init__(self, playbook: Playbook, coach: Coach, guard: Guard) -> None:
        self._playbook = playbook
        self._coach = coach
        self._guard = guard
        self._verdicts = Phrases((*playbook.rubric.verdicts, *playbook.rubric.trap_names))

    def review_reply(
        self, fallback: Reply, draft: LlmDraft, questions: Sequence[Question], message: str
    ) -> tuple[Reply, list[str]]:
        """Return the best reply that may be sent.

        Args:
            fallback: The playbook's reply; replaces the rejected parts.
            draft: The model's.
            questions: Those that the model could choose from.
            message: The seller's.

        Returns:
            The reply, and why parts of the draft were rejected; empty if none was.
        """
        question, rejected = self.review_question(draft, questions, message, fallback.mirror)
        reply = fallback
        if question is not None:
            credit = self._playbook.articles[question.article].credit
            reply = replace(reply, question_id=question.id, question=question.text, credit=credit)
        mirrored = replace(reply, mirror=draft.mirror.strip())
        if mirrored.mirror in ("", fallback.mirror):
            return reply, rejected
        wrong = [*self._guard.violations(mirrored), *self._invented(mirrored.mirror, message)]
        wrong += mirror_problems(mirrored.mirror, message, self._verdicts)
        if wrong:
            return reply, [*rejected, *(f"mirror: {why}" for why in wrong)]
        return mirrored, rejected

    def in_playbook_words(self, drafted: Reply, fallback: Reply) -> Reply:
        """Return a reply that asks the same question without a word of a model's.

        Args:
            drafted: A reply that ``review_reply`` has returned.
            fallback: The playbook's.
        """
        question = self._playbook.question_texts[drafted.question_id]
        return replace(drafted, mirror=fallback.mirror, question=question)

    def review_question(
        self, draft: LlmDraft, questions: Sequence[Question], message: str, mirror: str
    ) -> tuple[Question | None, list[str]]:
        """Return the question that the model chose, adapted if the adaptation may be sent.

        Args: see ``review_reply``; ``mirror`` passes the guard, and may be empty.

        Returns:
            The question, or None if the model chose none of the list; and why parts were rejected.
        """
        chosen = next((q for q in questions if q.id == draft.question_id), None)
        if chosen is None:
            return None, ["question: not one of the list"]
        adapted = replace(chosen, text=draft.question.strip())
        if adapted.text == chosen.text:
            return chosen, []
        credit = self._playbook.articles[chosen.article].credit
        wrong = self._guard.violations(Reply(chosen.id, mirror, adapted.text, credit))
        wrong += self._invented(adapted.text, f"{message} {chosen.text}")
        wrong += question_problems(adapted.text, message, self._verdicts, chosen.text)
        if wrong:
            return chosen, [f"question: {why}" for why in wrong]
        return adapted, []

    def review_rewording(self, draft: LlmDraft, message: str) -> tuple[str, list[str]]:
        """Return the reworded sentence, empty if it can't be shown, and why it was rejected."""
        reworded = draft.reworded.strip()
        wrong = rewording_violations(reworded, message, self._verdicts)
        wrong += rewording_problems(reworded, message, self._verdicts)
        wrong += self._invented_events(reworded, message)
        return ("" if wrong else reworded), [f"reworded: {why}" for why in wrong]

    def review_advice(
        self, fallback: Advice, draft: LlmDraft, questions: Sequence[Question], message: str
    ) -> tuple[Advice, list[str]]:
        """Return the advice with every part of the draft that may be shown.

        Args and result: see ``review_reply``.
        """
        question, rejected = self.review_question(draft, questions, message, mirror="")
        reworded, more = self.review_rewording(draft, message)
        chosen = fallback.questions
        if question is not None:
            others = [q for q in chosen if q.id != question.id]
            chosen = (question, *others[:1])
        return replace(fallback, questions=chosen, reworded=reworded), [*rejected, *more]

    def _invented(self, text: str, message: str) -> list[str]:
        words = [f"not in the message: {word}" for word in ungrounded_words(text, message)]
        return words + self._invented_events(text, message)

    def _invented_events(self, text: str, message: str) -> list[str]:
        found = self._coach.cued_situations(text)
        known = self._coach.cued_situations(message)
        return [f"invents an event: {event}" for event in invented_situations(found, known)]
