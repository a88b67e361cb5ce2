"""Asks a language model whether a drafted reply asserts anything that nobody said.

The guard's closed world of words can't always see that one person's words were put into another's
mouth, or that two true halves make a false whole. This reader can, and it only takes words away.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from bot.detect.llm import StructuredLlm
from bot.detect.masking import mask
from bot.detect.writer import MAX_MESSAGE_CHARACTERS, spoken
from bot.flows.ports.detection import SpokenTurn


class InventionOutput(BaseModel):
    """The reader's answer: the first words that assert something unsaid; empty if none do."""

    model_config = ConfigDict(extra="forbid", strict=True)

    unsaid: Annotated[str, StringConstraints(max_length=600)]


class LlmInventionReader:
    """Implements ``bot.flows.ports.detection.InventionReader``.

    Args:
        llm: a model that fills in an ``InventionOutput``.
    """

    def __init__(self, llm: StructuredLlm[InventionOutput]) -> None:
        self._llm = llm

    async def find_unsaid(
        self, workspace_id: str, text: str, thread: Sequence[SpokenTurn], reply: str
    ) -> str:
        request = {
            "thread": spoken(thread),
            "message": mask(text)[:MAX_MESSAGE_CHARACTERS],
            "output": reply,
        }
        output = await self._llm.ask(workspace_id, json.dumps(request, ensure_ascii=False))
        return output.unsaid.strip()

    async def close(self) -> None:
        """Close the connections to the model's server."""
        await self._llm.close()
