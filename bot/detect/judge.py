"""Asks a language model for its verdict on one message."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.model import Verdict
from bot.detect.judge_output import Confidence, JudgeOutput, to_verdict
from bot.detect.judge_prompt import judge_request
from bot.detect.llm import StructuredLlm
from bot.detect.masking import mask


class LlmJudge:
    """Implements ``bot.flows.ports.detection.Judge``.

    Args:
        llm: a model that fills in a ``JudgeOutput``.
        model: the model's name; the judge's name is made from it.
        min_confidence: the least confidence at which the bot speaks.
    """

    def __init__(
        self,
        llm: StructuredLlm[JudgeOutput],
        model: str,
        min_confidence: Confidence = Confidence.LIKELY,
    ) -> None:
        self.name = f"judge-{model}"[:64]
        self._llm = llm
        self._min_confidence = min_confidence

    def ready(self) -> bool:
        return self._llm.is_ready()

    async def classify(
        self,
        workspace_id: str,
        text: str,
        context: Sequence[str] = (),
        *,
        is_about_customer: bool = False,
    ) -> Verdict:
        request = judge_request(text, context, is_about_customer=is_about_customer)
        output = await self._llm.ask(workspace_id, request)
        return to_verdict(output, mask(text), self.name, self._min_confidence)

    async def close(self) -> None:
        """Close the connections to the model's server."""
        await self._llm.close()
