"""Asks a language model for the answer to an ask.

Nothing of its output is shown before ``bot.core.answer_review`` has checked it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.core.answer_review import AnswerMaterial
from bot.core.intents import Intent
from bot.core.llm_answer import AnswerKind, LlmAnswer
from bot.core.playbook_model import Playbook
from bot.detect.llm import StructuredLlm
from bot.detect.masking import mask
from bot.detect.writer import MAX_MESSAGE_CHARACTERS

_Sentence = Annotated[str, StringConstraints(max_length=600)]
_OTHER = "other"


class AnswerOutput(BaseModel):
    """The model's answer, in this order: first what to make of the ask, then the words."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["coach", "nothing", "people", "danger"]
    reply: Annotated[str, StringConstraints(max_length=4_000)] = ""  # version 0.1 knew none
    idea: Annotated[str, StringConstraints(max_length=64)]
    questions: list[_Sentence]
    draft: Annotated[str, StringConstraints(max_length=4_000)]
    next_step: _Sentence


class LlmAnswerer:
    """Implements ``bot.flows.ports.detection.Answerer``.

    Args:
        llm: a model that fills in an ``AnswerOutput``.
        playbook: the ideas of the articles.
    """

    def __init__(self, llm: StructuredLlm[AnswerOutput], playbook: Playbook) -> None:
        self._llm = llm
        self._playbook = playbook

    async def answer(self, workspace_id: str, text: str, material: AnswerMaterial) -> LlmAnswer:
        request = answer_request(self._playbook, text, material)
        output = await self._llm.ask(workspace_id, request)
        return LlmAnswer(
            kind=AnswerKind(output.kind),
            reply="\n".join(_lines(output.reply)),
            idea=output.idea.strip(),
            questions=tuple(q.strip() for q in output.questions),
            draft="\n".join(line.strip() for line in output.draft.strip().splitlines()),
            next_step=output.next_step.strip(),
        )

    async def close(self) -> None:
        """Close the connections to the model's server."""
        await self._llm.close()


def _lines(text: str) -> Iterator[str]:
    """Yield the paragraphs of a text, each on one line."""
    for line in text.splitlines():
        if words := line.split():
            yield " ".join(words)


def answer_request(playbook: Playbook, text: str, material: AnswerMaterial) -> str:
    """Build the request for one ask: masked, shortened, and as JSON.

    JSON keeps an ask from closing its own quotation and posing as instructions.

    Args:
        playbook: the ideas of the articles.
        text: what the seller wrote.
        material: what the model gets beside it.
    """
    intent = material.intent
    examples = {
        "questions": material.customer_questions,
        "draft": material.draft,
        "next_step": material.next_step,
    }
    request = {
        "wanted": _OTHER if intent is Intent.NOT_ENGLISH else intent,
        "ideas": [
            {"idea": q.idea, "means": playbook.articles[q.article].ideas[q.idea]}
            for q in material.questions
        ],
        "examples": examples,
        "notes": material.notes,
        "ask": mask(text)[:MAX_MESSAGE_CHARACTERS],
    }
    return json.dumps(request, ensure_ascii=False)
