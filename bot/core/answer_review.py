"""Review a model's answer to an ask: all of it is shown, or the playbook answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.advice import Advice
from bot.core.answer_guard import AnswerGuard
from bot.core.coach import Coach
from bot.core.draft_review import offered
from bot.core.intents import Intent
from bot.core.llm_answer import LlmAnswer
from bot.core.model import Trap
from bot.core.playbook_model import Question
from bot.core.plays import PlayChoice
from bot.core.policy import NOTE_WORDS


@dataclass(frozen=True, slots=True)
class AnswerMaterial:
    """What a model gets beside the ask.

    Attributes:
        intent: What the ask is about.
        questions: One of the playbook's per idea that it may apply, at most three. Each stands for
            its idea when the seller asks where the answer comes from.
        customer_questions, draft, next_step: The playbook's, as examples.
        notes: What the playbook would say to asks like this one, the nearest first.
    """

    intent: Intent
    questions: tuple[Question, ...]
    customer_questions: tuple[str, ...]
    draft: str
    next_step: str
    notes: tuple[str, ...] = ()


def answer_material(
    coach: Coach,
    intent: Intent,
    trap: Trap | None,
    situations: Sequence[str],
    choice: PlayChoice,
    *,
    asked: dict[str, float],
    now: float,
    key: str,
) -> AnswerMaterial:
    """Return what a model gets beside the ask.

    Args:
        intent: What the ask is about.
        choice: The play that fits.
        Others: see ``Coach.choose_reply``.
    """
    play = choice.play
    questions = coach.questions_for_model(trap, situations, asked=asked, now=now, key=key)
    if not questions:  # all were asked lately
        questions = coach.questions_for_model(trap, situations, asked={}, now=now, key=key)
    return AnswerMaterial(
        intent=intent,
        questions=tuple(offered(questions)),
        customer_questions=play.questions,
        draft={Intent.EMAIL: play.draft, Intent.CALL: play.opening}.get(intent, ""),
        next_step=play.next_step,
        notes=tuple(each.plan if intent is Intent.CALL else each.reply for each in choice.close),
    )


class AnswerReview:
    """Checks answers.

    Args:
        guard: Checks the words.
    """

    def __init__(self, guard: AnswerGuard) -> None:
        self._guard = guard

    def faults(self, answer: LlmAnswer, material: AnswerMaterial, ask: str) -> list[str]:
        """Return the rules that an answer breaks, even if a second reading finds nothing in it.

        Args:
            answer: The model's, of the kind COACH.
            material: What it was given.
            ask: What the seller wrote.
        """
        return self._guard.violations(answer, ask, material.intent)

    def sound(self, answer: LlmAnswer, material: AnswerMaterial, ask: str) -> LlmAnswer | None:
        """Return the answer without what breaks a rule; None if too little is left. Args:
        ``faults``."""
        return self._guard.sound(answer, ask, material.intent)

    def unread_faults(self, answer: LlmAnswer, ask: str) -> list[str]:
        """Return why nothing can be shown if there is no second reading. Args: ``faults``."""
        return self._guard.unread_violations(answer.without_reply(), ask)

    def without_reading(self, answer: LlmAnswer, ask: str) -> LlmAnswer | None:
        """Return what can be shown if there is no second reading; None if nothing can.

        A reply that says how such things go has words of its own, and is left out.

        Args: ``faults``.
        """
        if not self._guard.unread_violations(answer, ask):
            return answer
        return None if self.unread_faults(answer, ask) else answer.without_reply()


def as_advice(
    answer: LlmAnswer, material: AnswerMaterial, trap: Trap | None, situations: Sequence[str]
) -> Advice:
    """Return what a seller gets of an answer without faults.

    Args:
        answer: The model's.
        material: What it was given.
        trap: The closest trap, or None. situations: what the ask is about.
    """
    intent, draft = material.intent, answer.draft
    is_draft = intent not in (Intent.CALL, Intent.REWORD)
    return Advice(
        trap=trap,
        situations=tuple(situations),
        reply=answer.reply,
        reply_is_note=intent in (Intent.EMAIL, Intent.REWORD) or _is_note(answer),
        observation="",
        questions=(),
        credited=credited_question(answer, material),
        customer_questions=answer.questions,
        draft=draft if is_draft else "",
        opening=draft if intent is Intent.CALL else "",
        reworded=draft if intent is Intent.REWORD else "",
        next_step=answer.next_step,
        is_labeled=intent is not Intent.NOT_ENGLISH,
    )


def _is_note(answer: LlmAnswer) -> bool:
    """Return whether a reply is a few words about a draft, whatever the ask was taken for."""
    return bool(answer.draft) and len(answer.reply.split()) <= NOTE_WORDS


def credited_question(answer: LlmAnswer, material: AnswerMaterial) -> Question | None:
    """Return the playbook's question with the idea that an answer applies; None if it applies
    none of those on offer."""
    return next((q for q in material.questions if q.idea == answer.idea), None)
