"""The port to marks: that something happened, without saying to whom or about what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Marks(Protocol):
    """Keyed hashes with a time, in Unix seconds.

    A mark is found again by who knows what it stands for, and tells nobody else anything.
    """

    async def add(self, workspace_id: str, *parts: str, at: float) -> None:
        """Remember something. The parts say what, the first one which kind of thing it is."""

    async def times(self, workspace_id: str, *parts: str) -> list[float]:
        """Return when this was remembered, oldest first; empty if never."""

    async def times_of(
        self, workspace_id: str, keys: Sequence[tuple[str, ...]]
    ) -> Mapping[tuple[str, ...], list[float]]:
        """Return when each of these was remembered, oldest first, each given as the parts that say
        what; those that never were are left out."""

    async def known(
        self, workspace_id: str, keys: Sequence[tuple[str, ...]]
    ) -> set[tuple[str, ...]]:
        """Return which of these are remembered, each given as the parts that say what."""
