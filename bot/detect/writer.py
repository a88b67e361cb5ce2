"""Asks a language model for words under a message: a sentence and a question.

Nothing of its output is shown before ``bot.core.draft_review`` has checked it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from string import Template
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.core.draft_review import LlmDraft, offered
from bot.core.model import Trap
from bot.core.playbook_model import Playbook, Question
from bot.detect.llm import StructuredLlm
from bot.detect.masking import mask
from bot.flows.ports.detection import SpokenTurn

MAX_MESSAGE_CHARACTERS = 4_000
MAX_TURNS = 5
MAX_TURN_CHARACTERS = 600
_Sentence = Annotated[str, StringConstraints(max_length=600)]


class WriterOutput(BaseModel):
    """The writer's answer, in this order: first whether and what about, then the words."""

    model_config = ConfigDict(extra="forbid", strict=True)

    skip: bool
    evidence: Annotated[str, StringConstraints(max_length=4_000)]
    idea: Annotated[str, StringConstraints(max_length=64)]
    mirror: _Sentence
    question: _Sentence


class LlmWriter:
    """Implements ``bot.flows.ports.detection.Writer``.

    Args:
        llm: a model that fills in a ``WriterOutput``.
        model: the model's name; the writer's name is made from it.
        playbook: the ideas of the articles.
    """

    def __init__(self, llm: StructuredLlm[WriterOutput], model: str, playbook: Playbook) -> None:
        self.name = f"writer-{model}"[:64]
        self._llm = llm
        self._playbook = playbook

    async def write(
        self,
        workspace_id: str,
        text: str,
        trap: Trap | None,
        questions: Sequence[Question],
        thread: Sequence[SpokenTurn] = (),
    ) -> LlmDraft:
        request = writer_request(self._playbook, text, trap, questions, thread)
        output = await self._llm.ask(workspace_id, request)
        return LlmDraft(
            skip=output.skip,
            evidence=output.evidence,
            mirror=output.mirror,
            question=output.question,
            idea=output.idea,
        )

    async def close(self) -> None:
        """Close the connections to the model's server."""
        await self._llm.close()


def writer_instructions(playbook: Playbook) -> str:
    """Build the writer's system prompt: ``prompts/reword.md`` with the five traps filled in."""
    traps = "\n".join(f"- {w.trap}: {w.definition.strip()}" for w in playbook.traps.values())
    return Template(playbook.reword).substitute(traps=traps)


def writer_request(
    playbook: Playbook,
    text: str,
    trap: Trap | None,
    questions: Sequence[Question],
    thread: Sequence[SpokenTurn] = (),
) -> str:
    """Build the request for one message: masked, shortened, and as JSON.

    JSON keeps a message from closing its own quotation and posing as instructions. Who spoke is
    told as a role, never as a name.

    Args:
        playbook: the ideas of the articles.
        text: the seller's message.
        trap: the closest trap, or None.
        questions: of the playbook, the best first; their ideas are those to choose from.
        thread: what was said before, oldest first.
    """
    examples = offered(questions)
    request = {
        "trap": trap or "none",
        "ideas": [
            {"idea": q.idea, "means": playbook.articles[q.article].ideas[q.idea]} for q in examples
        ],
        "examples": [q.text for q in examples],
        "thread": spoken(thread),
        "message": mask(text)[:MAX_MESSAGE_CHARACTERS],
    }
    return json.dumps(request, ensure_ascii=False)


def spoken(thread: Sequence[SpokenTurn]) -> list[dict[str, str]]:
    """Return the last turns as a model gets them: who by role, and what, masked and shortened."""
    return [
        {"who": turn.who, "text": mask(turn.text)[:MAX_TURN_CHARACTERS]}
        for turn in thread[-MAX_TURNS:]
    ]
