"""Figures for Prometheus: whether the bot works, how fast, and what a model costs.

What works or fails is counted at once. What was decided about messages, and what follows from it,
comes ten at a time (``docs/decisions/0046-metrics-in-tens.md``). No label names a person, a channel
or a workspace.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from bot.core.model import Reason
from bot.core.silence_groups import SilenceGroup, silence_group
from bot.flows.ports.detection import TokenUsage
from bot.flows.ports.telemetry import ModelCallResult, ReplyKind, Stage
from bot.telemetry.in_tens import InTens

CONTENT_TYPE = CONTENT_TYPE_LATEST

_ACK_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)  # Slack waits for three
_MODEL_SECONDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_WAY_SECONDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 1800.0, 3600.0)
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in any currency; both 0 if that is not known.

    Attributes:
        prompt: of what is sent. completion: of what a model writes.
    """

    prompt: float = 0.0
    completion: float = 0.0

    @property
    def are_known(self) -> bool:
        """Whether a cost can be told."""
        return self.prompt > 0 or self.completion > 0

    def cost(self, usage: TokenUsage) -> float:
        """Return what a call cost; tokens from a server's cache count in full."""
        return (usage.prompt * self.prompt + usage.completion * self.completion) / _MILLION


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in one queue. Attributes: waiting: rows. late_seconds: of the oldest one."""

    waiting: int
    late_seconds: float


class Stages(Protocol):
    """Takes stages of a message's way."""

    def stage_ended(self, stage: Stage, trace_id: bytes, seconds: float, *, is_ok: bool) -> None:
        """Take a stage. Args: as in ``Telemetry``."""


