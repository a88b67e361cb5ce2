"""The worker loop: runs at once when woken, sleeps until something is due."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.flows.errors import StoreRefusedError, StoreUnavailableError
from bot.workers.loop import WorkerLoop

clock = time.monotonic

IDLE_SECONDS = 60.0


class Work:
    """Counts its rounds; each returns what the test says: a time, None or an error."""

    def __init__(self, *answers: Callable[[], Awaitable[float | None]]) -> None:
        self.begun: list[float] = []
        self.ended = 0
        self._answers = list(answers)

    async def run_due(self) -> float | None:
        self.begun.append(clock())
        await asyncio.sleep(0)
        answer = self._answers.pop(0) if self._answers else nothing_due
        due = await answer()
        self.ended += 1
        return due

    async def until(self, rounds: int) -> None:
        """Wait until this many rounds have ended."""
        async with asyncio.timeout(5):
            while self.ended < rounds:
                await asyncio.sleep(0.005)

    async def under_way(self) -> None:
        """Wait until the first round has begun."""
        async with asyncio.timeout(5):
            while not self.begun:
                await asyncio.sleep(0)


def worker(name: str, work: Work, idle_seconds: float = IDLE_SECONDS) -> WorkerLoop:
    return WorkerLoop(name, work.run_due, clock, idle_seconds=idle_seconds)


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
async def running(loop: WorkerLoop) -> AsyncIterator[asyncio.Task[None]]:
    """Run the loop during the block; afterward it is stopped and must end."""
    task = asyncio.create_task(loop.run())
    try:
        yield task
    finally:
        loop.stop()
        async with asyncio.timeout(5):
            await asyncio.gather(task, return_exceptions=True)


async def test_it_runs_at_once() -> None:
    """What was stored before the start is done without a wake-up."""
    work = Work()
    async with running(worker("test", work)):
        await work.until(1)

    assert work.ended == 1


async def test_a_wake_up_works_at_once() -> None:
    """With nothing due it sleeps, and a wake-up makes it run again."""
    work = Work()
    loop = worker("test", work)
    async with running(loop):
        await work.until(1)
        await asyncio.sleep(0.05)
        assert work.ended == 1
        loop.wake()
        await work.until(2)

    assert work.ended == 2


async def test_a_wake_up_during_a_round_is_not_lost() -> None:
    """What is stored while a round is under way is done right after it."""

    async def stored_meanwhile() -> float | None:
        loop.wake()
        return None

    work = Work(stored_meanwhile)
    loop = worker("test", work)
    async with running(loop):
        await work.until(2)

    assert work.ended == 2


async def test_many_wake_ups_are_one() -> None:
    """A burst of wake-ups makes one more round, not one for each."""
    work = Work()
    loop = worker("test", work)
    async with running(loop):
        await work.until(1)
        for _ in range(100):
            loop.wake()
        await asyncio.sleep(0.05)

        assert work.ended == 2


async def test_it_sleeps_until_the_next_thing_is_due() -> None:
    """The next round begins when the next thing is due, and not before."""
    work = Work(due_in(0.2))
    async with running(worker("test", work)):
        await work.until(2)

    first, second = work.begun
    assert second - first >= 0.19


@pytest.mark.parametrize("seconds", [0, -3_600])
async def test_what_is_overdue_is_done_at_once(seconds: float) -> None:
    """A time that has passed is no reason to sleep."""
    work = Work(due_in(seconds), due_in(seconds))
    async with running(worker("test", work)):
        await work.until(3)

    assert work.ended == 3


async def test_a_wake_up_cuts_the_sleep_short() -> None:
    """Something new is done before the next due time."""
    work = Work(due_in(3_600))
    loop = worker("test", work)
    async with running(loop):
        await work.until(1)
        loop.wake()
        await work.until(2)

    assert work.ended == 2


async def test_it_waits_for_an_absent_database(caplog: pytest.LogCaptureFixture) -> None:
    """Without its database it waits a little, logs that, and goes on."""
    work = Work(failing(StoreUnavailableError("locked")), due_in(-1))
    async with running(worker("decisions", work)):
        await work.until(2)

    down, back = work.begun[:2]
    assert back - down >= 0.1
    assert "decisions waits for the database: locked" in caplog.text


async def test_it_goes_on_after_what_the_database_refuses(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One row's fault ends its round only; other work begins the next one at once."""
    work = Work(failing(StoreRefusedError("DataError")))
    loop = worker("decisions", work)
    async with running(loop):
        await work.under_way()
        await asyncio.sleep(0.05)
        assert len(work.begun) == 1  # it doesn't try the same again and again
        loop.wake()
        await work.until(1)

    assert "decisions goes on without what the database refuses: DataError" in caplog.text


