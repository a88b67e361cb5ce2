"""Asks a language model for words: a mirror sentence, a question, the seller's sentence reworded.

Nothing of its output is shown before ``bot.core.draft_review`` has checked it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from string import Template
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.core.draft_review import LlmDraft
from bot.core.model import Trap
from bot.core.playbook_model import Playbook, Question
from bot.detect.llm import StructuredLlm
from bot.detect.masking import mask

MAX_MESSAGE_CHARACTERS = 4_000
_Sentence = Annotated[str, StringConstraints(max_length=600)]


class WriterOutput(BaseModel):
    """The writer's answer. Any field may be empty."""

    model_config = ConfigDict(extra="forbid", strict=True)

    mirror: _Sentence
    question_id: Annotated[str, StringConstraints(max_length=64)]
    question: _Sentence
    reworded: _Sentence


class LlmWriter:
    """Implements ``bot.flows.ports.detection.Writer``.

    Args:
        llm: a model that fills in a ``WriterOutput``.
        model: the model's name; the writer's name is made from it.
    """

    def __init__(self, llm: StructuredLlm[WriterOutput], model: str) -> None:
        self.name = f"writer-{model}"[:64]
        self._llm = llm

    async def write(
        self, workspace_id: str, text: str, trap: Trap | None, questions: Sequence[Question]
    ) -> LlmDraft:
        output = await self._llm.ask(workspace_id, writer_request(text, trap, questions))
        return LlmDraft(output.mirror, output.question_id, output.question, output.reworded)

    async def close(self) -> None:
        """Close the connections to the model's server."""
        await self._llm.close()


def writer_instructions(playbook: Playbook) -> str:
    """Build the writer's system prompt: ``prompts/reword.md`` with the five traps filled in."""
    traps = "\n\n".join(f"## {w.trap}\n{w.definition.strip()}" for w in playbook.traps.values())
    return Template(playbook.reword).substitute(traps=traps)


def writer_request(text: str, trap: Trap | None, questions: Sequence[Question]) -> str:
    """Build the request for one message: masked, shortened, and as JSON.

    JSON keeps a message from closing its own quotation and posing as instructions.

    Args:
        text: the seller's message.
        trap: the closest trap, or None.
        questions: the questions to choose from.
    """
    request = {
        "message": mask(text)[:MAX_MESSAGE_CHARACTERS],
        "trap": trap or "none",
        "questions": [{"id": q.id, "text": q.text} for q in questions],
    }
    return json.dumps(request, ensure_ascii=False)
