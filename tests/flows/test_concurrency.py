"""Work side by side: nothing is left running when an error goes up."""

from __future__ import annotations

import asyncio

import pytest

from bot.flows.concurrency import run_all


async def later(value: int, seconds: float = 0.0) -> int:
    await asyncio.sleep(seconds)
    return value


async def test_results_come_in_order() -> None:
    assert await run_all([later(1, 0.01), later(2)]) == [1, 2]


async def test_siblings_are_waited_for_before_the_error_goes_up() -> None:
    """A post that is under way ends before its caller starts the same work again."""
    finished = []

    async def slow() -> None:
        await asyncio.sleep(0.05)
        finished.append("slow")

    async def failing() -> None:
        raise LookupError("database is busy")

    with pytest.raises(LookupError):
        await run_all([slow(), failing()])

    assert finished == ["slow"]


async def test_the_first_error_in_order_goes_up() -> None:
    async def failing(error: Exception, seconds: float) -> None:
        await asyncio.sleep(seconds)
        raise error

    with pytest.raises(LookupError):
        await run_all([failing(LookupError(), 0.02), failing(ValueError(), 0.0)])
