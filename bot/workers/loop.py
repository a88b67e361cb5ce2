"""A worker in this process: does what is due, then sleeps until the next thing or a wake-up."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from bot.flows.errors import StoreRefusedError, StoreUnavailableError
from bot.flows.ports.clock import Clock

log = logging.getLogger(__name__)

_STORE_PAUSE_SECONDS = 0.5
_REFUSED_PAUSE_SECONDS = 5.0


class Loop(Protocol):
    """What works until it is stopped."""

    @property
    def busy_seconds(self) -> float:
        """How long the round under way has been running; 0 between two rounds."""

    def stop(self) -> None:
        """End ``run`` once what is under way is done."""

    async def run(self) -> None:
        """Work until stopped."""


class WorkerLoop:
    """Runs one story's ``run_due`` whenever there is something to do.

    Args:
        name: for the log.
        run_due: does what is due, and returns when the next thing is (Unix seconds), or None.
        clock: Unix seconds.
        finish: waits for what ``run_due`` has left under way.
        idle_seconds: the longest sleep. It bounds how late work of another process is noticed, and
            what a laptop that slept or a clock that was set can delay.
    """

    def __init__(
        self,
        name: str,
        run_due: Callable[[], Awaitable[float | None]],
        clock: Clock,
        *,
        idle_seconds: float,
        finish: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._name = name
        self._run_due = run_due
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._finish = finish
        self._wake_at = float("inf")
        self._changed = asyncio.Event()
        self._stopping = False
        self._round_began: float | None = None  # by a clock that nobody sets

    @property
    def busy_seconds(self) -> float:
        """How long the round under way has been running; 0 between two rounds."""
        return 0.0 if self._round_began is None else time.monotonic() - self._round_began

    def wake(self, at: float = 0.0) -> None:
        """Run again at a moment (Unix seconds), or at once. An earlier moment stays."""
        self._wake_at = min(self._wake_at, at)
        self._changed.set()  # in any case: the clock may have been set meanwhile

    def stop(self) -> None:
        """End ``run`` once the round under way is done."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        """Work until stopped.

        A database that is away for a while only makes it wait. A row that the database refuses ends
        its round: it is claimed until its lease ends, so others come first. The next round begins
        as soon as there is other work, or after some seconds.
        """
        try:
            await self._work()
        finally:
            if self._finish is not None:
                await self._finish()

    async def _work(self) -> None:
        while not self._stopping:
            self._wake_at = float("inf")
            self._round_began = time.monotonic()
            try:
                next_at = await self._run_due()
            except StoreUnavailableError as down:
                log.error("%s waits for the database: %s", self._name, down)
                await asyncio.sleep(_STORE_PAUSE_SECONDS)
                continue
            except StoreRefusedError as refused:
                log.error("%s goes on without what the database refuses: %s", self._name, refused)
                next_at = self._clock() + _REFUSED_PAUSE_SECONDS
            finally:
                self._round_began = None
            self.wake(self._clock() + self._idle_seconds if next_at is None else next_at)
            await self._sleep()

    async def _sleep(self) -> None:
        """Sleep until it is time; a wake-up for later only moves the time."""
        while not self._stopping:
            left = min(self._wake_at - self._clock(), self._idle_seconds)
            if left <= 0:
                return
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return


class WakeUps:
    """Wakes a worker loop by name; before the loops are connected, it does nothing.

    It breaks the circle between stories that wake a loop and loops that run a story. Only loops of
    this process are woken: one in another process finds the work within its idle time.
    """

    def __init__(self) -> None:
        self._loops: Mapping[str, WorkerLoop] = {}

    def connect(self, loops: Mapping[str, WorkerLoop]) -> None:
        """Set whom to wake."""
        self._loops = loops

    def wake(self, name: str, at: float = 0.0) -> None:
        """Wake a loop at a moment (Unix seconds), or at once."""
        if loop := self._loops.get(name):
            loop.wake(at)
