"""Detector, judge and writer, built from the settings; ``openai`` is imported only if used."""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from bot.core.policy import JudgeLimits
from bot.core.words import Playbook
from bot.detect.offline import OfflineDetector
from bot.flows.ports import Budget, Clock, Detector
from bot.settings import Settings
from bot.store.budget import SqlBudget
from bot.store.database import Database

if TYPE_CHECKING:
    from bot.detect.llm import LlmJudge
    from bot.detect.writer import LlmWriter

log = logging.getLogger(__name__)


async def detector_of(
    settings: Settings,
    playbook: Playbook,
    database: Database,
    stack: AsyncExitStack,
    clock: Clock,
) -> Detector:
    """The detector in force: offline alone, or with the judge behind it."""
    offline = OfflineDetector.shipped(playbook.cues)
    if not settings.has_judge:
        if settings.judge_key and not settings.openai_model:
            log.warning("OPENAI_MODEL is not set: the model is not asked, nothing is sent to it")
        return offline
    from bot.detect.cascade import Cascade, Mode

    judge = judge_of(settings, playbook, clock)
    stack.push_async_callback(judge.close)
    budget = SqlBudget(database, settings.judge_daily_calls)
    log.info("judge=%s sees what is %s", judge.name, settings.judge)
    return Cascade(offline, judge, Mode(settings.judge), budget, clock)


def judge_of(
    settings: Settings,
    playbook: Playbook,
    clock: Clock,
    transport: Any = None,
    limits: JudgeLimits | None = None,
) -> LlmJudge:
    """The language model as the judge; ``openai`` is imported here and not before.

    Args:
        transport: another way than the network, from ``bot.detect.recorded``.
        limits: others than those of the settings.
    """
    from bot.detect import llm, prompt

    limits = limits or settings.judge_limits
    client = llm.client_for(settings.openai_base_url, settings.judge_key, limits, transport)
    words = prompt.instructions(playbook)
    return llm.LlmJudge(client, settings.openai_model, words, limits, clock)


def writer_if_any(
    settings: Settings,
    playbook: Playbook,
    database: Database,
    stack: AsyncExitStack,
    clock: Clock,
) -> LlmWriter | None:
    """The writer in force; None where the playbook speaks alone."""
    if not settings.openai_model or settings.words == "playbook":
        return None
    budget = SqlBudget(database, settings.judge_daily_calls)
    writer = writer_of(settings, playbook, budget, clock)
    stack.push_async_callback(writer.close)
    log.info("writer=%s writes for %s", writer.name, settings.words)
    return writer


def writer_of(
    settings: Settings, playbook: Playbook, budget: Budget, clock: Clock, transport: Any = None
) -> LlmWriter:
    """The language model as the writer; ``openai`` is imported here and not before.

    Args:
        budget: how often it may be asked. transport: another way than the network.
    """
    from bot.detect import llm, writer

    limits = settings.judge_limits
    client = llm.client_for(settings.openai_base_url, settings.judge_key, limits, transport)
    told = writer.instructions(playbook)
    model = settings.openai_model
    asker = llm.Asker(client, model, told, writer.Form, limits, clock, "reframe-writer")
    return writer.LlmWriter(asker, f"writer-{model}", budget, clock)
