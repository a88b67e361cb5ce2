"""The outcome of a demo run: one result per message, the totals, and their JSON."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field

from bot.sandbox.demo_run import PostedMessage
from bot.sandbox.workspace import Json


@dataclass(frozen=True)
class MessageResult:
    """What the bot did about one message.

    Attributes:
        trap: the trap that was detected. reason: why the bot posted no question.
        question: the question that the bot posted.
        posts: how many questions Slack accepted.
        expected: whether the bot decided to post one.
        acknowledged: whether the bot acknowledged the message's event.
        seconds: from the message to the question.
    """

    posted: PostedMessage
    trap: str | None
    reason: str | None
    question: str | None
    posts: int
    expected: bool
    acknowledged: bool
    seconds: float | None


@dataclass
class DemoResult:
    """Everything that happened in a run. ``answer``: to what somebody asked in private."""

    messages: list[MessageResult] = field(default_factory=list)
    answer: Json = field(default_factory=dict)
    reflections: list[Json] = field(default_factory=list)
    digests: list[Json] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        """Whether at least one message was coached, and none was lost or coached twice."""
        return bool(self.coached) and not self.lost and not self.doubled

    @property
    def coached(self) -> int:
        """Number of messages that got a question."""
        return sum(m.posts > 0 for m in self.messages)

    @property
    def left_alone(self) -> int:
        """Number of messages that got no question on purpose."""
        return sum(m.posts == 0 and not m.expected for m in self.messages)

    @property
    def lost(self) -> int:
        """Number of messages never acknowledged, or decided to be coached but not coached."""
        return sum(not m.acknowledged or (m.expected and m.posts == 0) for m in self.messages)

    @property
    def doubled(self) -> int:
        """Number of duplicate questions and of questions without a decision behind them."""
        return sum(max(0, m.posts - (1 if m.expected else 0)) for m in self.messages)

    def latency_ms(self, share: float) -> float:
        """Return the percentile of the time from message to question, in milliseconds.

        Args:
            share: such as 0.95; 0 if no question was posted.
        """
        seconds = sorted(m.seconds for m in self.messages if m.seconds is not None)
        if not seconds:
            return 0.0
        if len(seconds) == 1:
            return round(seconds[0] * 1_000, 1)
        percentiles = statistics.quantiles(seconds, n=100, method="inclusive")
        return round(percentiles[round(share * 100) - 1] * 1_000, 1)

    def to_json(self) -> str:
        """Return the object that ``reframe demo --json`` prints."""
        return json.dumps(
            {
                "coached": self.coached,
                "left_alone": self.left_alone,
                "lost": self.lost,
                "doubled": self.doubled,
                "reflections": len(self.reflections),
                "digests": len(self.digests),
                "p50_ms": self.latency_ms(0.50),
                "p95_ms": self.latency_ms(0.95),
                "messages": [
                    {
                        "id": m.posted.id,
                        "channel": m.posted.script.channel,
                        "trap": m.trap or "none",
                        "outcome": "coached" if m.posts else "left_alone",
                        "reason": m.reason,
                    }
                    for m in self.messages
                ],
            }
        )
