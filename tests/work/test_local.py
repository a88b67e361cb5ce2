"""The loop that does stored work: awake at once, asleep until something is due."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.flows.ports import StoreDown
from bot.work.local import Loop

clock = time.monotonic


class Work:
    """Counts its steps, and answers each with what the test says: a time, None or an error."""

    def __init__(self, *answers: Callable[[], Awaitable[float | None]]) -> None:
        self.begun: list[float] = []
        self.ended = 0
        self._answers = list(answers)

    async def step(self) -> float | None:
        self.begun.append(clock())
        await asyncio.sleep(0)
        answer = self._answers.pop(0) if self._answers else nothing_due
        due = await answer()
        self.ended += 1
        return due

    async def until(self, steps: int) -> None:
        """Waits until so many steps have ended."""
        async with asyncio.timeout(5):
            while self.ended < steps:
                await asyncio.sleep(0.005)

    async def under_way(self) -> None:
        """Waits until the first step has begun."""
        async with asyncio.timeout(5):
            while not self.begun:
                await asyncio.sleep(0)


async def nothing_due() -> float | None:
    return None


def due_in(seconds: float) -> Callable[[], Awaitable[float | None]]:
    async def answer() -> float | None:
        return clock() + seconds

    return answer


def failing(error: Exception) -> Callable[[], Awaitable[float | None]]:
    async def answer() -> float | None:
        raise error

    return answer


@asynccontextmanager
async def running(loop: Loop) -> AsyncIterator[asyncio.Task[None]]:
    """The loop at work; it is stopped, and must end, with the block."""
    task = asyncio.create_task(loop.run())
    try:
        yield task
    finally:
        loop.stop()
        async with asyncio.timeout(5):
            await asyncio.gather(task, return_exceptions=True)


async def test_it_looks_at_once() -> None:
    """What was stored before the start is looked for without a wake."""
    work = Work()
    async with running(Loop("test", work.step, clock)):
        await work.until(1)

    assert work.ended == 1


async def test_a_wake_is_heard_at_once() -> None:
    """With nothing due it sleeps, and a wake makes it look again."""
    work = Work()
    loop = Loop("test", work.step, clock)
    async with running(loop):
        await work.until(1)
        await asyncio.sleep(0.05)
        assert work.ended == 1
        loop.wake()
        await work.until(2)

    assert work.ended == 2


async def test_a_wake_during_a_step_is_not_lost() -> None:
    """What is stored while a step is under way is looked for right after it."""

    async def stored_meanwhile() -> float | None:
        loop.wake()
        return None

    work = Work(stored_meanwhile)
    loop = Loop("test", work.step, clock)
    async with running(loop):
        await work.until(2)

    assert work.ended == 2


async def test_many_wakes_are_one() -> None:
    """A burst of wakes makes one more step, not one for each."""
    work = Work()
    loop = Loop("test", work.step, clock)
    async with running(loop):
        await work.until(1)
        for _ in range(100):
            loop.wake()
        await asyncio.sleep(0.05)

        assert work.ended == 2


async def test_it_sleeps_until_the_next_is_due() -> None:
    """The next step begins when the next thing is due, and not before."""
    work = Work(due_in(0.2))
    async with running(Loop("test", work.step, clock)):
        await work.until(2)

    first, second = work.begun
    assert second - first >= 0.19


@pytest.mark.parametrize("seconds", [0, -3_600])
async def test_what_is_overdue_is_done_at_once(seconds: float) -> None:
    """A time that has passed is no reason to sleep."""
    work = Work(due_in(seconds), due_in(seconds))
    async with running(Loop("test", work.step, clock)):
        await work.until(3)

    assert work.ended == 3


async def test_a_wake_cuts_the_sleep_short() -> None:
    """Something new is looked at before the next due time."""
    work = Work(due_in(3_600))
    loop = Loop("test", work.step, clock)
    async with running(loop):
        await work.until(1)
        loop.wake()
        await work.until(2)

    assert work.ended == 2


async def test_a_database_that_is_away_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """Without its database it waits a little, says so, and goes on where it was."""
    work = Work(failing(StoreDown("locked")), due_in(-1))
    async with running(Loop("decisions", work.step, clock)):
        await work.until(2)

    down, back = work.begun[:2]
    assert back - down >= 0.1
    assert "decisions waits for the database: locked" in caplog.text


async def test_any_other_error_ends_it() -> None:
    """An error that nobody foresaw is not hidden: it comes out of the loop."""
    work = Work(failing(LookupError("unforeseen")))
    async with running(Loop("test", work.step, clock)) as task:
        with pytest.raises(LookupError, match="unforeseen"):
            await asyncio.wait_for(task, 5)


async def test_56_the_step_under_way_is_finished() -> None:
    """56: a stop waits for the step under way and begins no other, though more is due."""
    go_on = asyncio.Event()

    async def long_one() -> float | None:
        await go_on.wait()
        return clock() - 1

    work = Work(long_one)
    loop = Loop("test", work.step, clock)
    async with running(loop) as task:
        await work.under_way()
        loop.stop()
        await asyncio.sleep(0.05)
        assert not task.done()
        go_on.set()
        async with asyncio.timeout(5):
            await task

    assert (len(work.begun), work.ended) == (1, 1)


async def test_56_a_sleeping_loop_stops_at_once() -> None:
    """56: a stop ends the longest sleep without another step."""
    work = Work(due_in(3_600))
    loop = Loop("test", work.step, clock)
    async with running(loop) as task:
        await work.until(1)
        loop.stop()
        async with asyncio.timeout(5):
            await task

    assert work.ended == 1


async def test_56_a_stop_before_the_start_holds() -> None:
    """56: a loop that was stopped before it ran does nothing."""
    work = Work()
    loop = Loop("test", work.step, clock)
    loop.stop()
    async with asyncio.timeout(5):
        await loop.run()

    assert work.begun == []


async def test_56_a_loop_without_its_database_stops() -> None:
    """56: waiting for the database does not keep it from stopping."""
    work = Work(*(failing(StoreDown("gone")) for _ in range(99)))
    loop = Loop("test", work.step, clock)
    async with running(loop) as task:
        await work.under_way()
        loop.stop()
        async with asyncio.timeout(5):
            await task

    assert len(work.begun) == 1
