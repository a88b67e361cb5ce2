"""Running several coroutines side by side without leaving one behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterable
from typing import Any, Generic, TypeVar

from bot.flows.work_context import working_for

Result = TypeVar("Result")
Row = TypeVar("Row")


async def run_all(work: Iterable[Awaitable[Result]]) -> list[Result]:
    """Run all of it side by side and return the results in order.

    If one fails, the others are waited for before its error goes up. ``asyncio.gather`` would let
    them run on unwatched, while the caller starts the same work again: that posted twice. And
    ``TaskGroup`` would cancel them in the middle of a post.

    Raises:
        The first error, in order.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


async def run_each(work: Callable[[Row], Coroutine[Any, Any, None]], rows: Iterable[Row]) -> None:
    """Run some work on each row side by side, as ``run_all`` does."""
    await run_all(work(row) for row in rows)


class SharedCalls(Generic[Result]):
    """Makes a call once for all who want its result at the same moment.

    What every event needs and the first one has to read would else be read by each of those that
    come together: 64 transactions in a row make some of them wait longer than Slack does.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Task[Result]] = {}

    async def result_of(self, key: Hashable, call: Callable[[], Awaitable[Result]]) -> Result:
        """Return the result of the call under way for a key, or of a new one.

        The call goes on if whoever began it gives up.

        Raises:
            What the call raises, to all who wait for it. It isn't remembered.
        """
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(call())
            task.add_done_callback(lambda done: self._finish(key, done))
        return await asyncio.shield(task)

    def drop(self, key: Hashable) -> None:
        """Let whoever comes next make a call of their own."""
        self._under_way.pop(key, None)

    def _finish(self, key: Hashable, done: asyncio.Task[Result]) -> None:
        if self._under_way.get(key) is done:
            del self._under_way[key]
        if not done.cancelled():
            done.exception()  # whoever waits is told; asked here, it is never "not retrieved"


class Lanes:
    """Runs the work of each workspace in a lane of its own, so a slow one holds up only itself.

    Args:
        patience_seconds: how long ``wait`` waits for the slowest.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._lanes: dict[str, asyncio.Task[None]] = {}

    @property
    def busy(self) -> frozenset[str]:
        """The workspaces whose work is under way."""
        return frozenset(self._lanes)

    def start(self, workspace_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Begin the work of a workspace that is not busy."""
        with working_for(workspace_id):
            lane = asyncio.create_task(work, name=f"lane {workspace_id}")
        self._lanes[workspace_id] = lane

    async def wait(self) -> None:
        """Wait until all is done, or until patience ends.

        Raises:
            The error of a lane that has ended with one, once for each such lane.
        """
        if self._lanes:
            await asyncio.wait(self._lanes.values(), timeout=self._patience_seconds)
        for workspace_id, lane in list(self._lanes.items()):
            if lane.done():
                del self._lanes[workspace_id]
                lane.result()

    async def finish(self) -> None:
        """Wait for what is under way, and let its errors be: a new start finds what is left."""
        lanes = list(self._lanes.values())
        self._lanes.clear()
        try:
            await asyncio.gather(*lanes, return_exceptions=True)
        finally:
            for lane in lanes:
                lane.cancel()

    def next_round(self, next_due: float | None, now: float) -> float | None:
        """Return when to look for work again: soon while something is under way, because more of
        its workspace may wait. Times in Unix seconds.

        Args:
            next_due: when the next row can be claimed, as far as the store knows.
            now: what the clock says.
        """
        return now + self._patience_seconds if self._lanes else next_due


def by_workspace(rows: Iterable[Row], workspace_of: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Return rows by their workspace, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(workspace_of(row), []).append(row)
    return found