class PrometheusTelemetry:
    """Implements ``bot.flows.ports.telemetry.Telemetry``, with a registry that is its own.

    Args:
        version: of the bot. prices: of tokens; without them there is no cost.
        spans: where stages of a message's way are sent; None for nowhere.
    """

    def __init__(self, version: str, prices: Prices, spans: Stages | None = None) -> None:
        self.registry = CollectorRegistry()
        self._prices = prices
        self._spans = spans
        self._in_tens = InTens()
        self._payloads = self._counter(
            "payloads", "What Slack sent, by whether it was taken.", "result"
        )
        self._taken = self._payloads.labels("taken")  # looked up once: this runs on every event
        self._ack = self._histogram("ack_seconds", "Time until Slack got its answer.", _ACK_SECONDS)
        self._messages = self._counter(
            "messages", "Messages in channels, by what became of them at once.", "outcome"
        )
        self._decisions = self._counter(
            "decisions", "Messages that were kept, by how they were decided.", "outcome"
        )
        self._decision = self._histogram(
            "decision_seconds", "Time from a message to its decision.", _WAY_SECONDS
        )
        self._replies = Histogram(
            "reframe_reply_seconds",
            "Time from a message or an ask to its reply in Slack.",
            ["kind"],
            buckets=_WAY_SECONDS,
            registry=self.registry,
        )
        self._posts = self._counter("posts", "Tries to post to Slack.", "result")
        self._calls = self._counter("model_calls", "Calls to a language model.", "result")
        self._call = self._histogram(
            "model_call_seconds", "Time that a model took to answer.", _MODEL_SECONDS
        )
        self._tokens = self._counter("model_tokens", "Tokens of model calls.", "kind")
        self._fallbacks = Counter(
            "reframe_model_fallbacks",
            "Times that the bot did without the model.",
            registry=self.registry,
        )
        self._cost = (
            Counter(
                "reframe_model_cost",
                "What model calls cost, in the currency of the prices.",
                registry=self.registry,
            )
            if prices.are_known
            else None
        )
        self._waiting = self._gauge("queue_waiting", "Rows that wait.", "queue")
        self._late = self._gauge(
            "queue_late_seconds", "For how long the oldest row could have been taken.", "queue"
        )
        self._problems = self._gauge("problem", "1 if /healthz reports this problem.", "problem")
        build = self._gauge("build_info", "1, with the version of the bot.", "version")
        build.labels(version).set(1)
        ProcessCollector(registry=self.registry)
        self._start_at_zero()

    def payload_handled(self, seconds: float, *, is_taken: bool) -> None:
        (self._taken if is_taken else self._payloads.labels("refused")).inc()
        self._ack.observe(seconds)

    def message_received(self, reason: Reason | None) -> None:
        outcome = "kept" if reason is None else silence_group(reason).value
        self._count(self._messages, outcome)

    def message_decided(self, reason: Reason | None, seconds: float) -> None:
        outcome = "question" if reason is None else silence_group(reason).value
        self._count(self._decisions, outcome)
        self._in_tens.add("decision", partial(self._decision.observe, seconds))

    def reply_sent(self, kind: ReplyKind, seconds: float) -> None:
        self._in_tens.add(kind, partial(self._replies.labels(kind).observe, seconds))

    def post_ended(self, *, is_sent: bool) -> None:
        if is_sent:
            self._in_tens.add("posts", self._posts.labels("sent").inc)
        else:
            self._posts.labels("failed").inc()

    def model_called(self, result: ModelCallResult, seconds: float, usage: TokenUsage) -> None:
        if result is not ModelCallResult.ANSWERED:
            self._calls.labels(result).inc()
            self._count_usage(usage)
            return
        self._in_tens.add("model", partial(self._count_answer, seconds, usage))

    def model_fell_back(self) -> None:
        self._fallbacks.inc()

    def stage_ended(self, stage: Stage, trace_id: bytes, seconds: float, *, is_ok: bool) -> None:
        if self._spans is not None:
            self._spans.stage_ended(stage, trace_id, seconds, is_ok=is_ok)

    def render(
        self,
        queues: Mapping[str, Queue],
        problems: Collection[str],
        known_problems: Collection[str],
    ) -> bytes:
        """Return all figures as Prometheus reads them.

        Args:
            queues: what waits at this moment; empty if the database doesn't say.
            problems: what is wrong at this moment. known_problems: what could be.
        """
        for gauge in (self._waiting, self._late):
            gauge.clear()
        for name, queue in queues.items():
            self._waiting.labels(name).set(queue.waiting)
            self._late.labels(name).set(queue.late_seconds)
        for name in known_problems:
            self._problems.labels(name).set(name in problems)
        return generate_latest(self.registry)

    def _count(self, counter: Counter, outcome: str) -> None:
        """Count a failure at once, and all else in tens."""
        count: Callable[[], None] = counter.labels(outcome).inc
        if outcome == SilenceGroup.FAILED:
            count()
        else:
            self._in_tens.add((counter, outcome), count)

    def _count_answer(self, seconds: float, usage: TokenUsage) -> None:
        self._calls.labels(ModelCallResult.ANSWERED).inc()
        self._call.observe(seconds)
        self._count_usage(usage)

    def _count_usage(self, usage: TokenUsage) -> None:
        self._tokens.labels("prompt").inc(usage.prompt)
        self._tokens.labels("cached").inc(usage.cached)
        self._tokens.labels("completion").inc(usage.completion)
        if self._cost is not None:
            self._cost.inc(self._prices.cost(usage))

    def _start_at_zero(self) -> None:
        """Show every series from the start: a rate needs a zero before its first one."""
        for result in ("taken", "refused"):
            self._payloads.labels(result)
        for group in SilenceGroup:
            self._messages.labels(group)
            self._decisions.labels(group)
        self._messages.labels("kept")
        self._decisions.labels("question")
        for result in ("sent", "failed"):
            self._posts.labels(result)
        for kind in ReplyKind:
            self._replies.labels(kind)
        for ended in ModelCallResult:
            self._calls.labels(ended)
        for tokens in ("prompt", "cached", "completion"):
            self._tokens.labels(tokens)

    def _counter(self, name: str, about: str, label: str) -> Counter:
        return Counter(f"reframe_{name}", about, [label], registry=self.registry)

    def _gauge(self, name: str, about: str, label: str) -> Gauge:
        return Gauge(f"reframe_{name}", about, [label], registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"reframe_{name}", about, buckets=buckets, registry=self.registry)
