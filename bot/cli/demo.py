"""``reframe demo``: a written week in three deal channels, real bot and pretend Slack."""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from bot import playbook as words
from bot.sandbox.clock import SharedClock
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import PretendSlack
from bot.sandbox.week import Line, Week, written_week
from bot.sandbox.workspace import Workspace
from bot.store.database import Database
from bot.store.outcomes import Outcome, outcomes

SETTLE_SECONDS = 0.3
_DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
}


@dataclass
class Told:
    """What became of one line of the week."""

    line: Line
    text: str
    ts: str
    channel: str
    trap: str | None = None
    reason: str | None = None
    question: str | None = None
    posts: int = 0
    wanted: bool = False
    acknowledged: bool = True
    seconds: float | None = None


@dataclass
class Ending:
    """The counts at the end of the week."""

    told: list[Told] = field(default_factory=list)

    @property
    def coached(self) -> int:
        """Messages that got their question."""
        return sum(t.posts > 0 for t in self.told)

    @property
    def left_alone(self) -> int:
        """Messages that got none, on purpose."""
        return sum(t.posts == 0 and not t.wanted for t in self.told)

    @property
    def lost(self) -> int:
        """Messages never taken, and questions decided on but never said."""
        return sum(not t.acknowledged or (t.wanted and t.posts == 0) for t in self.told)

    @property
    def doubled(self) -> int:
        """Questions said more than once, or said though nobody decided on them."""
        return sum(max(0, t.posts - (1 if t.wanted else 0)) for t in self.told)

    def milliseconds(self, share: float) -> float:
        """That share of the replies came within so many milliseconds of their message."""
        waits = sorted(t.seconds for t in self.told if t.seconds is not None)
        if not waits:
            return 0.0
        if len(waits) == 1:
            return round(waits[0] * 1_000, 1)
        at = statistics.quantiles(waits, n=100, method="inclusive")[round(share * 100) - 1]
        return round(at * 1_000, 1)

    def as_json(self) -> str:
        """The object that ``--json`` prints."""
        return json.dumps(
            {
                "coached": self.coached,
                "left_alone": self.left_alone,
                "lost": self.lost,
                "doubled": self.doubled,
                "p50_ms": self.milliseconds(0.50),
                "p95_ms": self.milliseconds(0.95),
                "messages": [
                    {
                        "id": t.line.id if t.text == t.line.text else f"{t.line.id}-then",
                        "channel": t.line.where,
                        "trap": t.trap or "none",
                        "outcome": "coached" if t.posts else "left_alone",
                        "reason": t.reason,
                    }
                    for t in self.told
                ],
            }
        )


def play(*, as_json: bool) -> int:
    """Plays the week and prints it.

    Returns:
        0 if nothing was lost or doubled and somebody was coached, else 1.
    """
    story = _Story(Console(highlight=False, quiet=as_json))
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
        self._clock.leap_to(self._week.lines[0].at - 60)
        self._workspace = Workspace(self._clock)
        self._address = f"sqlite:///{folder / 'demo.db'}"
        self._slack = PretendSlack(self._workspace)
        self._folder = folder
        self._users: dict[str, str] = {}
        self._channels: dict[str, str] = {}
        self._by_id: dict[str, Told] = {}
        self._ending = Ending()

    async def play(self) -> Ending:
        """Plays all lines."""
        self._fill()
        database = Database(self._address)
        async with self._slack:
            self._slack.delivery.retry_scale = 0.05
            bot = BotProcess(self._settings(), self._folder, "--http", "--clock", "clock")
            await bot.start()
            self._slack.deliver_to(bot.url)
            try:
                for line in self._week.lines:
                    await self._one(line, bot, database)
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
        ts = await self._slack.say(user, channel, line.text, thread_ts=root, **extra)
        self._slack.duplicate = False
        told = [Told(line, line.text, ts, channel)]
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
            later = await self._slack.say(user, channel, line.then)
            told.append(Told(line, line.then, later, channel))
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
        told.acknowledged = any(a.status == 200 for a in self._slack.attempts[-8:])
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


class _Story:
    """Prints the week for a person to read."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._quiet = words.read().voice["quiet"]
        self._day = ""

    def open(self) -> None:
        """What is about to be seen."""
        self._console.print(
            "Reframe plays a week in three deal channels: the real bot, a pretend Slack on this "
            "computer.\nNo account, no network. Grey lines were never written down.",
            soft_wrap=True,
        )

    def show(self, told: Told) -> None:
        """One line of the week and what became of it."""
        if told.line.day != self._day:
            self._day = told.line.day
            self._console.print()
            self._console.rule(_DAYS[self._day], align="left", style="dim")
        ordinary = told.reason == "ordinary"
        head = Text(f"{told.line.hour} #{told.line.where} ", style="dim")
        head.append(f"{told.line.who}: ", style="dim" if ordinary else "bold")
        head.append(told.text, style="dim" if ordinary else "")
        self._console.print(head, soft_wrap=True)
        if told.question:
            self._console.print(
                Text(f"      reframe > {told.question}", style="green"), soft_wrap=True
            )
            self._console.print(
                Text("      [Helpful] [Not this time] [That's wrong] [Pause a week]", style="dim")
            )
        elif not ordinary and told.reason:
            words_of = self._quiet.get(told.reason, told.reason)
            self._console.print(
                Text(f"      left alone: {words_of}", style="yellow"), soft_wrap=True
            )
        if happened := _HAPPENED.get(told.line.do):
            self._console.print(Text(f"      ({happened})", style="dim"), soft_wrap=True)

    def close(self, ending: Ending) -> None:
        """The line that counts."""
        self._console.print()
        self._console.print(
            f"{len(ending.told)} messages: {ending.coached} coached, "
            f"{ending.left_alone} left alone, {ending.lost} lost, {ending.doubled} doubled. "
            f"From message to reply: {ending.milliseconds(0.5):.0f} ms (median), "
            f"{ending.milliseconds(0.95):.0f} ms (95 %), "
            f"{SETTLE_SECONDS * 1000:.0f} ms of it settling.",
            soft_wrap=True,
        )
        self._console.print(
            'Next: reframe say "They owe us a call back"  |  README.md: connect your own Slack',
            soft_wrap=True,
        )


_HAPPENED = {
    "duplicate": "Slack delivered this one twice at the same time",
    "edit": "rewritten by its author a moment later",
    "delete": "deleted by its author a moment later",
    "crash": "the bot was killed with -9 right after taking this one, and started again",
    "retry": "the bot was down when this was written; Slack tried again",
}
