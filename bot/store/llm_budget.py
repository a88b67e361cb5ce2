"""How often a language model was asked today, counted where a restart can't forget it."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.store.database import Database
from bot.store.tables import llm_calls
from bot.store.upsert import insert_into


class SqlLlmBudget:
    """Calls per workspace and day (UTC); implements ``bot.flows.ports.detection.LlmBudget``.

    Args:
        database: an open one.
        daily_calls: how many each workspace has; 0 for none.
    """

    def __init__(self, database: Database, daily_calls: int) -> None:
        self._database = database
        self._daily_calls = daily_calls

    async def spend(self, workspace_id: str, now: float) -> bool:
        if self._daily_calls <= 0:
            return False
        async with self._database.begin() as connection:
            first = insert_into(connection, llm_calls).values(
                workspace_id=workspace_id, day=day_of(now), calls=1
            )
            one_more = first.on_conflict_do_update(
                index_elements=["workspace_id", "day"],
                set_={"calls": llm_calls.c.calls + 1},
                where=llm_calls.c.calls < self._daily_calls,
            )
            result = await connection.execute(one_more.returning(llm_calls.c.calls))
            return result.first() is not None


def day_of(now: float) -> str:
    """Return the UTC day of a moment (Unix seconds), as ``2026-01-31``."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()
