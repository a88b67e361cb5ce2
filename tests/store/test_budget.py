"""The judge's calls of a day, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from bot.core.policy import DAY, Limits
from bot.store.budget import SqlBudget
from bot.store.database import Database
from bot.store.tables import judge_calls
from bot.store.tidy import tidy

NOON = 1_760_011_200.0  # 2025-10-09 12:00 UTC


async def test_a_day_has_so_many_calls(database: Database) -> None:
    budget = SqlBudget(database, daily_calls=3)

    assert [await budget.take("T1", NOON + n) for n in range(5)] == [True] * 3 + [False] * 2
    assert await budget.take("T1", NOON + DAY)
    assert await budget.take("T2", NOON)


async def test_no_budget_means_no_call(database: Database) -> None:
    assert not await SqlBudget(database, daily_calls=0).take("T1", NOON)


async def test_a_restart_does_not_forget(database: Database) -> None:
    assert await SqlBudget(database, daily_calls=1).take("T1", NOON)
    assert not await SqlBudget(database, daily_calls=1).take("T1", NOON + 60)


async def test_calls_at_the_same_moment_are_all_counted(database: Database) -> None:
    """Fault 48: a flood takes no more than there is."""
    budget = SqlBudget(database, daily_calls=7)

    taken = await asyncio.gather(*(budget.take("T1", NOON) for _ in range(20)))

    assert sum(taken) == 7


async def test_old_days_go(database: Database) -> None:
    budget = SqlBudget(database, daily_calls=7)
    await budget.take("T1", NOON - 100 * DAY)
    await budget.take("T1", NOON)

    await tidy(database, Limits(), NOON)

    async with database.begin() as connection:
        left = (await connection.execute(select(judge_calls.c.day))).scalars().all()
    assert left == ["2025-10-09"]
