"""Asks a language model for its verdict on one message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.model import Verdict
from bot.detect.judge_output import JudgeOutput, to_verdict
from bot.detect.judge_prompt import judge_request
from bot.detect.llm import StructuredLlm
from bot.detect.masking import mask


class LlmJudge:
    """Implements ``bot.flows.ports.detection.Judge``.

    Args:
        llm: a model that fills in a ``JudgeOutput``.
        model: the model's name; the judge's name is made from it.
    """

    def __init__(self, llm: StructuredLlm[JudgeOutput], model: str) -> None:
        self.name = f"judge-{model}"[:64]
        self._llm = llm

    def ready(self) -> bool:
        return self._llm.is_ready()

    async def classify(self, text: str, context: Sequence[str] = ()) -> Verdict:
        output = await self._llm.ask(judge_request(text, context))
        return to_verdict(output, mask(text), self.name)

    async def close(self) -> None:
        """Close the connections to the model's server."""
        await self._llm.close()
