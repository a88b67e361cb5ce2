"""Puts a language model's answers to asks on their ports. Used by ``bot.flow_wiring``, and by the
command that measures recorded answers."""

from __future__ import annotations

from bot.core.answer_guard import AnswerGuard
from bot.core.answer_review import AnswerReview
from bot.core.coach import Coach
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits
from bot.detect.language import language_of
from bot.flows.answering import ModelAnswers
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Answerer, InventionReader


def build_model_answers(
    model: Answerer | None,
    reader: InventionReader | None,
    playbook: Playbook,
    coach: Coach,
    *,
    clock: Clock,
    limits: Limits,
) -> ModelAnswers | None:
    """Build what lets a model answer asks; None if none may. Args: see ``ModelAnswers``."""
    if model is None:
        return None
    return ModelAnswers(
        model=model,
        reader=reader,
        review=build_answer_review(playbook, limits),
        coach=coach,
        clock=clock,
        limits=limits,
    )


def build_answer_review(playbook: Playbook, limits: Limits) -> AnswerReview:
    """Build what checks a model's answers to asks."""
    guard = AnswerGuard(playbook.rubric, playbook.free_words, limits.answer, language_of)
    return AnswerReview(guard)
