"""APScheduler as a clock only: it ticks, and what is due is in the database.

Jobs live in memory: its shared job stores ran 15 jobs when 9 were due (measured). It computes times
by the wall clock, so a clock that is set back would stop it for as long; a watch that sleeps by the
event loop's monotonic clock notices that and makes it tick again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from apscheduler.schedulers.asyncio import AsyncIOScheduler

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
        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        self._seconds = {name: seconds for name, (seconds, _) in groups.items()}
        self._ticks = dict.fromkeys(groups, 0)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        for name, (_, jobs) in groups.items():
            self._add(name, jobs)
        self._watches: list[asyncio.Task[None]] = []
        self._is_paused = False

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()
        self._watches = [
            asyncio.create_task(self._watch(name), name=f"ticker {name}") for name in self._seconds
        ]

    def pause(self) -> None:
        """Begin no further job; one that is under way ends."""
        self._is_paused = True
        self._scheduler.pause()

    def shutdown(self, *, wait: bool = False) -> None:
        """Stop, and cancel what is under way; with ``wait``, what is under way may end."""
        self._is_paused = True
        for watch in self._watches:
            watch.cancel()
        self._scheduler.shutdown(wait=wait)

    def _add(self, name: str, jobs: Mapping[str, Job]) -> None:
        async def tick() -> None:
            self._ticks[name] += 1
            for job_name, job in jobs.items():
                if not self._is_paused:
                    await _run(job_name, job)

        self._scheduler.add_job(
            tick,
            "interval",
            seconds=self._seconds[name],
            id=name,
            coalesce=True,
            misfire_grace_time=None,
        )

    async def _watch(self, name: str) -> None:
        """Begin a group's interval anew if no tick came in twice its length."""
        while True:
            before = self._ticks[name]
            await asyncio.sleep(2 * self._seconds[name])
            if self._ticks[name] == before and not self._is_paused:
                self._scheduler.reschedule_job(
                    name, trigger="interval", seconds=self._seconds[name]
                )


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
