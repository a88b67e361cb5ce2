"""Marks in memory."""

from __future__ import annotations

from collections.abc import Sequence

from tests.fakes.state import State


class MemoryMarks:
    """In-memory twin of ``bot.flows.ports.marks.Marks``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, workspace_id: str, *parts: str, at: float) -> None:
        times = self._state.marks.setdefault((workspace_id, *parts), [])
        if at not in times:
            times.append(at)

    async def times(self, workspace_id: str, *parts: str) -> list[float]:
        return sorted(self._state.marks.get((workspace_id, *parts), []))

    async def times_of(
        self, workspace_id: str, keys: Sequence[tuple[str, ...]]
    ) -> dict[tuple[str, ...], list[float]]:
        marks = self._state.marks
        found = {key: marks.get((workspace_id, *key), []) for key in keys}
        return {key: sorted(times) for key, times in found.items() if times}

    async def known(
        self, workspace_id: str, keys: Sequence[tuple[str, ...]]
    ) -> set[tuple[str, ...]]:
        return {key for key in keys if (workspace_id, *key) in self._state.marks}
