"""Puts what works on stored things together. Used by ``bot.wiring`` alone."""

from __future__ import annotations

import time

from bot.flow_wiring import Foundation, Stories
from bot.serve import Worker
from bot.store.retention import purge_expired
from bot.workers.loop import WakeUps, WorkerLoop
from bot.workers.ticker import WEEKLY_SECONDS

_IDLE_SECONDS = 60.0
_SHARED_IDLE_SECONDS = 2.0  # on PostgreSQL another process may store work, and wakes nobody here
_DEMO_TICK_SECONDS = 0.25  # with a clock that is not the real one, a week passes in seconds


def build_worker(base: Foundation, stories: Stories, wake_ups: WakeUps) -> Worker:
    """Build what works on what is stored."""
    flows = stories.for_listeners
    idle = _IDLE_SECONDS if base.database.is_sqlite else _SHARED_IDLE_SECONDS
    loops = {
        name: WorkerLoop(name, story.run_due, base.clock, idle_seconds=idle, finish=story.finish)
        for name, story in (
            ("delivery", stories.deliver),
            ("decisions", stories.nudge),
            ("asks", flows.on_demand),
        )
    }
    wake_ups.connect(loops)

    async def purge() -> int:
        return await purge_expired(base.database, base.limits, base.clock())

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
