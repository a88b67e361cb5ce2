"""Choose the question that fits a message, and a mirror sentence if the playbook has one.

The same input gives the same texts. A question is not repeated to a seller within the time that
policy sets (Ancker 2017: repeats are what wears people out), and none is asked that presupposes
something the message does not say (rubric R7).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from bot.core.model import Reply, Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import IfThenPlan, Mirror, Playbook, Question
from bot.core.situations import LOST, SituationReader, in_doubt

ANY_SITUATION = "any"
CONVERSATION_SECONDS = 3_600.0  # within it no question is repeated, whatever the settings say


@dataclass(frozen=True, slots=True)
class Advice:
    """What a seller gets on request. Only that seller sees it.

    Attributes:
        trap: The closest trap, or None.
        situations: Ids of the situations in the message.
        observation: What the bot noticed, in kind words.
        questions: Up to two.
        fill_in_sentence: A better sentence with blanks.
        if_then_plan: A plan for next time; may be empty.
        reworded: The seller's sentence, reworded by a model; empty if ``fill_in_sentence`` is used.
        skipped: A model is configured but gave no answer in time, so only the playbook was used.
    """

    trap: Trap | None
    situations: tuple[str, ...]
    observation: str
    questions: tuple[Question, ...]
    fill_in_sentence: str
    if_then_plan: str = ""
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
            The question, or None if all were asked too recently.
        """
        eligible = self.eligible_questions(
            trap, situations, asked=asked, now=now, min_repeat_seconds=min_repeat_seconds
        )
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
    ) -> Advice:
        """Return the answer to a request: up to two questions, a sentence to fill in and a plan.

        Args: see ``choose_reply`` and ``eligible_questions``.
        """
        questions: list[Question] = []
        for _ in range(2):
            question = self.next_question(
                trap,
                situations,
                asked={**asked, **{q.id: now for q in questions}},
                now=now,
                key=key,
                min_repeat_seconds=CONVERSATION_SECONDS,
            )
            questions += [question] if question else []
        content = self._playbook.traps[trap] if trap else self._playbook.no_trap
        plans = self._playbook.traps[trap].if_then_plans if trap else ()
        return Advice(
            trap=trap,
            situations=tuple(situations),
            observation=content.observation,
            questions=tuple(questions),
            fill_in_sentence=content.fill_in_sentence,
            if_then_plan=_choose_plan(plans, situations, key).text if plans else "",
        )


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
