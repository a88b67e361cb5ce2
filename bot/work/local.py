"""One process, one loop a kind of work: does what is due, then sleeps until the next or a wake."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.flows.ports import Clock, StoreDown

log = logging.getLogger(__name__)

_LONGEST_SLEEP_SECONDS = 60.0  # a laptop that slept, or a clock that was set, is noticed by then
_STORE_PAUSE_SECONDS = 0.5


class Loop:
    """Runs one flow's ``step`` whenever there is something to do.

    Args:
        name: for the log.
        step: does all that is due and returns when the next thing is (Unix seconds), or None.
        clock: Unix seconds.
    """

    def __init__(
        self, name: str, step: Callable[[], Awaitable[float | None]], clock: Clock
    ) -> None:
        self._name = name
        self._step = step
        self._clock = clock
        self._woken = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Something was stored: look now."""
        self._woken.set()

    def stop(self) -> None:
        """Ends ``run`` once the step under way is done."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Works until stopped. A database that is away for a while only makes it wait."""
        while not self._stopping:
            self._woken.clear()
            try:
                next_at = await self._step()
            except StoreDown as down:
                log.error("%s waits for the database: %s", self._name, down)
                await asyncio.sleep(_STORE_PAUSE_SECONDS)
                continue
            await self._sleep(next_at)

    async def _sleep(self, until: float | None) -> None:
        span = _LONGEST_SLEEP_SECONDS
        if until is not None:
            span = min(span, max(0.0, until - self._clock()))
        try:
            async with asyncio.timeout(span):
                await self._woken.wait()
        except TimeoutError:
            return
