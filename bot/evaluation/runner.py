"""Scores labeled messages with the offline detector, the judge, or both in a cascade."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence

from bot.core.model import Reason, Verdict
from bot.detect.cascade import Cascade
from bot.detect.offline import OfflineDetector
from bot.evaluation.corpus import LabeledMessage
from bot.evaluation.metrics import Scored
from bot.flows.errors import JudgeError
from bot.flows.ports.detection import Judge, TokenUsage

CONCURRENT_REQUESTS = 4  # to a live server

BeforeRequest = Callable[[LabeledMessage], None]


class UnlimitedBudget:
    """Implements ``bot.flows.ports.detection.LlmBudget``: an evaluation makes all of its calls."""

    async def spend(self, workspace_id: str, now: float) -> bool:
        return True

    async def record(self, workspace_id: str, now: float, usage: TokenUsage) -> None:
        """Nothing is counted."""


def score_offline(
    detector: OfflineDetector, messages: Iterable[LabeledMessage]
) -> Iterator[Scored]:
    """Score every message with the offline detector, in order, each when it is asked for."""
    for message in messages:
        yield Scored(message, detector.quick_verdict(message.text, message.context))


async def score_with_judge(
    judge: Judge, messages: Sequence[LabeledMessage], before_request: BeforeRequest | None = None
) -> AsyncIterator[Scored]:
    """Score every message with the judge, in order; silence if it fails.

    Args:
        judge: live, or with recorded answers.
        messages: the messages to score.
        before_request: called before each request, which then run one at a time (recorded
            answers). None: several requests run concurrently.
    """

    async def score(message: LabeledMessage) -> Scored:
        if before_request:
            before_request(message)
        try:
            verdict = await judge.classify("", message.text, message.context)
        except JudgeError:
            verdict = Verdict(None, 0.0, True, False, judge.name, why=Reason.FAILED)
        return Scored(message, verdict, judge_called=True)

    async for scored in _in_order(score, messages, 1 if before_request else CONCURRENT_REQUESTS):
        yield scored


async def score_with_cascade(
    cascade: Cascade,
    messages: Sequence[LabeledMessage],
    before_request: BeforeRequest | None = None,
) -> AsyncIterator[Scored]:
    """Score every message with the cascade, as the bot does. See ``score_with_judge``."""

    async def score(message: LabeledMessage) -> Scored:
        if not cascade.needs_judge(await cascade.first_look(message.text)):
            return Scored(message, await cascade.classify("", message.text, message.context))
        if before_request:
            before_request(message)
        verdict = await cascade.classify("", message.text, message.context)
        return Scored(message, verdict, judge_called=True)

    async for scored in _in_order(score, messages, 1 if before_request else CONCURRENT_REQUESTS):
        yield scored


async def _in_order(
    score: Callable[[LabeledMessage], Awaitable[Scored]],
    messages: Sequence[LabeledMessage],
    batch_size: int,
) -> AsyncIterator[Scored]:
    for start in range(0, len(messages), batch_size):
        batch = messages[start : start + batch_size]
        for scored in await asyncio.gather(*(score(m) for m in batch)):
            yield scored