async def test_any_other_error_ends_it() -> None:
    """An unforeseen error isn't hidden: it comes out of the loop."""
    work = Work(failing(LookupError("unforeseen")))
    async with running(worker("test", work)) as task:
        with pytest.raises(LookupError, match="unforeseen"):
            await asyncio.wait_for(task, 5)


@pytest.mark.fault_case(56)
async def test_56_the_round_under_way_is_finished() -> None:
    """56: a stop waits for the round under way and begins no other, though more is due."""
    go_on = asyncio.Event()

    async def long_one() -> float | None:
        await go_on.wait()
        return clock() - 1

    work = Work(long_one)
    loop = worker("test", work)
    async with running(loop) as task:
        await work.under_way()
        loop.stop()
        await asyncio.sleep(0.05)
        assert not task.done()
        go_on.set()
        async with asyncio.timeout(5):
            await task

    assert (len(work.begun), work.ended) == (1, 1)


@pytest.mark.fault_case(56)
async def test_56_a_sleeping_loop_stops_at_once() -> None:
    """56: a stop ends the longest sleep without another round."""
    work = Work(due_in(3_600))
    loop = worker("test", work)
    async with running(loop) as task:
        await work.until(1)
        loop.stop()
        async with asyncio.timeout(5):
            await task

    assert work.ended == 1


@pytest.mark.fault_case(56)
async def test_56_a_stop_before_the_start_holds() -> None:
    """56: a loop that was stopped before it ran does nothing."""
    work = Work()
    loop = worker("test", work)
    loop.stop()
    async with asyncio.timeout(5):
        await loop.run()

    assert work.begun == []


@pytest.mark.fault_case(56)
async def test_56_a_loop_without_its_database_stops() -> None:
    """56: waiting for the database doesn't keep it from stopping."""
    work = Work(*(failing(StoreUnavailableError("gone")) for _ in range(99)))
    loop = worker("test", work)
    async with running(loop) as task:
        await work.under_way()
        loop.stop()
        async with asyncio.timeout(5):
            await task

    assert len(work.begun) == 1


async def test_a_wake_up_for_later_waits_until_then() -> None:
    """A message that settles in a while wakes the loop when it has settled, not before."""
    work = Work()
    loop = worker("test", work)
    async with running(loop):
        await work.until(1)
        woken = clock()
        loop.wake(woken + 0.2)
        await work.until(2)

    assert work.begun[1] - woken >= 0.19


async def test_the_earlier_wake_up_wins() -> None:
    """A wake-up for later doesn't put off what is due sooner."""
    work = Work(due_in(0.1))
    loop = worker("test", work)
    async with running(loop):
        await work.until(1)
        loop.wake(clock() + 3_600)
        await work.until(2)

    assert work.ended == 2


async def test_it_looks_again_after_its_idle_time() -> None:
    """Work that another process stored is noticed without a wake-up."""
    work = Work()
    async with running(worker("test", work, idle_seconds=0.05)):
        await work.until(3)

    assert work.begun[2] - work.begun[0] >= 0.09
