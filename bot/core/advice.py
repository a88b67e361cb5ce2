"""Put the answer to a request together: questions for the seller, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.coach import Coach, tie_break
from bot.core.intents import Intent
from bot.core.model import Trap
from bot.core.playbook_model import IfThenPlan, Question
from bot.core.plays import PlayChoice

_QUESTIONS = {Intent.DEAL: 2, Intent.EMAIL: 2, Intent.CALL: 1, Intent.REWORD: 1}
"""For the seller, if there are any."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What a seller gets on request. Only that seller sees it. Any text may be empty.

    Attributes:
        trap: The closest trap, or None.
        situations: Ids of the situations in the message.
        reply: What is said to what was asked, first of all.
        reply_is_note: Whether it is a note about the draft, and comes after it.
        observation: What the bot noticed, in kind words.
        questions: Up to two, for the seller.
        credited: The playbook's question with the idea that a model's answer applies; it is not
            shown, but says where the answer comes from. None if the playbook answers.
        fill_in_sentence: A better sentence with blanks.
        if_then_plan: A plan for next time.
        draft: A message to the customer, with blanks.
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
    choice: PlayChoice,
    *,
    asked: Mapping[str, float],
    now: float,
    key: str,
    intent: Intent = Intent.DEAL,
) -> Advice:
    """Return the answer to a request.

    Where it is certain what the ask is about, a play answers. Where a trap is close, what stands
    out is said instead, with questions that help out of it; and where nothing is certain, questions
    open up what the ask leaves unsaid. Whoever wants a draft, a plan or a sentence gets just that,
    and questions only where a trap is close.

    Args:
        coach: picks the questions.
        choice: the play that fits.
        intent: one that is coached.
        Others: see ``Coach.choose_reply``.
    """
    playbook, play = coach.playbook, choice.play
    of_trap = playbook.traps[trap] if trap else None
    questions: list[Question] = []
    is_clear = choice.is_certain and trap is None
    asks_for_words = intent is not Intent.DEAL and trap is None
    for _ in range(0 if is_clear or asks_for_words else _QUESTIONS[intent]):
        by_then = {**asked, **{q.id: now for q in questions}}
        questions.append(
            coach.requested_question(trap, situations, asked=by_then, now=now, key=key)
        )
    advice = Advice(
        trap=trap,
        situations=tuple(situations),
        observation=of_trap.observation if of_trap else "",
        questions=tuple(questions),
    )
    match intent:
        case Intent.EMAIL:
            return replace(advice, draft=play.draft)
        case Intent.CALL:
            return replace(
                advice,
                observation="",
                reply=play.plan,
                opening=play.opening,
                customer_questions=play.questions,
            )
        case Intent.REWORD:
            return replace(advice, fill_in_sentence=play.say)
    if is_clear:
        return replace(
            advice,
            reply=play.reply,
            customer_questions=play.questions,
            next_step=play.next_step,
        )
    if of_trap is None:
        return replace(advice, observation=playbook.no_trap.observation, next_step=play.next_step)
    return replace(
        advice,
        fill_in_sentence=of_trap.fill_in_sentence,
        next_step=play.next_step,
        if_then_plan=_choose_plan(of_trap.if_then_plans, situations, key).text,
    )


def _choose_plan(plans: tuple[IfThenPlan, ...], situations: Sequence[str], key: str) -> IfThenPlan:
    fitting = [p for p in plans if set(p.when) & set(situations)]
    return min(fitting or [p for p in plans if not p.when], key=lambda p: tie_break(key, p.id))
