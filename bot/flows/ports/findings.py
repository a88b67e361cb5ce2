"""The port to findings: what was decided on each message, without its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.history import PastNudge, PastNudges
from bot.core.model import Feedback, Reason, Trap


@dataclass(frozen=True, slots=True)
class Finding:
    """One decision, to be kept.

    Attributes:
        inbox_id: row of the message. thread_ts: the thread that a reply belongs to.
        outcome: why we stay quiet; None if we speak.
        playbook_version: which words were in force.
        question_id, key: of the nudge; None for silence.
        situations: what the message was about. is_private: for the author's eyes only.
    """

    inbox_id: int
    workspace_id: str
    channel_id: str
    thread_ts: str
    author_id: str
    trap: Trap | None
    score: float
    detector: str
    playbook_version: str
    outcome: Reason | None
    question_id: str | None = None
    key: str | None = None
    situations: tuple[str, ...] = ()
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class NudgeRecord:
    """One question that the bot asked unprompted, as far as it is kept.

    ``message_deleted``: its author has deleted the message that it is about.
    """

    key: str
    workspace_id: str
    channel_id: str
    thread_ts: str
    author_id: str
    trap: Trap | None
    question_id: str
    situations: tuple[str, ...]
    is_private: bool
    message_deleted: bool = False

    @property
    def visible_thread_ts(self) -> str:
        """The thread in which its author sees lines about it; empty for the channel itself.

        A private nudge on a message outside any thread opens none.
        """
        opens_thread = self.key.endswith(f"-{self.thread_ts}")
        return "" if self.is_private and opens_thread else self.thread_ts


@dataclass(frozen=True, slots=True)
class NudgeInThread:
    """A question of ours in somebody's thread. ``at``: when it was decided, Unix seconds."""

    key: str
    at: float


@dataclass(frozen=True, slots=True)
class Ratings:
    """How often a trap's questions were rated, and how often as not useful."""

    rated: int
    not_useful: int


@dataclass(frozen=True, slots=True)
class ChannelCounts:
    """Distinct sellers who were asked in a channel's threads, and whom observing only counted.

    Either is zero below the floor of digests. Questions for one person's eyes are in neither.
    """

    asked: int
    observed: int


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """One decision on a person's message, as that person may see it. ``at``: Unix seconds."""

    at: float
    channel_id: str
    trap: Trap | None
    reason: Reason | None
    question_id: str | None


@dataclass(frozen=True, slots=True)
class RecentNudge:
    """One question that a seller got this week. ``at``: Unix seconds.

    ``situations``: what the message was about.
    """

    at: float
    question_id: str
    feedback: Feedback | None
    situations: tuple[str, ...] = ()


class Findings(Protocol):
    """Decisions with labels and times. All times in Unix seconds."""

    async def add(self, finding: Finding, *, now: float) -> None:
        """Keep a decision."""

    async def nudge(self, workspace_id: str, key: str) -> NudgeRecord | None:
        """Return what is kept of one nudge; None if it isn't known."""

    async def nudge_key_of(self, workspace_id: str, channel_id: str, ts: str) -> str | None:
        """Return the key of the nudge that answers a message, if there is one."""

    async def past_nudges_to(self, workspace_id: str, author_id: str) -> list[PastNudge]:
        """Return all nudges to a person, asked or only observed, oldest first."""

    async def past_nudges(
        self,
        workspace_id: str,
        author_id: str,
        channel_id: str,
        thread_ts: str,
        *,
        trap: Trap | None,
        since: float,
    ) -> PastNudges:
        """Return the questions that bear on one message, each kind oldest first.

        Args:
            workspace_id, author_id, channel_id, thread_ts: whose message it is, and where.
            trap: what was found in it; with None, none about a trap are returned.
            since: only those about the trap after this moment, Unix seconds.
        """

    async def latest_nudge_in_thread(
        self, workspace_id: str, channel_id: str, thread_ts: str, author_id: str
    ) -> NudgeInThread | None:
        """Return the latest question that a person was asked in a thread; None if there is none."""

    async def set_feedback(
        self, workspace_id: str, key: str, feedback: Feedback, *, now: float
    ) -> bool:
        """Keep a seller's feedback. False: it is the same as before."""

    async def mark_answered(self, workspace_id: str, key: str, *, now: float) -> None:
        """Note that a nudge was not ignored, if that wasn't known."""

    async def ratings(self, workspace_id: str, trap: Trap, *, since: float) -> Ratings:
        """Count the ratings of a trap's questions since a given time."""

    async def channel_counts(
        self, workspace_id: str, channel_id: str, *, start: float, end: float
    ) -> ChannelCounts:
        """Count a channel's sellers in a span of time. The query holds the floor."""

    async def asked_in_channel(
        self, workspace_id: str, channel_id: str, *, since: float
    ) -> dict[str, float]:
        """Return when each question was last asked in a channel's threads, by question id.

        Only those after ``since``, Unix seconds. What one person alone could see is left out.
        """

    async def recent_nudges(
        self, workspace_id: str, author_id: str, *, since: float
    ) -> list[RecentNudge]:
        """Return the questions that a person got since a given time, newest first."""

    async def decisions(
        self, workspace_id: str, author_id: str, *, limit: int, only_nudges: bool = False
    ) -> list[DecisionRecord]:
        """Return the latest decisions on a person's messages, newest first, silence included."""

    async def count_decisions(self, workspace_id: str, author_id: str) -> int:
        """Return how many decisions on a person's messages are kept."""
