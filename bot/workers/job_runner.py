"""Runs the jobs that Procrastinate hands to this process.

Procrastinate decides which process gets a job, lets one job of a channel run at a time, and knows
which workers are alive. Whether there is anything to do, the row says: a job that runs twice finds
it done, or claimed by somebody else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

import procrastinate
from procrastinate import exceptions, jobs

from bot.core.policy import Backoff
from bot.flows.errors import StoreUnavailableError
from bot.flows.ports.clock import Clock
from bot.flows.ports.work import WorkItem, WorkKind
from bot.flows.work_context import working_for

log = logging.getLogger(__name__)

CONCURRENCY = 10
_HEARTBEAT_SECONDS = 5.0
_LOOK_SECONDS = 1.0  # for jobs that have become due; new ones are told at once
_STOP_SECONDS = 6.0
_AGAIN_SECONDS = 1.0
_WORTH_WAITING_SECONDS = 1.5  # the gap between two posts in a channel
_SHORTEST_WAIT_SECONDS = 0.05
_ROUNDS_AT_MOST = 20
_EVERY_TEN_SECONDS = "* * * * * */10"
_EVERY_MINUTE = "* * * * * 5"
_FIRST = 10  # the priority of what looks after the jobs

RunOne = Callable[[WorkItem], Awaitable[float | None]]


class Queue(Protocol):
    """Where the jobs are."""

    app: procrastinate.App

    async def defer_later(self, item: WorkItem, at: float) -> None:
        """Write a job for work that is due at a moment, Unix seconds."""

    async def end_claim(self, item: WorkItem) -> None:
        """End whatever claim there is on a row."""

    async def defer_what_has_no_job(self) -> int:
        """Write jobs for stored work that has none; return how many."""

    async def take_over(self) -> int:
        """Let others do what processes that are gone were at; return how many jobs."""

    async def note_last_error(self, job_id: int, error: str) -> None:
        """Note the type of the error in a job that is about to fail for good."""


class JobRunner:
    """Runs jobs until it is stopped, through a database that goes away and comes back.

    Args:
        queue: where they are; open.
        stories: what does a row, by kind; each returns when to look at the row again, Unix
            seconds, or None.
        clock: Unix seconds.
    """

    def __init__(self, queue: Queue, stories: Mapping[WorkKind, RunOne], clock: Clock) -> None:
        logging.getLogger("procrastinate").setLevel(logging.WARNING)
        self._queue = queue
        self._clock = clock
        self._retries = _Retries()
        self._is_stopping = False
        self._working: asyncio.Task[None] | None = None
        for kind, run_one in stories.items():
            self._register(kind, run_one)
        self._register_care()

    @property
    def busy_seconds(self) -> float:
        """Return 0: jobs have no rounds, and one that hangs is found by its lease."""
        return 0.0

    def stop(self) -> None:
        """End ``run`` once the jobs under way are done, or are put back after some seconds."""
        self._is_stopping = True
        if self._working is not None:
            self._working.cancel()

    async def run(self) -> None:
        """Work until stopped. A database that is away for a while only makes it wait."""
        is_failing = False
        while not self._is_stopping:
            try:
                self._working = asyncio.create_task(self._work(), name="procrastinate")
                await asyncio.wait([self._working])
                if not self._working.cancelled():
                    self._working.result()
                is_failing = False
            except exceptions.ConnectorException as down:
                if not is_failing:
                    log.error("jobs wait for the database: %s", type(down).__name__)
                is_failing = True
            finally:
                self._working = None
            if not self._is_stopping:
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _work(self) -> None:
        await self._queue.app.run_worker_async(
            concurrency=CONCURRENCY,
            delete_jobs="successful",  # what failed for good stays, to be looked at
            fetch_job_polling_interval=_LOOK_SECONDS,
            install_signal_handlers=False,
            shutdown_graceful_timeout=_STOP_SECONDS,
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
        )

    def _register(self, kind: WorkKind, run_one: RunOne) -> None:
        async def run(
            context: procrastinate.JobContext,
            workspace_id: str,
            place_id: str,
            key: str,
            error: str = "",
        ) -> None:
            del error  # noted when it failed for good; somebody has retried it by hand
            item = WorkItem(kind, workspace_id, place_id, key)
            if context.job.lock is None:  # it has waited, and now takes its place in the line
                await self._queue.defer_later(item, self._clock())
                return
            with working_for(workspace_id):
                try:
                    if context.job.attempts:  # whoever had the job is not at it any more
                        await self._queue.end_claim(item)
                    await self._run(item, run_one)
                except Exception as failure:
                    await self._note_last_error(context.job, failure)
                    raise

        self._queue.app.task(name=kind.value, pass_context=True, retry=self._retries)(run)

    async def _note_last_error(self, job: jobs.Job, failure: Exception) -> None:
        if job.id is None or self._retries.get_retry_decision(exception=failure, job=job):
            return
        error = type(failure).__name__
        log.error("job=%d kind=%s failed for good: %s", job.id, job.task_name, error)
        try:
            await self._queue.note_last_error(job.id, error)
        except StoreUnavailableError as down:  # it is in the log
            log.warning("the error was not noted: %s", type(down).__name__)

    async def _run(self, item: WorkItem, run_one: RunOne) -> None:
        """Do a row; if it must wait for a moment, here, else in a job of its own."""
        for _ in range(_ROUNDS_AT_MOST):
            at = await run_one(item)
            if at is None:
                return
            wait = at - self._clock()
            if wait > _WORTH_WAITING_SECONDS:
                await self._queue.defer_later(item, at)
                return
            await asyncio.sleep(max(wait, _SHORTEST_WAIT_SECONDS))
        await self._queue.defer_later(item, self._clock() + _WORTH_WAITING_SECONDS)

    def _register_care(self) -> None:
        app = self._queue.app

        async def take_over(timestamp: int) -> None:
            del timestamp
            if count := await self._care(self._queue.take_over):
                log.warning("took over %d jobs of a worker that is gone", count)

        async def defer_lost(timestamp: int) -> None:
            del timestamp
            if count := await self._care(self._queue.defer_what_has_no_job):
                log.info("handed out %d rows that had no job", count)

        for task, cron in ((take_over, _EVERY_TEN_SECONDS), (defer_lost, _EVERY_MINUTE)):
            registered = app.task(name=task.__name__, queueing_lock=task.__name__, priority=_FIRST)
            app.periodic(cron=cron)(registered(task))

    async def _care(self, step: Callable[[], Awaitable[int]]) -> int:
        """Run a step that comes around again by itself, so it need not be tried again."""
        try:
            return await step()
        except (StoreUnavailableError, exceptions.ConnectorException) as down:
            log.warning("the jobs were not looked after: %s", type(down).__name__)
            return 0


class _Retries(procrastinate.BaseRetryStrategy):
    """Says when a job is tried again that failed as a whole: what can go wrong with the row itself,
    its story handles."""

    _backoff = Backoff()

    def get_retry_decision(
        self, *, exception: BaseException, job: jobs.Job
    ) -> procrastinate.RetryDecision | None:
        if isinstance(exception, asyncio.CancelledError):  # this process stops
            return procrastinate.RetryDecision()
        if isinstance(exception, StoreUnavailableError | exceptions.ConnectorException):
            return _in(_AGAIN_SECONDS)
        attempts = job.attempts + 1
        if self._backoff.is_exhausted(attempts):
            return None
        return _in(self._backoff.delay(attempts))


def _in(seconds: float) -> procrastinate.RetryDecision:
    return procrastinate.RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=seconds))
