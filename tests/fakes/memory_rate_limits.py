"""What Slack says to leave alone, in memory."""

from __future__ import annotations

from collections.abc import Mapping

from bot.flows.ports.rate_limits import Method
from tests.fakes.state import State


class MemoryRateLimits:
    """In-memory twin of ``bot.flows.ports.rate_limits.RateLimits``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def hold(self, workspace_id: str, method: str, *, until: float) -> None:
        held = self._state.method_holds.get((workspace_id, method), until)
        self._state.method_holds[workspace_id, method] = max(held, until)

    async def held_until(self, workspace_id: str, method: str) -> float | None:
        return self._state.method_holds.get((workspace_id, method))

    async def holds(self, *, now: float) -> Mapping[Method, float]:
        return {(w, m): at for (w, m), at in self._state.method_holds.items() if at > now}
