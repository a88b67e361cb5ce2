"""A language model drafts a question, and a second reading takes away what it invents.

The order is that of cost: the model writes, the guard reads in memory, and only what passes it is
read once more by a model. Whatever fails or is late ends with the playbook's question.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.core.coach import Coach
from bot.core.draft_review import DraftReview, LlmDraft, why_silent
from bot.core.model import Message, Trap, Turn
from bot.core.policy import FRESH_QUESTION_SECONDS
from bot.flows.candidate_endings import named
from bot.flows.errors import JudgeError
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import InventionReader, SpokenTurn, Writer
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


class Drafter:
    """Asks for words. Nothing that it returns may be shown before ``DraftReview`` has taken it.

    Args:
        store, clock: the ports.
        coach: picks the questions whose ideas a model may apply.
        draft_review: checks what it wrote.
        writer: a model that may write words; None if the playbook speaks alone.
        invention_reader: reads what passes; None if the guard's word is the last.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        coach: Coach,
        draft_review: DraftReview,
        writer: Writer | None,
        invention_reader: InventionReader | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._coach = coach
        self._draft_review = draft_review
        self._writer = writer
        self._invention_reader = invention_reader

    async def draft(
        self, message: Message, trap: Trap, situations: Sequence[str], context: Sequence[Turn]
    ) -> LlmDraft | None:
        """Return what a model would say; None if none may write, or gives no good answer in time.

        Args:
            message: the seller's. trap: that it shows. situations: what it is about.
            context: what was said before, oldest first.
        """
        if self._writer is None:
            return None
        now, key = self._clock(), f"{message.channel_id}/{message.ts}"
        async with self._store.begin() as uow:
            asked = await uow.people.asked_questions(message.workspace_id, message.author_id)
            asked_here = await uow.findings.asked_in_channel(
                message.workspace_id, message.channel_id, since=now - FRESH_QUESTION_SECONDS
            )
        questions = self._coach.questions_for_model(
            trap, situations, asked=asked, asked_here=asked_here, now=now, key=key
        )
        fallback = self._coach.choose_reply(
            trap, situations, asked=asked, asked_here=asked_here, now=now, key=key
        )
        if fallback is None:
            return None  # every question was asked too recently, so none will be
        thread = [spoken_turn(turn, message.author_id) for turn in context]
        try:
            draft = await self._writer.write(
                message.workspace_id, message.text, trap, questions, thread
            )
        except JudgeError as failed:
            log.info("%s the playbook speaks alone: %s", named(message), failed)
            return None
        if why_silent(draft, message.text) or self._invention_reader is None:
            return draft
        reply, faults = self._draft_review.review_reply(
            fallback, draft, questions, message.text, [turn.text for turn in context]
        )
        if faults or await self._is_true(message, thread, reply.text):
            return draft
        return draft.without_words()

    async def _is_true(self, message: Message, thread: Sequence[SpokenTurn], reply: str) -> bool:
        assert self._invention_reader is not None
        try:
            unsaid = await self._invention_reader.find_unsaid(
                message.workspace_id, message.text, thread, reply
            )
        except JudgeError as failed:
            log.info("%s a draft was not read a second time: %s", named(message), failed)
            return False
        if unsaid:
            log.info("%s a second reading found something unsaid in a draft", named(message))
        return not unsaid


def spoken_turn(turn: Turn, author_id: str) -> SpokenTurn:
    """Return a turn without a name: the seller's own, or a colleague's."""
    return SpokenTurn("seller" if turn.author_id == author_id else "colleague", turn.text)
