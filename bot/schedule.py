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


def ticker(tidy: Callable[[], Awaitable[int]]) -> AsyncIOScheduler:
    """A scheduler, not yet started, that erases once an hour what is past its time.

    Args:
        tidy: erases, and returns how many rows.
    """

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
    return scheduler
