"""Ticks: looks regularly for what is due, which lies in the database.

It sleeps by the event loop's monotonic clock, so a machine whose clock is set back goes on ticking.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.flows.errors import ReframeError

log = logging.getLogger(__name__)

PURGE_SECONDS = 3_600.0
WEEKLY_SECONDS = 60.0

Job = Callable[[], Awaitable[int]]


class Ticker:
    """Runs each job of a group one after the other, then waits and runs them again.

    Starting is not a tick, and hours slept through are one tick, however late.

    Args:
        groups: jobs by the name for the log, each group with the seconds between two ticks. A job
            that fails doesn't keep the others from running, and is tried again at the next tick.
    """

    def __init__(self, groups: Mapping[str, tuple[float, Mapping[str, Job]]]) -> None:
        self._groups = groups
        self._tasks: list[asyncio.Task[None]] = []
        self._is_paused = False

    def start(self) -> None:
        """Begin to tick."""
        self._tasks = [
            asyncio.create_task(self._tick(seconds, jobs), name=f"ticker {name}")
            for name, (seconds, jobs) in self._groups.items()
        ]

    def pause(self) -> None:
        """Begin no further job; one that is under way ends."""
        self._is_paused = True

    def shutdown(self, *, wait: bool = False) -> None:
        """Stop, and cancel what is under way; with ``wait``, what is under way may end."""
        self.pause()
        if not wait:
            for task in self._tasks:
                task.cancel()

    async def _tick(self, seconds: float, jobs: Mapping[str, Job]) -> None:
        while not self._is_paused:
            await asyncio.sleep(seconds)
            for name, job in jobs.items():
                if not self._is_paused:
                    await _run(name, job)


def build_ticker(
    purge: Job,
    weekly: Mapping[str, Job],
    *,
    weekly_seconds: float = WEEKLY_SECONDS,
    purge_seconds: float = PURGE_SECONDS,
) -> Ticker:
    """Return a ticker, not yet started, that purges hourly and looks for weekly work.

    Args:
        purge: erases what has expired, and returns how many rows.
        weekly: each sends what is due, and returns how much; by the name for the log.
        weekly_seconds, purge_seconds: how long it waits between two ticks.
    """
    return Ticker({"purge": (purge_seconds, {"purge": purge}), "weekly": (weekly_seconds, weekly)})


async def _run(name: str, job: Job) -> None:
    try:
        count = await job()
    except ReframeError as failure:
        log.error("%s failed and is tried again: %s", name, failure)
    except Exception as broken:  # noqa: BLE001 - what breaks one job must not end all ticks
        log.error("%s is broken and is tried again: %s", name, type(broken).__name__)
    else:
        log.log(logging.INFO if count else logging.DEBUG, "%s: %d", name, count)
