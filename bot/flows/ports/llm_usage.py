"""The port to what calls to a language model have used, per workspace and day."""

from __future__ import annotations

from typing import Protocol

from bot.flows.ports.detection import TokenUsage


class LlmUsage(Protocol):
    """Counts calls and tokens. Days are UTC days such as ``2026-01-31``. Names no person."""

    async def add_call(self, workspace_id: str, day: str, *, at_most: int) -> int | None:
        """Count one call more, unless ``at_most`` are counted already.

        Returns:
            How many there are now; None if none was left.
        """

    async def add_tokens(self, workspace_id: str, day: str, usage: TokenUsage) -> None:
        """Add the tokens of a call to its day; nothing if no call of that day is counted."""

    async def tokens(self, workspace_id: str, day: str) -> TokenUsage:
        """Return the tokens of a day."""
