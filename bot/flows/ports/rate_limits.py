"""The port to what Slack says to leave alone for a while, for all workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

Method = tuple[str, str]
"""A workspace id, and a method of Slack's Web API in this workspace."""


class RateLimits(Protocol):
    """Slack limits each method per workspace (docs.slack.dev/apis/web-api/rate-limits)."""

    async def hold(self, workspace_id: str, method: str, *, until: float) -> None:
        """Call a method in a workspace no more before ``until`` (Unix seconds).

        A hold that lasts longer stays.
        """

    async def held_until(self, workspace_id: str, method: str) -> float | None:
        """Return until when a method is, or was last, on hold (Unix seconds); None for never."""

    async def holds(self, *, now: float) -> Mapping[Method, float]:
        """Return what is on hold at ``now``, and until when; Unix seconds."""
