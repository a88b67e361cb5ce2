"""The running bot: it listens, works, and stops cleanly. ``bot.wiring`` puts it together."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from bot.flows.concurrency import run_all
from bot.flows.errors import (
    DatabaseError,
    SlackSetupError,
    StoreRefusedError,
    StoreUnavailableError,
)
from bot.health import Transport
from bot.slack.background import BackgroundTasks
from bot.slack.connections import Connections
from bot.slack.socket_mode import SocketModeConnection
from bot.store.database import Database
from bot.workers.loop import Loop
from bot.workers.ticker import Job, Ticker, build_ticker

log = logging.getLogger(__name__)
_LIBRARY_LOG = logging.getLogger("reframe.http_library")  # prints what was sent, with a traceback

SHUTDOWN_GRACE_SECONDS = 8.0
_REQUEST_GRACE_SECONDS = 2.0
_LINGER_SECONDS = 1.0


class Work(Protocol):
    """What a process does besides listening to Slack."""

    @property
    def loops(self) -> Mapping[str, Loop]:
        """What runs by itself, by name, for the probes."""

    def tick_age(self) -> float:
        """Return how many seconds later than due the weekly work is."""

    async def purge(self) -> int:
        """Erase what has expired; return how many rows."""

    def start(self) -> list[asyncio.Task[None]]:
        """Start; the tasks end only if they fail, or after a stop."""

    async def stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let what is under way finish, for a while; then stop."""


class NoWork:
    """For a process that only listens to Slack: others do the work."""

    def __init__(self) -> None:
        self.loops: Mapping[str, Loop] = {}

    def tick_age(self) -> float:
        """Return 0: nothing ticks."""
        return 0.0

    async def purge(self) -> int:
        """Erase nothing."""
        return 0

    def start(self) -> list[asyncio.Task[None]]:
        """Start nothing."""
        return []

    async def stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """Stop nothing."""
        del tasks


@dataclass
class Worker:
    """Everything that works on what is stored, each kind of work in a loop of this process.

    Attributes:
        loops: one per kind of stored work, by name.
        weekly: what is looked for at every tick, by name. finish_weekly: each waits for what a tick
            has left under way.
        erase: erases what has expired. tick_seconds: time between two ticks.
    """

    loops: Mapping[str, Loop]
    weekly: Mapping[str, Job]
    finish_weekly: Sequence[Callable[[], Awaitable[None]]]
    erase: Job
    tick_seconds: float
    _one_tick: asyncio.Lock = field(default_factory=asyncio.Lock)
    _stopping: bool = False
    _ticked_at: float = field(default_factory=time.monotonic)
    _ticker: Ticker | None = None

    async def purge(self) -> int:
        """Erase what has expired; return how many rows."""
        return await self.erase()

    def tick_age(self) -> float:
        """Return how many seconds later than due the weekly work is."""
        return time.monotonic() - self._ticked_at - self.tick_seconds

    def start(self) -> list[asyncio.Task[None]]:
        """Start ticking and working."""
        weekly = {name: self._guarded(job) for name, job in self.weekly.items()}
        self._ticker = build_ticker(self.erase, weekly, weekly_seconds=self.tick_seconds)
        self._ticker.start()
        return [asyncio.create_task(loop.run(), name=name) for name, loop in self.loops.items()]

    async def stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """Let every round and tick under way finish, for a while; then stop."""
        if self._ticker is not None:
            self._ticker.pause()
        self._stopping = True
        for loop in self.loops.values():
            loop.stop()
        tick = asyncio.create_task(self._wait_for_tick(), name="tick")
        _, late = await asyncio.wait([*tasks, tick], timeout=SHUTDOWN_GRACE_SECONDS)
        if self._ticker is not None:
            self._ticker.shutdown(wait=False)  # cancels a tick that is still running
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, tick, return_exceptions=True)

    async def _wait_for_tick(self) -> None:
        async with self._one_tick:
            await run_all(finish() for finish in self.finish_weekly)

    def _guarded(self, job: Job) -> Job:
        async def run() -> int:
            async with self._one_tick:
                try:
                    return 0 if self._stopping else await job()
                finally:
                    self._ticked_at = time.monotonic()

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
    worker: Work
    site: web.Application
    connections: Connections
    watches: Mapping[str, Callable[[], Coroutine[Any, Any, None]]]
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
        _LIBRARY_LOG.setLevel(logging.CRITICAL)
        runner = web.AppRunner(
            self.site,
            access_log=None,
            logger=_LIBRARY_LOG,
            shutdown_timeout=_REQUEST_GRACE_SECONDS,
            lingering_time=_LINGER_SECONDS,
            auto_decompress=False,
        )
        await runner.setup()
        try:
            server = await self._listen(runner)
            try:
                await self._work_until(stop)
            finally:
                server.close()
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> asyncio.Server:
        address = f"{self.host}:{self.port}"
        if runner.server is None:
            raise RuntimeError("the runner is not set up")
        protocols = self.connections.factory(runner.server)
        try:
            server = await asyncio.get_running_loop().create_server(
                protocols, self.host, self.port, backlog=self.connections.most
            )
        except OSError as taken:
            raise SlackSetupError("port_in_use", address) from taken
        if self.transport == "http":
            log.info("listening on http://%s", address)
        else:
            log.info("events by Socket Mode; health checks on http://%s", address)
        return server

    async def _work_until(self, stop: asyncio.Event) -> None:
        await self._purge_at_start()
        work = self.worker.start()
        others: list[asyncio.Task[Any]] = [
            asyncio.create_task(stop.wait(), name="stop"),
            asyncio.create_task(self._watch_lock(), name="lock"),
        ]
        others += [asyncio.create_task(run(), name=name) for name, run in self.watches.items()]
        if self.socket:
            others.append(asyncio.create_task(self.socket.run(), name="socket"))
        try:
            done, _ = await asyncio.wait([*work, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in others:
                task.cancel()
            await self.worker.stop(work)
            for task in others:
                with suppress(asyncio.CancelledError, DatabaseError):
                    await task
            await self.background.close()
            log.info("stopped")

    async def _purge_at_start(self) -> None:
        try:
            await self.worker.purge()
        except (StoreUnavailableError, StoreRefusedError) as busy:  # requests already come in
            log.error("the purge at the start failed and is tried again in an hour: %s", busy)

    async def _watch_lock(self) -> None:
        """Stop if another bot has taken the database over, after a long absence of ours."""
        await self.database.lock_lost.wait()
        log.error("another bot has taken over the database; this one stops")
        raise DatabaseError("database_in_use", self.database.name)
