"""Builds the detector, the judge and the writer from the settings.

``openai`` takes long to import, so the modules that use it are imported only if a model is set.
"""

from __future__ import annotations

import logging
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.core.playbook_model import Playbook
from bot.core.policy import JudgeLimits
from bot.detect.offline import OfflineDetector
from bot.flows.house_rules import HouseRules
from bot.flows.llm_budget import DailyLlmBudget
from bot.flows.ports.clock import Clock
from bot.flows.ports.detection import Detector, LlmBudget
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.telemetry import Telemetry
from bot.flows.ports.unit_of_work import Store
from bot.settings import Settings

if TYPE_CHECKING:
    import httpx2

    from bot.detect.answerer import LlmAnswerer
    from bot.detect.invention_reader import LlmInventionReader
    from bot.detect.judge import LlmJudge
    from bot.detect.llm_server import LlmServer
    from bot.detect.writer import LlmWriter

log = logging.getLogger(__name__)


class Detection(NamedTuple):
    """What reads messages, and what writes and reads words.

    Attributes:
        detector: the offline detector, perhaps with a judge behind it.
        writer, invention_reader: None if no model writes under messages.
        answerer, answer_reader: None if the playbook answers what sellers ask.
    """

    detector: Detector
    writer: LlmWriter | None = None
    invention_reader: LlmInventionReader | None = None
    answerer: LlmAnswerer | None = None
    answer_reader: LlmInventionReader | None = None


def build_detection(
    settings: Settings,
    playbook: Playbook,
    budget: LlmBudget,
    stack: AsyncExitStack,
    clock: Clock,
    telemetry: Telemetry,
) -> Detection:
    """Build the detector (the offline detector alone, or with a judge behind it), and the writer.

    All models use one server, so what it refuses is learned once.
    """
    offline = OfflineDetector.shipped(playbook.cues)
    offline.warm_up()
    if not settings.openai_model:
        if settings.judge_key:
            log.warning("OPENAI_MODEL is not set, so no language model is used")
        return Detection(offline)
    server = build_server(settings, settings.judge_limits)
    stack.push_async_callback(server.close)
    found = Detection(offline)
    if settings.llm_writes != "nothing":
        log.info("model=%s writes words for: %s", settings.openai_model, settings.llm_writes)
        found = found._replace(
            answerer=build_answerer(settings, playbook, budget, clock, server, telemetry=telemetry),
            answer_reader=build_answer_reader(
                settings, playbook, budget, clock, server, telemetry=telemetry
            ),
        )
    if settings.llm_writes == "all":
        found = found._replace(
            writer=build_writer(settings, playbook, budget, clock, server, telemetry=telemetry),
            invention_reader=build_invention_reader(
                settings, playbook, budget, clock, server, telemetry=telemetry
            ),
        )
    if not settings.has_judge:
        return found
    from bot.detect.cascade import Cascade, JudgeMode

    judge = build_judge(settings, playbook, budget, clock, server, telemetry=telemetry)
    log.info("judge=%s classifies: %s", judge.name, settings.judge)
    return found._replace(detector=Cascade(offline, judge, JudgeMode(settings.judge)))


def build_llm_budget(
    settings: Settings, store: Store, rules: HouseRules, renderer: Renderer
) -> DailyLlmBudget:
    """Build the budget that the judge and the writer share."""
    return DailyLlmBudget(
        store=store,
        limits=settings.judge_limits,
        rules=rules,
        renderer=renderer,
    )


def build_server(
    settings: Settings, limits: JudgeLimits, transport: httpx2.AsyncBaseTransport | None = None
) -> LlmServer:
    """Build the connection to the model's server.

    Args:
        settings: the model and its address.
        limits: the deadline.
        transport: replaces the network, see ``bot.evaluation.replay``.
    """
    from bot.detect.llm_server import LlmServer, create_client

    client = create_client(settings.openai_base_url, settings.judge_key, limits, transport)
    return LlmServer(client, settings.openai_model)


