"""What model calls have used, in memory."""

from __future__ import annotations

from bot.flows.ports.detection import TokenUsage
from tests.fakes.state import State


class MemoryLlmUsage:
    """In-memory twin of ``bot.flows.ports.llm_usage.LlmUsage``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add_call(self, workspace_id: str, day: str, *, at_most: int) -> int | None:
        calls, usage = self._state.llm_calls.get((workspace_id, day), (0, TokenUsage()))
        if calls >= at_most:
            return None
        self._state.llm_calls[workspace_id, day] = (calls + 1, usage)
        return calls + 1

    async def add_tokens(self, workspace_id: str, day: str, usage: TokenUsage) -> None:
        if (workspace_id, day) not in self._state.llm_calls:
            return
        calls, before = self._state.llm_calls[workspace_id, day]
        total = TokenUsage(
            before.prompt + usage.prompt,
            before.cached + usage.cached,
            before.completion + usage.completion,
        )
        self._state.llm_calls[workspace_id, day] = (calls, total)

    async def tokens(self, workspace_id: str, day: str) -> TokenUsage:
        return self._state.llm_calls.get((workspace_id, day), (0, TokenUsage()))[1]
