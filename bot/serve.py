"""The running bot: it listens, works and stops; ``bot.wiring`` puts it together."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from bot import schedule
from bot.flows.notice import Notice
from bot.flows.ports import Clock, StoreDown
from bot.settings import Settings
from bot.slack import app as slack
from bot.slack.aside import Aside
from bot.store.database import Database
from bot.store.tidy import tidy
from bot.work.local import Loop

log = logging.getLogger(__name__)

Way = Literal["socket", "http"]
WEEK_SECONDS = 60  # how often what is due weekly is looked for
PLAYED_SECONDS = 0.25  # where a week is played in seconds
_LAST_WORDS_SECONDS = 8.0


class SlackProblem(Exception):
    """Slack can't be used. ``kind`` names the sentence of voice.toml that says so."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind
        self.what = what


@dataclass
class Bot:
    """Everything that runs, put together but not yet started.

    Attributes:
        loops: the kinds of stored work. waiting: what /healthz counts, by name.
        aside: what was begun for somebody to see, and is waited for at the end.
        week: sends what is due weekly. site: what listens; set once it is built.
    """

    settings: Settings
    way: Way
    database: Database
    notice: Notice
    loops: dict[str, Loop]
    waiting: Mapping[str, Callable[[], Awaitable[int]]]
    socket: slack.Socket | None
    clock: Clock
    aside: Aside
    week: Callable[[], Awaitable[int]]
    site: web.Application = field(default_factory=web.Application)
    _one_tick: asyncio.Lock = field(default_factory=asyncio.Lock)
    _stopping: bool = False

    async def serve(self) -> None:
        """Runs until SIGTERM or SIGINT, then ends what is under way and stops.

        Raises:
            SlackProblem: the port is taken.
        """
        await self.notice.remember()
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

    async def health(self) -> dict[str, object]:
        """What /healthz tells: whether it works, and how much waits."""
        try:
            counts = {name: await count() for name, count in self.waiting.items()}
        except StoreDown:
            return {"ok": False, "why": "database"}
        connected = self.socket is None or await self.socket.alive()
        return {"ok": connected, "door": self.way, **counts}

    async def _listen(self, runner: web.AppRunner) -> None:
        where = f"{self.settings.host}:{self.settings.port}"
        try:
            await web.TCPSite(runner, self.settings.host, self.settings.port).start()
        except OSError as taken:
            raise SlackProblem("port_in_use", where) from taken
        log.info("listening on http://%s (door: %s)", where, self.way)

    async def _work_until(self, stop: asyncio.Event) -> None:
        real = self.clock is time.time
        ticker = schedule.ticker(self._tidy, self._week, WEEK_SECONDS if real else PLAYED_SECONDS)
        ticker.start()
        await self._tidy()
        loops = [asyncio.create_task(loop.run(), name=n) for n, loop in self.loops.items()]
        others: list[asyncio.Task[Any]] = [asyncio.create_task(stop.wait(), name="stop")]
        if self.socket:
            others.append(asyncio.create_task(self.socket.run(), name="socket"))
        try:
            done, _ = await asyncio.wait([*loops, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            ticker.shutdown(wait=False)
            self._stopping = True
            for task in others:
                task.cancel()
            for loop in self.loops.values():
                loop.stop()
            _, late = await asyncio.wait(loops, timeout=_LAST_WORDS_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*loops, *others, return_exceptions=True)
            async with self._one_tick:  # one that had begun has its end
                pass
            await self.aside.close()
            log.info("stopped")

    async def _week(self) -> int:
        async with self._one_tick:
            return 0 if self._stopping else await self.week()

    async def _tidy(self) -> int:
        return await tidy(self.database, self.settings.limits, self.clock())