def build_judge(
    settings: Settings,
    playbook: Playbook,
    budget: LlmBudget,
    clock: Clock,
    server: LlmServer,
    limits: JudgeLimits | None = None,
    *,
    telemetry: Telemetry | None = None,
) -> LlmJudge:
    """Build the judge.

    Args:
        settings: the model's name, and the least confidence at which the bot speaks.
        playbook: the traps that the judge looks for.
        budget: limits the judge's calls.
        clock: Unix seconds.
        server: where the model is.
        limits: replaces the limits of the settings.
        telemetry: is told how calls end; None for nobody.
    """
    from bot.detect.judge import LlmJudge
    from bot.detect.judge_output import Confidence, JudgeOutput
    from bot.detect.judge_prompt import judge_instructions
    from bot.detect.llm import StructuredLlm

    llm = StructuredLlm(
        server,
        instructions=judge_instructions(playbook),
        output=JudgeOutput,
        limits=limits or settings.judge_limits,
        clock=clock,
        cache_key="reframe-judge",
        budget=budget,
        telemetry=telemetry,
    )
    return LlmJudge(llm, settings.openai_model, Confidence(settings.judge_min_confidence))


def build_writer(
    settings: Settings,
    playbook: Playbook,
    budget: LlmBudget,
    clock: Clock,
    server: LlmServer,
    *,
    telemetry: Telemetry | None = None,
) -> LlmWriter:
    """Build the writer.

    Args:
        settings: the model's name.
        playbook: the traps that the writer knows.
        budget: limits the writer's calls.
        clock: Unix seconds.
        server: where the model is.
        telemetry: is told how calls end; None for nobody.
    """
    from bot.detect.llm import StructuredLlm
    from bot.detect.writer import LlmWriter, WriterOutput, writer_instructions

    llm = StructuredLlm(
        server,
        instructions=writer_instructions(playbook),
        output=WriterOutput,
        limits=settings.judge_limits,
        clock=clock,
        cache_key="reframe-writer",
        budget=budget,
        telemetry=telemetry,
    )
    return LlmWriter(llm, settings.openai_model, playbook)


def build_invention_reader(
    settings: Settings,
    playbook: Playbook,
    budget: LlmBudget,
    clock: Clock,
    server: LlmServer,
    *,
    telemetry: Telemetry | None = None,
) -> LlmInventionReader:
    """Build the reader that looks for what the writer invents. Args: see ``build_writer``."""
    return _build_reader(
        settings, playbook.check, "reframe-check", budget, clock, server, telemetry
    )


def build_answerer(
    settings: Settings,
    playbook: Playbook,
    budget: LlmBudget,
    clock: Clock,
    server: LlmServer,
    *,
    telemetry: Telemetry | None = None,
) -> LlmAnswerer:
    """Build what answers asks. Args: see ``build_writer``."""
    from bot.detect.answerer import AnswerOutput, LlmAnswerer
    from bot.detect.llm import StructuredLlm

    limits = settings.judge_limits
    longest = min(limits.deadline_seconds, settings.limits.answer_within_seconds)
    llm = StructuredLlm(
        server,
        instructions=playbook.answer,
        output=AnswerOutput,
        limits=replace(limits, deadline_seconds=longest),
        clock=clock,
        cache_key="reframe-answer",
        budget=budget,
        telemetry=telemetry,
    )
    return LlmAnswerer(llm, playbook)


def build_answer_reader(
    settings: Settings,
    playbook: Playbook,
    budget: LlmBudget,
    clock: Clock,
    server: LlmServer,
    *,
    telemetry: Telemetry | None = None,
) -> LlmInventionReader:
    """Build the reader that looks for what an answer invents. Args: see ``build_writer``."""
    return _build_reader(
        settings, playbook.check_answer, "reframe-check-answer", budget, clock, server, telemetry
    )


def _build_reader(
    settings: Settings,
    instructions: str,
    cache_key: str,
    budget: LlmBudget,
    clock: Clock,
    server: LlmServer,
    telemetry: Telemetry | None,
) -> LlmInventionReader:
    from bot.detect.invention_reader import InventionOutput, LlmInventionReader
    from bot.detect.llm import StructuredLlm

    llm = StructuredLlm(
        server,
        instructions=instructions,
        output=InventionOutput,
        limits=settings.judge_limits,
        clock=clock,
        cache_key=cache_key,
        budget=budget,
        telemetry=telemetry,
    )
    return LlmInventionReader(llm)
