"""A language model answers an ask, and a second reading takes away what it invents.

The order is that of cost: the model answers, the guard reads in memory, and only what passes it is
read once more by a model. Whatever fails or is late leaves the answer to the playbook.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.advice import Advice
from bot.core.answer_review import AnswerReview, answer_material, as_advice
from bot.core.coach import Coach
from bot.core.intents import Intent
from bot.core.llm_answer import AnswerKind, LlmAnswer
from bot.core.model import Trap
from bot.core.plays import PlayChoice
from bot.core.policy import Limits
from bot.flows.errors import JudgeError
from bot.flows.ports.asks import Ask
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Answerer, InventionReader

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answered:
    """What has come of asking a model.

    Attributes:
        kind: what it makes of the ask. advice: what to show, if it coaches.
    """

    kind: AnswerKind
    advice: Advice | None = None


class ModelAnswers:
    """Asks a model for an answer, and lets nothing pass that breaks a rule.

    Args:
        model: answers. reader: reads what passes the guard; None if the guard reads each word.
        review: checks what the model wrote.
        coach: picks the ideas that a model may apply.
        clock, limits: the time, and how much of it there is.
    """

    def __init__(
        self,
        *,
        model: Answerer,
        reader: InventionReader | None,
        review: AnswerReview,
        coach: Coach,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._model = model
        self._reader = reader
        self._review = review
        self._coach = coach
        self._clock = clock
        self._limits = limits

    async def answer(
        self,
        ask: Ask,
        intent: Intent,
        trap: Trap | None,
        situations: Sequence[str],
        choice: PlayChoice,
        asked: dict[str, float],
    ) -> Answered | None:
        """Return a model's answer; None if there is no good one in time.

        Args:
            ask: what is asked. intent: what it is about.
            trap: the closest trap, or None. situations: what is in the text.
            choice: the play that fits.
            asked: when this seller was last asked each question, by id, in Unix seconds.
        """
        material = answer_material(
            self._coach,
            intent,
            trap,
            situations,
            choice,
            asked=asked,
            now=self._clock(),
            key=ask.key,
        )
        until = asyncio.get_running_loop().time() + self._limits.ask_within_seconds
        try:
            async with asyncio.timeout_at(until):
                answer = await self._model.answer(ask.workspace_id, ask.text, material)
        except (TimeoutError, JudgeError) as failed:
            log.info("%s the playbook answers: %s", ask.log_name, failed or "no answer in time")
            return None
        if answer.kind is not AnswerKind.COACH:
            return Answered(answer.kind)
        if faults := self._review.faults(answer, material, ask.text):
            log.info("%s a model's answer breaks rules: %d", ask.log_name, len(faults))
        sound = self._review.sound(answer, material, ask.text)
        if sound is None:
            return None
        true = await self._what_is_true(ask, sound, until)
        if true is None:
            return None
        return Answered(true.kind, as_advice(true, material, trap, situations))

    async def _what_is_true(self, ask: Ask, answer: LlmAnswer, until: float) -> LlmAnswer | None:
        """Return what a second reading finds nothing in. Without one the guard reads each word, and
        a reply that says how such things go is left out."""
        unsaid: str | None = None
        if self._reader is not None:
            try:
                async with asyncio.timeout_at(until):
                    unsaid = await self._reader.find_unsaid(
                        ask.workspace_id, ask.text, (), answer.text
                    )
            except (TimeoutError, JudgeError) as failed:
                log.info("%s no second reading: %s", ask.log_name, failed or "no time left")
        if unsaid is None:
            return self._review.without_reading(answer, ask.text)
        if unsaid:
            log.info("%s a second reading found something unsaid in an answer", ask.log_name)
            return None
        return answer
