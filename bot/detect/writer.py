"""A language model that may write words: a mirror sentence, a question of ours, a sentence anew.

It fills in a closed form; nothing of it is shown before ``bot.core.wording`` has checked it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from string import Template
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.core.model import Trap
from bot.core.wording import Written
from bot.core.words import Playbook, Question
from bot.detect.llm import Asker
from bot.detect.masking import masked
from bot.flows.ports import Budget, Clock, JudgeFailed

MESSAGE_CHARACTERS = 4_000
_Words = Annotated[str, StringConstraints(max_length=600)]


class Form(BaseModel):
    """What the model fills in."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mirror: _Words
    question_id: Annotated[str, StringConstraints(max_length=64)]
    question: _Words
    reworded: _Words


class LlmWriter:
    """Implements ``bot.flows.ask_ports.Writer``.

    Args:
        asker: for ``Form``. name: kept with what is said. budget: how often a day. clock: Unix
            seconds.
    """

    def __init__(self, asker: Asker[Form], name: str, budget: Budget, clock: Clock) -> None:
        self.name = name[:64]
        self._asker = asker
        self._budget = budget
        self._clock = clock

    async def write(
        self, team: str, text: str, trap: Trap | None, questions: Sequence[Question]
    ) -> Written:
        if not self._asker.ready():
            raise JudgeFailed("resting")
        if not await self._budget.take(team, self._clock()):
            raise JudgeFailed("the calls of today are used up")
        form = await self._asker.ask(asked(text, trap, questions))
        return Written(form.mirror, form.question_id, form.question, form.reworded)

    async def close(self) -> None:
        """Lets go of the connections."""
        await self._asker.close()


def instructions(playbook: Playbook) -> str:
    """What the writer is told of its work: ``prompts/reword.md`` with the traps filled in."""
    traps = "\n\n".join(f"## {w.trap}\n{w.definition.strip()}" for w in playbook.traps.values())
    return Template(playbook.reword).substitute(traps=traps)


def asked(text: str, trap: Trap | None, questions: Sequence[Question]) -> str:
    """One message as the writer gets it: masked, cut, and as JSON, so that it can't end early.

    Args:
        text: the seller's. trap: what is near; None for nothing. questions: to choose from.
    """
    request = {
        "message": masked(text)[:MESSAGE_CHARACTERS],
        "near": trap or "none",
        "questions": [{"id": q.id, "text": q.text} for q in questions],
    }
    return json.dumps(request, ensure_ascii=False)
