"""Choose the question that fits a message, and a mirror sentence if the playbook has one.

The same input gives the same texts. A question is not repeated to a seller within the time that
policy sets (Ancker 2017: repeats are what wears people out), and none is asked that presupposes
something the message does not say (rubric R7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from zlib import crc32

from bot.core.intents import Intent
from bot.core.model import Reply, Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import (
    CallPlan,
    Draft,
    IfThenPlan,
    Mirror,
    NextStep,
    Playbook,
    Question,
)
from bot.core.situations import LOST, SituationReader, in_doubt

ANY_SITUATION = "any"
EntryT = TypeVar("EntryT", Draft, CallPlan, NextStep)

_QUESTIONS = {Intent.DEAL: 2, Intent.EMAIL: 2, Intent.CALL: 1, Intent.REWORD: 1}  # for the seller
CONVERSATION_SECONDS = 3_600.0  # within it no question is repeated, whatever the settings say


@dataclass(frozen=True, slots=True)
class Advice:
    """What a seller gets on request. Only that seller sees it. Any text may be empty.

    Attributes:
        trap: The closest trap, or None.
        situations: Ids of the situations in the message.
        observation: What the bot noticed, in kind words.
        questions: Up to two, for the seller.
        fill_in_sentence: A better sentence with blanks.
        if_then_plan: A plan for next time.
        draft: A message to the customer, with blanks.
        find_out: What to come back with from a conversation.
        customer_questions: To ask the customer.
        opening: The first sentence of a conversation, with blanks.
        next_step: One thing to do next.
        reworded: The seller's sentence, reworded by a model; empty if ``fill_in_sentence`` is used.
        skipped: A model is configured but gave no answer in time, so only the playbook was used.
    """

    trap: Trap | None
    situations: tuple[str, ...]
    observation: str
    questions: tuple[Question, ...]
    fill_in_sentence: str = ""
    if_then_plan: str = ""
    draft: str = ""
    find_out: str = ""
    customer_questions: tuple[str, ...] = ()
    opening: str = ""
    next_step: str = ""
    reworded: str = ""
    skipped: bool = False


class Coach:
    """Chooses texts from the playbook.

    Args:
        playbook: The checked texts of ``prompts/``.
        same_question_days: Days before a seller may get the same question again.
        read_situations: Finds situations that no phrase shows; None if the phrase lists decide
            alone.
    """

    def __init__(
        self,
        playbook: Playbook,
        same_question_days: float,
        read_situations: SituationReader | None = None,
    ) -> None:
        self._playbook = playbook
        self._read_situations = read_situations
        self._repeat_seconds = same_question_days * 86_400.0
        self._cues = {s.id: Phrases(s.cues) for s in playbook.situations}

    @property
    def questions(self) -> Mapping[str, Question]:
        """Every question of the playbook, by id."""
        return self._playbook.questions

    def find_situations(self, text: str) -> list[str]:
        """Return the ids of the situations in a message, in order of priority.

        What can't be ruled out is in the list as well, with a question mark: ``"lost?"``. Reading
        may take 10 ms, so stories call it in a thread.
        """
        cued = self.cued_situations(text)
        if self._read_situations is None:
            return cued
        reading = self._read_situations(text, cued)
        certain = [s for s in self._cues if s in reading.certain]
        return [*certain, *(in_doubt(s) for s in self._cues if s in reading.possible)]

    def cued_situations(self, text: str) -> list[str]:
        """Return the ids of the situations whose phrases are in a text, in order of priority."""
        return [situation for situation, cues in self._cues.items() if text in cues]

    def choose_reply(
        self,
        trap: Trap,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        key: str,
    ) -> Reply | None:
        """Return the reply to a message.

        Args:
            trap: The trap that was detected.
            situations: From ``find_situations``.
            asked: When this seller was last asked each question, by id, in Unix seconds.
            now: Unix seconds.
            key: Breaks ties, so the same message always gets the same reply.

        Returns:
            The reply, or None if every question that fits was asked too recently.
        """
        content = self._playbook.traps[trap]
        question = self.next_question(trap, situations, asked=asked, now=now, key=key)
        if question is None:
            return None
        mirror = _choose_mirror(content.mirrors, situations, key)
        article = self._playbook.articles[question.article]
        return Reply(
            question.id, mirror, question.text, article.credit, situations=tuple(situations)
        )

    def eligible_questions(
        self,
        trap: Trap | None,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        min_repeat_seconds: float = 0.0,
    ) -> list[Question]:
        """Return the questions that fit the situations and repeat nothing.

        Args:
            trap: None for the questions without a trap.
            situations: From ``find_situations``.
            asked: When this seller was last asked each question, by id, in Unix seconds.
            now: Unix seconds.
            min_repeat_seconds: Time before a repeat, if policy allows a shorter one.
        """
        repeat_seconds = max(self._repeat_seconds, min_repeat_seconds)
        content = self._playbook.traps[trap] if trap else self._playbook.no_trap
        return [
            q
            for q in content.questions
            if q.fits(situations) and now - asked.get(q.id, float("-inf")) >= repeat_seconds
        ]

    def questions_for_model(
        self,
        trap: Trap,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        key: str,
    ) -> list[Question]:
        """Return the questions whose ideas a model may apply, those that fit best first.

        Args: see ``choose_reply``; another ``key`` brings other ideas to the front.
        """
        eligible = self.eligible_questions(trap, situations, asked=asked, now=now)
        return sorted(
            eligible, key=lambda q: (not set(q.when) & set(situations), _tie_break(key, q.id))
        )

    def next_question(
        self,
        trap: Trap | None,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        key: str,
        min_repeat_seconds: float = 0.0,
    ) -> Question | None:
        """Return the question that fits best; among equals, the one asked longest ago.

        Args: see ``choose_reply`` and ``eligible_questions``.

        Returns:
            The question, or None if all of a trap's were asked too recently. The questions without
            a trap never run out: after all were asked, the oldest come back.
        """
        eligible = self.eligible_questions(
            trap, situations, asked=asked, now=now, min_repeat_seconds=min_repeat_seconds
        )
        if trap is None and not eligible:
            fitting = [q for q in self._playbook.no_trap.questions if q.fits(situations)]
            return min(fitting, key=lambda q: (asked.get(q.id, 0.0), _tie_break(key, q.id)))
        return min(
            eligible,
            key=lambda q: (
                LOST in situations and LOST not in q.when,
                not set(q.when) & set(situations),
                asked.get(q.id, 0.0),
                _tie_break(key, q.id),
            ),
            default=None,
        )

    def build_advice(
        self,
        trap: Trap | None,
        situations: Sequence[str],
        *,
        asked: Mapping[str, float],
        now: float,
        key: str,
        intent: Intent = Intent.DEAL,
    ) -> Advice:
        """Return the answer to a request: questions for the seller, and what the intent asks for.

        Args:
            intent: one that is coached.
            Others: see ``choose_reply`` and ``eligible_questions``.
        """
        advice = Advice(
            trap=trap,
            situations=tuple(situations),
            observation=self._playbook.traps[trap].observation if trap else "",
            questions=self._choose_questions(
                trap, situations, _QUESTIONS[intent], asked=asked, now=now, key=key
            ),
        )
        match intent:
            case Intent.EMAIL:
                return replace(advice, draft=self._draft(situations))
            case Intent.CALL:
                return self._prepare_call(advice)
            case Intent.REWORD:
                return replace(advice, fill_in_sentence=self._sentence(trap))
        if trap is None:
            return replace(
                advice,
                observation=self._playbook.no_trap.observation,
                next_step=self._next_step(situations),
            )
        plans = self._playbook.traps[trap].if_then_plans
        return replace(
            advice,
            fill_in_sentence=self._sentence(trap),
            next_step=self._next_step(situations),
            if_then_plan=_choose_plan(plans, situations, key).text,
        )

    def _choose_questions(
        self,
        trap: Trap | None,
        situations: Sequence[str],
        count: int,
        *,
        asked: Mapping[str, float],
        now: float,
        key: str,
    ) -> tuple[Question, ...]:
        """Return so many questions; where those of a trap run out, open ones."""
        questions: list[Question] = []
        for _ in range(count):
            asked_by_then = {**asked, **{q.id: now for q in questions}}
            for of_trap in dict.fromkeys((trap, None)):
                question = self.next_question(
                    of_trap,
                    situations,
                    asked=asked_by_then,
                    now=now,
                    key=key,
                    min_repeat_seconds=CONVERSATION_SECONDS,
                )
                if question is not None:
                    questions.append(question)
                    break
        return tuple(questions)

    def _prepare_call(self, advice: Advice) -> Advice:
        plan = first_fitting(self._playbook.answers.call_plans, advice.situations)
        return replace(
            advice,
            observation="",
            find_out=plan.find_out,
            customer_questions=plan.questions,
            opening=plan.opening,
        )

    def _draft(self, situations: Sequence[str]) -> str:
        return first_fitting(self._playbook.answers.drafts, situations).text

    def _next_step(self, situations: Sequence[str]) -> str:
        return first_fitting(self._playbook.answers.next_steps, situations).text

    def _sentence(self, trap: Trap | None) -> str:
        content = self._playbook.traps[trap] if trap else self._playbook.no_trap
        return content.fill_in_sentence


def first_fitting(entries: Sequence[EntryT], situations: Sequence[str]) -> EntryT:
    """Return the entry of the first situation that one fits; else one that fits anything."""
    for situation in situations:
        for entry in entries:
            if situation in entry.when:
                return entry
    return next(entry for entry in entries if not entry.when)


def _choose_plan(plans: tuple[IfThenPlan, ...], situations: Sequence[str], key: str) -> IfThenPlan:
    fitting = [p for p in plans if set(p.when) & set(situations)]
    return min(fitting or [p for p in plans if not p.when], key=lambda p: _tie_break(key, p.id))


def _choose_mirror(mirrors: tuple[Mirror, ...], situations: Sequence[str], key: str) -> str:
    """Return the sentence that fits; empty if none does, because none beats a wrong one."""
    for situation in [*situations, ANY_SITUATION]:
        fitting = [m for m in mirrors if m.when == situation]
        if fitting:
            return min(fitting, key=lambda m: _tie_break(key, m.id)).text
    return ""


def _tie_break(key: str, entry_id: str) -> int:
    return crc32(f"{key}/{entry_id}".encode())
