"""The contract of the budget of model calls."""

from __future__ import annotations

import asyncio

import pytest

from bot.flows.ports.detection import LlmBudget
from tests.contracts.examples import DAILY_CALLS, DAY, Workers

NOON = 1_760_011_200.0  # 2025-10-09 12:00 UTC


async def test_a_day_has_so_many_calls(budget: LlmBudget) -> None:
    """Each workspace has its own, anew every day (UTC)."""
    spent = [await budget.spend("T1", NOON + n) for n in range(DAILY_CALLS + 2)]

    assert spent == [True] * DAILY_CALLS + [False] * 2
    assert await budget.spend("T1", NOON + DAY / 2)
    assert await budget.spend("T2", NOON)


@pytest.mark.fault_case(48)
async def test_calls_at_the_same_moment_are_all_counted(workers: Workers) -> None:
    """Fault 48: a flood over two workers takes no more than there is."""
    budgets = (workers.budget, workers.second_budget)

    spent = await asyncio.gather(*(budgets[n % 2].spend("T1", NOON) for n in range(20)))

    assert sum(spent) == DAILY_CALLS
