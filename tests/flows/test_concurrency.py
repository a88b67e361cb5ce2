"""Work side by side: nothing is left running when an error goes up."""

from __future__ import annotations

import asyncio

import pytest

from bot.flows.concurrency import SharedCalls, run_all


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


async def test_a_call_is_made_once_for_all_who_come_meanwhile() -> None:
    calls: SharedCalls[int] = SharedCalls()
    made: list[int] = []

    async def read() -> int:
        made.append(len(made))
        await asyncio.sleep(0)
        return made[-1]

    assert await run_all([calls.result_of("T1", read) for _ in range(64)]) == [0] * 64
    assert await calls.result_of("T1", read) == 1
    assert await run_all([calls.result_of("T1", read), calls.result_of("T2", read)]) == [3, 3]


async def test_a_failure_of_a_shared_call_goes_to_all_and_is_not_remembered() -> None:
    calls: SharedCalls[int] = SharedCalls()
    waits = [asyncio.create_task(calls.result_of("T1", failing_call)) for _ in range(3)]
    await asyncio.wait(waits)

    assert [type(wait.exception()) for wait in waits] == [LookupError] * 3
    assert await calls.result_of("T1", lambda: later(1)) == 1


async def test_a_shared_call_goes_on_without_whoever_began_it() -> None:
    calls: SharedCalls[int] = SharedCalls()
    first = asyncio.create_task(calls.result_of("T1", lambda: later(1, 0.01)))
    await asyncio.sleep(0)
    second = asyncio.create_task(calls.result_of("T1", failing_call))
    await asyncio.sleep(0)
    first.cancel()

    assert await second == 1


async def test_whoever_comes_after_a_drop_makes_a_new_call() -> None:
    calls: SharedCalls[int] = SharedCalls()
    old = asyncio.create_task(calls.result_of("T1", lambda: later(1, 0.01)))
    await asyncio.sleep(0)
    calls.drop("T1")

    assert await calls.result_of("T1", lambda: later(2)) == 2
    assert await old == 1


async def failing_call() -> int:
    await asyncio.sleep(0)
    raise LookupError("database is busy")
