"""Telemetry that a test can look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.core.model import Reason
from bot.flows.ports.detection import TokenUsage
from bot.flows.ports.telemetry import ModelCallResult, ReplyKind, Stage


@dataclass
class FakeTelemetry:
    """Implements ``bot.flows.ports.telemetry.Telemetry`` by keeping what it is told, in order."""

    payloads: list[tuple[float, bool]] = field(default_factory=list)
    received: list[Reason | None] = field(default_factory=list)
    decided: list[tuple[Reason | None, float]] = field(default_factory=list)
    replies: list[tuple[ReplyKind, float]] = field(default_factory=list)
    posts: list[bool] = field(default_factory=list)
    model_calls: list[tuple[ModelCallResult, TokenUsage]] = field(default_factory=list)
    fallbacks: int = 0
    stages: list[tuple[Stage, bytes, bool]] = field(default_factory=list)

    def payload_handled(self, seconds: float, *, is_taken: bool) -> None:
        self.payloads.append((seconds, is_taken))

    def message_received(self, reason: Reason | None) -> None:
        self.received.append(reason)

    def message_decided(self, reason: Reason | None, seconds: float) -> None:
        self.decided.append((reason, seconds))

    def reply_sent(self, kind: ReplyKind, seconds: float) -> None:
        self.replies.append((kind, seconds))

    def post_ended(self, *, is_sent: bool) -> None:
        self.posts.append(is_sent)

    def model_called(self, result: ModelCallResult, seconds: float, usage: TokenUsage) -> None:
        self.model_calls.append((result, usage))

    def model_fell_back(self) -> None:
        self.fallbacks += 1

    def stage_ended(self, stage: Stage, trace_id: bytes, seconds: float, *, is_ok: bool) -> None:
        self.stages.append((stage, trace_id, is_ok))
