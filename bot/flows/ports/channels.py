"""The port to channels: how each is watched, and which traps are on probation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from bot.core.model import Delivery, Trap


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """How one channel is watched.

    Attributes:
        delivery: where questions go; None if nobody has chosen.
        inviter_id: who invited the bot; empty if unknown.
        paused_until: Unix seconds; None if the channel isn't paused.
        pause_reason: Slack's error code that led to the pause, or ``turned_off`` if a person set
            it; empty if there is none.
        noticed_at: when the channel was told about the bot, Unix seconds; None if never.
    """

    channel_id: str
    delivery: Delivery | None = None
    inviter_id: str = ""
    paused_until: float | None = None
    pause_reason: str = ""
    noticed_at: float | None = None


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """What may be told of a channel: at least so many sellers each, 0 for too few to tell.

    Attributes:
        asked: sellers with a question in a thread. observed: sellers who were only counted.
    """

    asked: int = 0
    observed: int = 0


@dataclass(frozen=True, slots=True)
class Probation:
    """Whether a trap's questions are stopped, and since when their ratings count; Unix seconds."""

    since: float | None = None
    cleared_at: float | None = None


class Channels(Protocol):
    """Settings of channels and probation of traps. Times in Unix seconds."""

    async def settings(self, workspace_id: str, channel_id: str) -> ChannelSettings:
        """Return how a channel is watched; defaults if nothing was chosen."""

    async def update(self, workspace_id: str, channel_id: str, **changes: Any) -> None:
        """Change how a channel is watched.

        Args:
            workspace_id: Slack's team id.
            channel_id: the channel.
            changes: ``delivery``, ``inviter_id``, ``invited_at``, ``paused_until``,
                ``pause_reason``, ``noticed_at``.
        """

    async def change_id(self, workspace_id: str, old_id: str, new_id: str) -> None:
        """Keep everything about a channel under its new id: settings, pause, decisions, what still
        waits or is to be sent, and the sales teams that share their digest there.

        What was kept under the new id already gives way to what is known under the old one.
        """

    async def figures(self, workspace_id: str, channel_id: str, week: str) -> ChannelFigures | None:
        """Return the figures of the period that ended with a week; None if not computed yet."""

    async def save_figures(
        self,
        workspace_id: str,
        channel_id: str,
        week: str,
        figures: ChannelFigures,
        *,
        now: float,
    ) -> None:
        """Keep the figures of a period. What was kept first stays."""

    async def start_test(
        self, workspace_id: str, channel_id: str, user_id: str, *, until: float
    ) -> None:
        """Note that somebody tries the bot out in a channel; a second time only moves the end."""

    async def end_test(self, workspace_id: str, channel_id: str, user_id: str) -> None:
        """Forget that somebody tries the bot out there."""

    async def running_tests(self, *, now: float) -> dict[tuple[str, str, str], float]:
        """Return until when each test runs, of all workspaces, by workspace, channel and user."""

    async def inviters(self, workspace_id: str) -> list[str]:
        """Return who invited the bot to any channel; they stand in if no admin is named."""

    async def probation(self, workspace_id: str, trap: Trap) -> Probation:
        """Return whether a trap is on probation."""

    async def set_probation(self, workspace_id: str, trap: Trap, probation: Probation) -> None:
        """Put a trap on probation, or clear it."""
