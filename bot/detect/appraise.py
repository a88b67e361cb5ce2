"""Puts a detector to a labelled set: offline, the judge, or both, live or from recorded answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from bot.core.model import Reason, Verdict
from bot.detect.cascade import Cascade
from bot.detect.corpus import CorpusProblem, Labelled
from bot.detect.measure import Judged
from bot.detect.offline import OfflineDetector
from bot.flows.ports import Judge, JudgeFailed

AT_ONCE = 4  # requests to a live server at one time

Turn = Callable[[Labelled], None]


class Unlimited:
    """Implements ``bot.flows.ports.Budget`` where somebody asked for every call."""

    async def take(self, team: str, now: float) -> bool:
        return True


def offline(detector: OfflineDetector, messages: Sequence[Labelled]) -> list[Judged]:
    """The offline verdicts."""
    return [Judged(m, detector.glance(m.text, m.context)) for m in messages]


async def by_judge(
    judge: Judge, messages: Sequence[Labelled], turn: Turn | None = None
) -> AsyncIterator[Judged]:
    """The judge's verdict on every message, in order; silence where it failed.

    Args:
        turn: called before each request, one at a time then (recorded answers); None: several at
            once.
    """

    async def ask(message: Labelled) -> Judged:
        if turn:
            turn(message)
        try:
            return Judged(message, await judge.judge(message.text, message.context), asked=True)
        except JudgeFailed:
            silent = Verdict(None, 0.0, True, False, judge.name, why=Reason.FAILED)
            return Judged(message, silent, asked=True)

    async for judged in _in_order(ask, messages, 1 if turn else AT_ONCE):
        yield judged


async def by_cascade(
    cascade: Cascade, messages: Sequence[Labelled], turn: Turn | None = None
) -> AsyncIterator[Judged]:
    """What the bot would do with the judge behind the offline detector; as ``by_judge``."""

    async def ask(message: Labelled) -> Judged:
        glance = cascade.glance(message.text, message.context)
        asked = cascade.would_ask(glance)
        if turn and asked:
            turn(message)
        verdict = await cascade.judge("", message.text, message.context) if asked else glance
        return Judged(message, verdict, asked)

    async for judged in _in_order(ask, messages, 1 if turn else AT_ONCE):
        yield judged


async def _in_order(
    ask: Callable[[Labelled], Awaitable[Judged]],
    messages: Sequence[Labelled],
    at_once: int,
) -> AsyncIterator[Judged]:
    for start in range(0, len(messages), at_once):
        batch = messages[start : start + at_once]
        for judged in await asyncio.gather(*(ask(m) for m in batch)):
            yield judged


def recorded_answers(path: Path) -> dict[str, str]:
    """Raw answers by message id, from JSON lines with ``id`` and ``content``.

    Raises:
        CorpusProblem: a line is bad.
        OSError: the file can't be read.
    """
    answers: dict[str, str] = {}
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise CorpusProblem(f"{path.name}, line {number}: not JSON") from None
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise CorpusProblem(f'{path.name}, line {number}: "id" is missing')
        if not isinstance(row.get("content"), str):
            raise CorpusProblem(f'{path.name}, line {number}: "content" must be a text')
        answers[row["id"]] = row["content"]
    return answers
