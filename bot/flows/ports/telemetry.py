"""The port to whoever watches that the bot works: what has happened, as calls, and never to whom.

No method takes a text, a person, a channel, or a workspace, so nothing behind it can show one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from bot.core.model import Reason
from bot.flows.ports.detection import TokenUsage


class ModelCallResult(StrEnum):
    """How a call to a language model ended."""

    ANSWERED = "answered"
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    INVALID = "invalid"
    UNREACHABLE = "unreachable"


class ReplyKind(StrEnum):
    """What a reply is: a question that nobody asked for, or the answer to an ask."""

    QUESTION = "question"
    ANSWER = "answer"


class Stage(StrEnum):
    """A stage on the way of a message."""

    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    ASK_MODEL = "ask_model"
    POST = "post"


class Telemetry(Protocol):
    """Is told what happens. Returns at once, and never raises."""

    def payload_handled(self, seconds: float, *, is_taken: bool) -> None:
        """Something that Slack sent was handled while Slack waited.

        Args:
            seconds: how long it took. is_taken: False if Slack must send it again.
        """

    def message_received(self, reason: Reason | None) -> None:
        """A message was taken from a channel; None if it was kept for a decision."""

    def message_decided(self, reason: Reason | None, seconds: float) -> None:
        """A message that was kept was decided.

        Args:
            reason: why nothing is asked; None for a question. seconds: since it was posted.
        """

    def reply_sent(self, kind: ReplyKind, seconds: float) -> None:
        """A reply stands in Slack. ``seconds``: since the message or the ask that it answers."""

    def post_ended(self, *, is_sent: bool) -> None:
        """A try to post something from the outbox ended; False if Slack did not take it."""

    def model_called(self, result: ModelCallResult, seconds: float, usage: TokenUsage) -> None:
        """A call to a language model ended.

        Args:
            result: how. seconds: how long it took. usage: what it cost, as far as the server tells.
        """

    def model_fell_back(self) -> None:
        """The bot did without a model that was to be asked: it failed, rests, or has no calls."""

    def stage_ended(self, stage: Stage, trace_id: bytes, seconds: float, *, is_ok: bool) -> None:
        """A stage on the way of one message ended just now.

        Args:
            stage: which one. seconds: how long it took. is_ok: whether it went well.
            trace_id: the same 16 bytes in each stage, from which nobody gets to the message.
        """


class NoTelemetry:
    """Implements ``Telemetry`` for commands that nobody watches."""

    def payload_handled(self, seconds: float, *, is_taken: bool) -> None:
        return

    def message_received(self, reason: Reason | None) -> None:
        return

    def message_decided(self, reason: Reason | None, seconds: float) -> None:
        return

    def reply_sent(self, kind: ReplyKind, seconds: float) -> None:
        return

    def post_ended(self, *, is_sent: bool) -> None:
        return

    def model_called(self, result: ModelCallResult, seconds: float, usage: TokenUsage) -> None:
        return

    def model_fell_back(self) -> None:
        return

    def stage_ended(self, stage: Stage, trace_id: bytes, seconds: float, *, is_ok: bool) -> None:
        return
