"""APScheduler as a clock only: it ticks, and what is due lies in the database.

Jobs live in memory: its shared job stores ran 15 jobs where 9 were due (reliability.md 5.6).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.flows.ports import StoreDown

log = logging.getLogger(__name__)

TIDY_SECONDS = 3_600


def ticker(
    tidy: Callable[[], Awaitable[int]],
    week: Callable[[], Awaitable[int]] | None = None,
    week_seconds: float = 60,
) -> AsyncIOScheduler:
    """A scheduler, not yet started, that erases once an hour what is past its time, and looks for
    what is due weekly.

    Args:
        tidy: erases, and returns how many rows. week: sends what is due, and returns how much.
        week_seconds: how often it looks.
    """

    async def weekly() -> None:
        try:
            count = await week() if week else 0
        except StoreDown as down:
            log.error("what is due weekly waits for the database: %s", down)
        else:
            log.log(logging.INFO if count else logging.DEBUG, "%d due this week were sent", count)

    async def hourly() -> None:
        try:
            count = await tidy()
        except StoreDown as down:
            log.error("tidying waits an hour for the database: %s", down)
        else:
            log.info("tidied %d rows", count)

    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(
        hourly, "interval", seconds=TIDY_SECONDS, id="tidy", coalesce=True, misfire_grace_time=None
    )
    if week is not None:
        scheduler.add_job(
            weekly,
            "interval",
            seconds=week_seconds,
            id="week",
            coalesce=True,
            misfire_grace_time=None,
        )
    return scheduler
