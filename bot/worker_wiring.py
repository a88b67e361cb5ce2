"""Puts what works on stored things together. Used by ``bot.wiring`` alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.flow_wiring import Foundation, Stories
from bot.flows.ports.work import WorkKind
from bot.serve import Worker
from bot.store.retention import purge_expired
from bot.workers.loop import Loop, WakeUps, WorkerLoop
from bot.workers.ticker import WEEKLY_SECONDS, Job

if TYPE_CHECKING:  # it takes 11 MB, and on SQLite nothing is handed out
    from bot.store.job_queue import JobQueue

_IDLE_SECONDS = 60.0
_SHARED_IDLE_SECONDS = 2.0  # on PostgreSQL another process may store work, and wakes nobody here
_DEMO_TICK_SECONDS = 0.25  # with a clock that is not the real one, a week passes in seconds


def build_worker(base: Foundation, stories: Stories, wake_ups: WakeUps) -> Worker:
    """Build what works on what is stored by this process."""
    idle = _IDLE_SECONDS if base.database.is_sqlite else _SHARED_IDLE_SECONDS
    loops = {
        name: WorkerLoop(name, story.run_due, base.clock, idle_seconds=idle, finish=story.finish)
        for name, story in (
            ("delivery", stories.deliver),
            ("decisions", stories.nudge),
            ("asks", stories.for_listeners.on_demand),
        )
    }
    wake_ups.connect(loops)

    async def purge() -> int:
        return await purge_expired(base.database, base.limits, base.clock())

    return _worker(base, stories, loops, purge)


def build_job_worker(base: Foundation, stories: Stories, queue: JobQueue) -> Worker:
    """Build what works on what any process has stored, job by job. ``queue``: an open one."""
    from bot.workers.job_runner import JobRunner  # as above

    runner = JobRunner(
        queue,
        {
            WorkKind.DECISION: stories.nudge.run_one,
            WorkKind.DELIVERY: stories.deliver.run_one,
            WorkKind.ASK: stories.for_listeners.on_demand.run_one,
        },
        base.clock,
    )

    async def purge() -> int:
        await queue.delete_dead_letters(base.limits.retention_days)
        return await purge_expired(base.database, base.limits, base.clock())

    return _worker(base, stories, {"jobs": runner}, purge)


def _worker(base: Foundation, stories: Stories, loops: Mapping[str, Loop], purge: Job) -> Worker:
    flows = stories.for_listeners
    return Worker(
        loops=loops,
        weekly={
            "reflections": flows.reflections.run_due,
            "follow-ups": flows.follow_ups.run_due,
            "digests": flows.digests.run_due,
        },
        finish_weekly=(flows.reflections.finish, flows.follow_ups.finish, flows.digests.finish),
        erase=purge,
        tick_seconds=WEEKLY_SECONDS if base.clock is time.time else _DEMO_TICK_SECONDS,
    )
