"""What calls to a language model have used, counted where a restart can't forget it."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.detection import TokenUsage
from bot.store.tables import llm_calls
from bot.store.upsert import insert_into


class SqlLlmUsage:
    """Calls and tokens over SQL; implements ``bot.flows.ports.llm_usage.LlmUsage``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add_call(self, workspace_id: str, day: str, *, at_most: int) -> int | None:
        if at_most <= 0:
            return None
        first = insert_into(self._connection, llm_calls).values(
            workspace_id=workspace_id, day=day, calls=1
        )
        one_more = first.on_conflict_do_update(
            index_elements=["workspace_id", "day"],
            set_={"calls": llm_calls.c.calls + 1},
            where=llm_calls.c.calls < at_most,
        )
        calls: int | None = await self._connection.scalar(one_more.returning(llm_calls.c.calls))
        return calls

    async def add_tokens(self, workspace_id: str, day: str, usage: TokenUsage) -> None:
        c = llm_calls.c
        await self._connection.execute(
            update(llm_calls)
            .where(c.workspace_id == workspace_id, c.day == day)
            .values(
                prompt_tokens=c.prompt_tokens + usage.prompt,
                cached_tokens=c.cached_tokens + usage.cached,
                completion_tokens=c.completion_tokens + usage.completion,
            )
        )

    async def tokens(self, workspace_id: str, day: str) -> TokenUsage:
        c = llm_calls.c
        found = await self._connection.execute(
            select(c.prompt_tokens, c.cached_tokens, c.completion_tokens).where(
                c.workspace_id == workspace_id, c.day == day
            )
        )
        row = found.first()
        return TokenUsage(*row) if row else TokenUsage()
