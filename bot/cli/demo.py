"""``reframe demo``: a written week in three deal channels, real bot and pretend Slack."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.cli.story import Ending, Story, Told
from bot.sandbox.clock import SharedClock
from bot.sandbox.played import PlayedWeek
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import PretendSlack
from bot.sandbox.week import Line, Week, written_week
from bot.sandbox.workspace import Workspace
from bot.store.database import Database
from bot.store.outcomes import Outcome, outcomes

SETTLE_SECONDS = 0.3


def play(*, as_json: bool) -> int:
    """Plays the week and prints it.

    Returns:
        0 if nothing was lost or doubled and somebody was coached, else 1.
    """
    story = Story(Console(highlight=False, quiet=as_json))
    story.open()
    with tempfile.TemporaryDirectory(prefix="reframe-demo-") as folder:
        ending = asyncio.run(_Demo(Path(folder), story.show).play())
    if as_json:
        Console(highlight=False, soft_wrap=True).print(ending.as_json(), markup=False)
    else:
        story.close(ending)
    return 0 if ending.coached and not ending.lost and not ending.doubled else 1


class _Demo:
    """One run of the week. ``show`` is told each line with its ending."""

    def __init__(self, folder: Path, show: Callable[[Told], None]) -> None:
        self._week: Week = written_week()
        self._show = show
        self._clock = SharedClock(folder / "clock")
        monday = self._week.lines[0].at
        self._clock.leap_to(monday - 16 * 3_600)  # Sunday: what comes weekly is set up
        self._friday = monday + 4 * 86_400 + 6 * 3_600  # 15:04
        self._workspace = Workspace(self._clock)
        self._address = f"sqlite:///{folder / 'demo.db'}"
        self._slack = PretendSlack(self._workspace)
        self._folder = folder
        self._users: dict[str, str] = {}
        self._channels: dict[str, str] = {}
        self._by_id: dict[str, Told] = {}
        self._ending = Ending(SETTLE_SECONDS)

    async def play(self) -> Ending:
        """Plays all lines."""
        self._fill()
        database = Database(self._address)
        async with self._slack:
            self._slack.delivery.retry_scale = 0.05
            bot = BotProcess(self._settings(), self._folder, "--http", "--clock", "clock")
            await bot.start()
            self._slack.deliver_to(bot.url)
            week = PlayedWeek(self._slack, self._clock, bot, self._week.zone)
            sellers = [self._users[name] for name in self._week.sellers]
            try:
                await week.set_up(self._users["mia"], sellers, next(iter(self._channels.values())))
                for line in self._week.lines:
                    if line.at > self._friday and not self._ending.reflections:
                        self._ending.reflections = await week.until(
                            4, 15, "reflection", len(sellers)
                        )
                    await self._one(line, bot, database)
                self._ending.digests = await week.until(0, 9, "digest", 1)
            finally:
                await bot.stop()
                await database.close()
        return self._ending

    def _fill(self) -> None:
        week, workspace = self._week, self._workspace
        for name in week.sellers:
            self._users[name] = workspace.add_user(name, tz=week.zone)
        for name in week.bots:
            self._users[name] = workspace.add_user(name, is_bot=True)
        for name in week.guests:
            self._users[name] = workspace.add_user(name, tz=week.zone, is_restricted=True)
        self._users["mia"] = workspace.add_user("mia", tz=week.zone)
        everyone = list(self._users.values())
        for name in week.channels:
            self._channels[name] = workspace.add_channel(name, everyone)
        for name in week.shared:
            self._channels[name] = workspace.add_channel(name, everyone, is_ext_shared=True)

    def _settings(self) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": self._workspace.bot_token,
            "SLACK_SIGNING_SECRET": self._workspace.signing_secret,
            "SLACK_API_URL": self._slack.api_url,
            "DATABASE_URL": self._address,
            "REFRAME_SETTLE_SECONDS": str(SETTLE_SECONDS),
            "REFRAME_SEAL_KEY": "only-for-this-demo",
        }

    async def _one(self, line: Line, bot: BotProcess, database: Database) -> None:
        self._clock.leap_to(line.at)
        channel, user = self._channels[line.where], self._users[line.who]
        extra: dict[str, Any] = {"bot_id": "B0CRM"} if line.who in self._week.bots else {}
        root = self._by_id[line.in_thread_of].ts if line.in_thread_of else None
        if line.do == "retry":
            await bot.kill()
        self._slack.duplicate = line.do == "duplicate"
        began = time.time()
        ts = await self._slack.say(
            user, channel, line.text, thread_ts=root, event_id=f"Ev-{line.id}", **extra
        )
        self._slack.duplicate = False
        told = [Told(line, line.id, line.text, ts, channel)]
        if line.do == "retry":
            await asyncio.sleep(0.1)
            await bot.start()
        await self._slack.settled(30)
        match line.do:
            case "edit":
                await self._slack.edit(channel, ts, line.becomes)
            case "delete":
                await self._slack.delete(channel, ts)
            case "crash":
                await bot.kill()
                await bot.start()
        if line.then:
            name = f"{line.id}-then"
            later = await self._slack.say(user, channel, line.then, event_id=f"Ev-{name}")
            told.append(Told(line, name, line.then, later, channel))
        await self._slack.settled(30)
        await bot.idle()
        ends = await outcomes(database)
        for one in told:
            self._finish(one, ends.get((channel, one.ts)), began)

    def _finish(self, told: Told, end: Outcome | None, began: float) -> None:
        posts = [
            call
            for call in self._slack.calls_of("chat.postMessage")
            if call.answer.get("ok")
            and f"-{told.ts}" in str(call.arguments.get("metadata"))
            and str(call.arguments.get("channel")) == told.channel
        ]
        told.posts = len(posts)
        told.acknowledged = any(
            a.event_id == f"Ev-{told.id}" and a.status == 200 for a in self._slack.attempts
        )
        told.wanted = end is not None and end.spoken
        told.trap = end.trap if end else None
        told.reason = (end.reason if end else self._unstored(told)) if not posts else None
        if posts:
            said = self._workspace.replies(told.channel, _root(posts[0].arguments))
            told.question = next((m["text"] for m in said if m.get("bot_id")), None)
            told.seconds = posts[0].at - began
        self._by_id[told.line.id] = told
        self._ending.told.append(told)
        self._show(told)

    def _unstored(self, told: Told) -> str:
        """Why a message was never written down: who wrote it and where tells it all."""
        if told.line.who in self._week.bots:
            return "bot_post"
        return "outsiders_read" if told.line.where in self._week.shared else "ordinary"


def _root(arguments: dict[str, object]) -> str:
    return str(arguments.get("thread_ts"))
