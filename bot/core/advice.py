"""Put the answer to a request together: questions for the seller, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.core.coach import Coach, tie_break
from bot.core.intents import Intent
from bot.core.model import Trap
from bot.core.playbook_model import CallPlan, Draft, IfThenPlan, NextStep, Playbook, Question

EntryT = TypeVar("EntryT", Draft, CallPlan, NextStep)

_QUESTIONS = {Intent.DEAL: 2, Intent.EMAIL: 2, Intent.CALL: 1, Intent.REWORD: 1}  # for the seller


@dataclass(frozen=True, slots=True)
class Advice:
    """What a seller gets on request. Only that seller sees it. Any text may be empty.

    Attributes:
        trap: The closest trap, or None.
        situations: Ids of the situations in the message.
        reply: What a model says to what was asked, first of all.
        reply_is_note: Whether it is a note about the draft, and comes after it.
        observation: What the bot noticed, in kind words.
        questions: Up to two, for the seller.
        credited: The playbook's question with the idea that a model's answer applies; it is not
            shown, but says where the answer comes from. None if the playbook answers.
        fill_in_sentence: A better sentence with blanks.
        if_then_plan: A plan for next time.
        draft: A message to the customer, with blanks.
        find_out: What to come back with from a conversation.
        customer_questions: To ask the customer.
        opening: The first sentence of a conversation, with blanks.
        next_step: One thing to do next.
        reworded: The seller's sentence, said better by a model.
        is_labeled: Whether each part has a heading; those that there are are English.
        skipped: A model is configured but gave no answer in time, so only the playbook was used.
    """

    trap: Trap | None
    situations: tuple[str, ...]
    observation: str
    questions: tuple[Question, ...]
    reply: str = ""
    reply_is_note: bool = False
    fill_in_sentence: str = ""
    if_then_plan: str = ""
    draft: str = ""
    find_out: str = ""
    customer_questions: tuple[str, ...] = ()
    opening: str = ""
    next_step: str = ""
    reworded: str = ""
    credited: Question | None = None
    is_labeled: bool = True
    skipped: bool = False


def build_advice(
    coach: Coach,
    trap: Trap | None,
    situations: Sequence[str],
    *,
    asked: Mapping[str, float],
    now: float,
    key: str,
    intent: Intent = Intent.DEAL,
) -> Advice:
    """Return the answer to a request.

    Args:
        coach: picks the questions.
        intent: one that is coached.
        Others: see ``Coach.choose_reply``.
    """
    playbook = coach.playbook
    questions: list[Question] = []
    for _ in range(_QUESTIONS[intent]):
        by_then = {**asked, **{q.id: now for q in questions}}
        questions.append(
            coach.requested_question(trap, situations, asked=by_then, now=now, key=key)
        )
    of_trap = playbook.traps[trap] if trap else None
    content = of_trap or playbook.no_trap
    advice = Advice(
        trap=trap,
        situations=tuple(situations),
        observation=of_trap.observation if of_trap else "",
        questions=tuple(questions),
    )
    match intent:
        case Intent.EMAIL:
            return replace(advice, draft=first_fitting(playbook.answers.drafts, situations).text)
        case Intent.CALL:
            return _prepare_call(advice, playbook)
        case Intent.REWORD:
            return replace(advice, fill_in_sentence=playbook.no_trap.fill_in_sentence)
    next_step = first_fitting(playbook.answers.next_steps, situations).text
    if of_trap is None:
        return replace(advice, observation=playbook.no_trap.observation, next_step=next_step)
    return replace(
        advice,
        fill_in_sentence=content.fill_in_sentence,
        next_step=next_step,
        if_then_plan=_choose_plan(of_trap.if_then_plans, situations, key).text,
    )


def _prepare_call(advice: Advice, playbook: Playbook) -> Advice:
    plan = first_fitting(playbook.answers.call_plans, advice.situations)
    return replace(
        advice,
        observation="",
        find_out=plan.find_out,
        customer_questions=plan.questions,
        opening=plan.opening,
    )


def first_fitting(entries: Sequence[EntryT], situations: Sequence[str]) -> EntryT:
    """Return the entry of the first situation that one fits; else one that fits anything."""
    for situation in situations:
        for entry in entries:
            if situation in entry.when:
                return entry
    return next(entry for entry in entries if not entry.when)


def _choose_plan(plans: tuple[IfThenPlan, ...], situations: Sequence[str], key: str) -> IfThenPlan:
    fitting = [p for p in plans if set(p.when) & set(situations)]
    return min(fitting or [p for p in plans if not p.when], key=lambda p: tie_break(key, p.id))
