"""The budget of model calls over SQL: what a restart and an early end of the budget do."""

from __future__ import annotations

from bot.store.database import Database
from bot.store.llm_budget import SqlLlmBudget

NOON = 1_760_011_200.0  # 2025-10-09 12:00 UTC


async def test_no_budget_means_no_call(database: Database) -> None:
    """With no daily calls none is allowed."""
    assert not await SqlLlmBudget(database, daily_calls=0).spend("T1", NOON)


async def test_a_restart_does_not_forget(database: Database) -> None:
    """The count lies in the database, not in the process."""
    assert await SqlLlmBudget(database, daily_calls=1).spend("T1", NOON)
    assert not await SqlLlmBudget(database, daily_calls=1).spend("T1", NOON + 60)
