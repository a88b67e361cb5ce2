"""Builds the detector, the judge and the writer from the settings.

``openai`` takes long to import, so the modules that use it are imported only if a model is set.
"""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bot.core.playbook_model import Playbook
from bot.core.policy import JudgeLimits
from bot.detect.offline import OfflineDetector
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector, LlmBudget
from bot.settings import Settings
from bot.store.database import Database
from bot.store.llm_budget import SqlLlmBudget

if TYPE_CHECKING:
    import httpx2

    from bot.detect.judge import LlmJudge
    from bot.detect.writer import LlmWriter

log = logging.getLogger(__name__)


async def build_detector(
    settings: Settings,
    playbook: Playbook,
    database: Database,
    stack: AsyncExitStack,
    clock: Clock,
) -> Detector:
    """Build the detector: the offline detector alone, or with a judge behind it."""
    offline = OfflineDetector.shipped(playbook.cues)
    offline.warm_up()
    if not settings.has_judge:
        if settings.judge_key and not settings.openai_model:
            log.warning("OPENAI_MODEL is not set, so no language model is used")
        return offline
    from bot.detect.cascade import Cascade, JudgeMode

    judge = build_judge(settings, playbook, clock)
    stack.push_async_callback(judge.close)
    log.info("judge=%s classifies: %s", judge.name, settings.judge)
    return Cascade(
        offline, judge, JudgeMode(settings.judge), _daily_budget(settings, database), clock
    )


def build_writer_if_enabled(
    settings: Settings,
    playbook: Playbook,
    database: Database,
    stack: AsyncExitStack,
    clock: Clock,
) -> LlmWriter | None:
    """Build the writer, or return None if every sentence comes from the playbook."""
    if not settings.openai_model or settings.llm_writes == "nothing":
        return None
    writer = build_writer(settings, playbook, _daily_budget(settings, database), clock)
    stack.push_async_callback(writer.close)
    log.info("writer=%s writes words for: %s", writer.name, settings.llm_writes)
    return writer


def build_judge(
    settings: Settings,
    playbook: Playbook,
    clock: Clock,
    transport: httpx2.AsyncBaseTransport | None = None,
    limits: JudgeLimits | None = None,
) -> LlmJudge:
    """Build the judge.

    Args:
        settings: the model and its address.
        playbook: the traps that the judge looks for.
        clock: Unix seconds.
        transport: replaces the network, see ``bot.evaluation.replay``.
        limits: replaces the limits of the settings.
    """
    from bot.detect.judge import LlmJudge
    from bot.detect.judge_output import JudgeOutput
    from bot.detect.judge_prompt import judge_instructions
    from bot.detect.llm import StructuredLlm, create_client

    limits = limits or settings.judge_limits
    llm = StructuredLlm(
        client=create_client(settings.openai_base_url, settings.judge_key, limits, transport),
        model=settings.openai_model,
        instructions=judge_instructions(playbook),
        output=JudgeOutput,
        limits=limits,
        clock=clock,
        cache_key="reframe-judge",
    )
    return LlmJudge(llm, settings.openai_model)


def build_writer(
    settings: Settings,
    playbook: Playbook,
    budget: LlmBudget,
    clock: Clock,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> LlmWriter:
    """Build the writer.

    Args:
        settings: the model and its address.
        playbook: the traps that the writer knows.
        budget: limits the writer's calls.
        clock: Unix seconds.
        transport: replaces the network, see ``bot.evaluation.replay``.
    """
    from bot.detect.llm import StructuredLlm, create_client
    from bot.detect.writer import LlmWriter, WriterOutput, writer_instructions

    limits = settings.judge_limits
    llm = StructuredLlm(
        client=create_client(settings.openai_base_url, settings.judge_key, limits, transport),
        model=settings.openai_model,
        instructions=writer_instructions(playbook),
        output=WriterOutput,
        limits=limits,
        clock=clock,
        cache_key="reframe-writer",
    )
    return LlmWriter(llm, settings.openai_model, budget, clock)


def _daily_budget(settings: Settings, database: Database) -> LlmBudget:
    """Return the budget that the judge and the writer share."""
    return SqlLlmBudget(database, settings.judge_daily_calls)
