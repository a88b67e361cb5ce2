"""Workspaces that have removed the app, in memory."""

from __future__ import annotations

from tests.fakes.state import State


class MemoryRemovals:
    """In-memory twin of ``bot.flows.ports.installations.Removals``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, workspace_id: str, *, now: float) -> None:
        if (workspace_id,) in self._state.installations:
            self._state.removals[workspace_id] = now

    async def withdraw(self, workspace_id: str) -> None:
        self._state.removals.pop(workspace_id, None)
