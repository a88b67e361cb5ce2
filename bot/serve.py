"""The running bot: it listens, works, and stops cleanly. ``bot.wiring`` puts it together."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.flows.errors import DatabaseError, SlackSetupError, StoreUnavailableError
from bot.slack.app import SocketModeConnection
from bot.slack.background import BackgroundTasks
from bot.store.database import Database
from bot.workers.loop import WorkerLoop
from bot.workers.ticker import Job, build_ticker

log = logging.getLogger(__name__)

Transport = Literal["socket", "http"]

SHUTDOWN_GRACE_SECONDS = 8.0


@dataclass(frozen=True)
class Health:
    """What ``GET /healthz`` tells.

    Attributes:
        transport: how events come in.
        counts: how much waits, by name.
        socket: the Socket Mode connection, None with HTTP.
    """

    transport: Transport
    counts: Callable[[], Awaitable[Mapping[str, int]]]
    socket: SocketModeConnection | None

    async def report(self) -> dict[str, object]:
        """Return whether the bot works, and how much waits."""
        try:
            counts = await self.counts()
        except StoreUnavailableError:
            return {"ok": False, "why": "database"}
        connected = self.socket is None or await self.socket.is_alive()
        return {"ok": connected, "transport": self.transport, **counts}


@dataclass
class Worker:
    """Everything that works on what is stored.

    Attributes:
        loops: one per kind of stored work, by name.
        weekly: what is looked for at every tick, by name.
        purge: erases what has expired. tick_seconds: time between two ticks.
    """

    loops: Mapping[str, WorkerLoop]
    weekly: Mapping[str, Job]
    purge: Job
    tick_seconds: float
    _one_tick: asyncio.Lock = field(default_factory=asyncio.Lock)
    _stopping: bool = False

    def start(self) -> tuple[AsyncIOScheduler, list[asyncio.Task[None]]]:
        """Start ticking and working."""
        weekly = {name: self._guarded(job) for name, job in self.weekly.items()}
        ticker = build_ticker(self.purge, weekly, weekly_seconds=self.tick_seconds)
        ticker.start()
        tasks = [asyncio.create_task(loop.run(), name=name) for name, loop in self.loops.items()]
        return ticker, tasks

    async def stop(self, ticker: AsyncIOScheduler, tasks: list[asyncio.Task[None]]) -> None:
        """Let every round and tick under way finish, for a while; then stop."""
        ticker.pause()
        self._stopping = True
        for loop in self.loops.values():
            loop.stop()
        tick = asyncio.create_task(self._wait_for_tick(), name="tick")
        _, late = await asyncio.wait([*tasks, tick], timeout=SHUTDOWN_GRACE_SECONDS)
        ticker.shutdown(wait=False)  # cancels a tick that is still running
        for task in late - {tick}:
            task.cancel()
        await asyncio.gather(*tasks, tick, return_exceptions=True)

    async def _wait_for_tick(self) -> None:
        async with self._one_tick:
            pass

    def _guarded(self, job: Job) -> Job:
        async def run() -> int:
            async with self._one_tick:
                return 0 if self._stopping else await job()

        return run


@dataclass
class Bot:
    """Everything that runs, put together but not yet started.

    Attributes:
        host, port: where HTTP listens. site: what it serves.
        socket: the Socket Mode connection, None with HTTP.
        background: what was begun for somebody to see, and is waited for at the end.
    """

    transport: Transport
    host: str
    port: int
    database: Database
    worker: Worker
    site: web.Application
    socket: SocketModeConnection | None
    background: BackgroundTasks

    async def serve(self) -> None:
        """Run until SIGTERM or SIGINT, then finish what is under way and stop.

        Raises:
            SlackSetupError: the port is taken.
            DatabaseError: another bot has taken the database over.
        """
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        runner = web.AppRunner(self.site, access_log=None)
        await runner.setup()
        try:
            await self._listen(runner)
            await self._work_until(stop)
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> None:
        address = f"{self.host}:{self.port}"
        try:
            await web.TCPSite(runner, self.host, self.port).start()
        except OSError as taken:
            raise SlackSetupError("port_in_use", address) from taken
        log.info("listening on http://%s, events by %s", address, self.transport)

    async def _work_until(self, stop: asyncio.Event) -> None:
        await self._purge_at_start()
        ticker, loops = self.worker.start()
        others: list[asyncio.Task[Any]] = [
            asyncio.create_task(stop.wait(), name="stop"),
            asyncio.create_task(self._watch_lock(), name="lock"),
        ]
        if self.socket:
            others.append(asyncio.create_task(self.socket.run(), name="socket"))
        try:
            done, _ = await asyncio.wait([*loops, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in others:
                task.cancel()
            await self.worker.stop(ticker, loops)
            for task in others:
                with suppress(asyncio.CancelledError, DatabaseError):
                    await task
            await self.background.close()
            log.info("stopped")

    async def _purge_at_start(self) -> None:
        try:
            await self.worker.purge()
        except StoreUnavailableError as busy:  # requests already come in, and need the database
            log.error("the purge at the start failed and is tried again in an hour: %s", busy)

    async def _watch_lock(self) -> None:
        """Stop if another bot has taken the database over, after a long absence of ours."""
        await self.database.lock_lost.wait()
        log.error("another bot has taken over the database; this one stops")
        raise DatabaseError("database_in_use", self.database.name)
