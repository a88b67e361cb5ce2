"""The contract of the counts of model calls."""

from __future__ import annotations

import asyncio

import pytest

from bot.flows.ports.detection import TokenUsage
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import Workers

TODAY, TOMORROW = "2025-10-09", "2025-10-10"
DAILY_CALLS = 7


async def add_call(store: Store, workspace_id: str = "T1", day: str = TODAY) -> int | None:
    async with store.begin() as uow:
        return await uow.llm_usage.add_call(workspace_id, day, at_most=DAILY_CALLS)


async def test_a_day_has_so_many_calls(store: Store) -> None:
    """Each workspace has its own, anew every day."""
    counted = [await add_call(store) for _ in range(DAILY_CALLS + 2)]

    assert counted == [*range(1, DAILY_CALLS + 1), None, None]
    assert await add_call(store, day=TOMORROW) == 1
    assert await add_call(store, "T2") == 1


async def test_no_calls_are_allowed_if_there_are_none(store: Store) -> None:
    async with store.begin() as uow:
        assert await uow.llm_usage.add_call("T1", TODAY, at_most=0) is None


@pytest.mark.fault_case(48)
async def test_calls_at_the_same_moment_are_all_counted(workers: Workers) -> None:
    """Fault 48: a flood over two workers takes no more than there is."""
    stores = (workers.one, workers.two)

    counted = await asyncio.gather(*(add_call(stores[n % 2]) for n in range(20)))

    assert sorted(n for n in counted if n) == [*range(1, DAILY_CALLS + 1)]


async def test_tokens_belong_to_a_day_with_calls(store: Store) -> None:
    """Tokens of a day without a call name nothing; they don't fail, and use up no call."""
    await add_call(store)
    async with store.begin() as uow:
        for _ in range(2):
            await uow.llm_usage.add_tokens("T1", TODAY, TokenUsage(3_000_000_000, 2, 1))
        await uow.llm_usage.add_tokens("T1", TOMORROW, TokenUsage(1, 1, 1))
        tokens = await uow.llm_usage.tokens("T1", TODAY)
        assert tokens == TokenUsage(6_000_000_000, 4, 2)
        assert await uow.llm_usage.tokens("T1", TOMORROW) == TokenUsage()

    assert await add_call(store) == 2
    assert await add_call(store, day=TOMORROW) == 1
