"""Draw the pictures in ``docs/images`` from what the bot really posts (``make pictures``).

The script starts the real bot and the fake Slack on this machine, plays two weeks in one
channel, and draws the messages that the bot sent. Run it again after a change to what people see.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.clock import SharedClock
from bot.sandbox.demo_weekly import DemoWeekly
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json, Workspace

IMAGES = Path(__file__).parent / "images"
ZONE = "America/Chicago"
SUNDAY = datetime(2026, 3, 8, 12, 0, tzinfo=ZoneInfo(ZONE)).timestamp()  # before a period ends
GAP, HOUR, DAY = 600.0, 3_600.0, 86_400.0  # seconds; the first is between two messages
NAMES = ("ana", "ben", "cy", "dee", "eli", "fay")
# Up to four are taken off each count at random, and twice as many as shown must be counted in all.
# So these numbers give the same digest whatever the chance: 14 show as "at least 10", 9 as 5. The
# digest is about four weeks that end on the Sunday after.
BLAMERS, ENTITLED, QUIET = 14, 9, 2
SELLERS = (*NAMES, *(f"seller{n}" for n in range(BLAMERS + ENTITLED + QUIET - len(NAMES))))
HEADLINE = "After everything we did for them, the least they can do is call back."
PRIVATE = "They want another 10% off before they sign. What do I do?"
BLAMING = "Procurement killed this deal out of pure spite, they just don't get it."
"""What sellers write. ``tests/docs`` checks that the bot still replies to the first."""

WIDTH = 760
EDGE = 24
AVATAR = 36
INK, FAINT, LINE, ACCENT = "#1d1c1d", "#616061", "#d0d7de", "#1f3a5f"
COLORS = {"Reframe": ACCENT, "ana": "#b5485d", "ben": "#3f7d58", "mia": "#8a6d1f"}
FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Shown:
    """A message in a picture: who wrote it, when (local time), what, and whether in a thread."""

    name: str
    clock: str
    message: Json
    in_thread: bool = False


class Picture:
    """A white card with a title line and messages, as an SVG that reads well on any background."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts: list[str] = []
        self._words: list[str] = [title]
        self._y = 0.0
        self._text(EDGE, 34, title, size=17, bold=True)
        self._line(0, 52, WIDTH, 52)
        self._y = 66.0

    def add(self, shown: Shown) -> None:
        """Draw one message below the others."""
        left = EDGE + (48 if shown.in_thread else 0)
        top = self._y
        color = COLORS.get(shown.name, "#5b4b8a")
        self._rect(left, top, AVATAR, AVATAR, fill=color, radius=8)
        self._text(
            left + AVATAR / 2,
            top + 24,
            shown.name[0].upper(),
            size=17,
            bold=True,
            fill="#ffffff",
            anchor="middle",
        )
        x = left + AVATAR + 12
        self._text(x, top + 13, shown.name, size=15, bold=True)
        after = x + _width(shown.name, 15) + 12
        if shown.message.get("bot_id") or shown.name == "Reframe":
            self._rect(after, top + 1, 32, 15, fill="#e8e8e8", radius=3)
            self._text(
                after + 16, top + 12.5, "APP", size=10, bold=True, fill=FAINT, anchor="middle"
            )
            after += 42
        self._text(after, top + 13, shown.clock, size=12, fill=FAINT)
        self._words.append(f"{shown.name}:")
        self._y = top + 19
        blocks = shown.message.get("blocks") or [
            {"type": "section", "text": {"type": "plain_text", "text": shown.message["text"]}}
        ]
        for block in blocks:
            self._block(block, x)
        self._y = max(self._y, top + AVATAR) + 14

    def svg(self) -> str:
        """Return the whole picture."""
        height = self._y + 6
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
                f'width="{WIDTH}" height="{height:.0f}" role="img" font-family="{FONT}">',
                f"<title>{escape(self._title)}</title>",
                f"<desc>{escape(' '.join(self._words))}</desc>",
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1:.0f}" rx="10" '
                f'fill="#ffffff" stroke="{LINE}"/>',
                *self._parts,
                "</svg>",
                "",
            ]
        )

    def _block(self, block: Json, x: float) -> None:
        match block["type"]:
            case "section" if block.get("fields"):
                self._fields([_shown_text(f) for f in block["fields"]], x)
            case "section":
                self._paragraphs(_shown_text(block["text"]), x, size=15, step=22)
            case "header":
                self._paragraphs(_shown_text(block["text"]), x, size=18, step=26, bold=True)
            case "context":
                words = " ".join(_shown_text(e) for e in block["elements"])
                self._paragraphs(words, x, size=12.5, step=18, fill=FAINT)
            case "actions":
                self._buttons(block["elements"], x)
            case "data_visualization":
                self._bars(block, x)
            case "divider":
                self._line(x, self._y + 8, WIDTH - EDGE, self._y + 8)
                self._y += 16
            case other:
                raise ValueError(f"make_pictures.py does not draw blocks of type {other!r} yet")

    def _paragraphs(
        self,
        words: str,
        x: float,
        *,
        size: float,
        step: float,
        bold: bool = False,
        fill: str = INK,
    ) -> None:
        for line in _wrapped(words, size, WIDTH - EDGE - x):
            self._y += step
            self._text(x, self._y - step * 0.27, line, size=size, bold=bold, fill=fill)
        self._words.append(words)
        self._y += 4

    def _fields(self, cells: list[str], x: float) -> None:
        for left, right in zip_longest(cells[::2], cells[1::2], fillvalue=""):
            self._y += 22
            self._text(x, self._y - 6, left, size=14)
            self._text(x + 280, self._y - 6, right, size=14)
            self._words.append(f"{left} {right}")
        self._y += 6

    def _buttons(self, elements: list[Json], x: float) -> None:
        top = self._y + 4
        for element in elements:
            if element["type"] == "overflow":
                self._rect(x, top, 40, 30, stroke="#b8b8b8", radius=6)
                for dot in (13, 20, 27):
                    self._parts.append(
                        f'<circle cx="{x + dot:.0f}" cy="{top + 15:.0f}" r="1.7" fill="{INK}"/>'
                    )
                x += 50
                continue
            words = _shown_text(element["text"])
            wide = _width(words, 13) + 26
            self._rect(x, top, wide, 30, stroke="#b8b8b8", radius=6)
            self._text(x + wide / 2, top + 20, words, size=13, bold=True, anchor="middle")
            self._words.append(f"[{words}]")
            x += wide + 10
        self._y = top + 38

    def _bars(self, block: Json, x: float) -> None:
        self._paragraphs(block["title"], x, size=13, step=20, bold=True)
        (series,) = block["chart"]["series"]
        most = max(point["value"] for point in series["data"])
        for point in series["data"]:
            self._y += 26
            self._text(x, self._y - 8, point["label"], size=13)
            wide = 260 * point["value"] / most
            self._rect(x + 130, self._y - 21, wide, 17, fill=ACCENT, radius=3)
            self._text(x + 140 + wide, self._y - 8, str(point["value"]), size=13)
            self._words.append(f"{point['label']} {point['value']}")
        self._y += 8

    def _text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float,
        bold: bool = False,
        fill: str = INK,
        anchor: str = "start",
    ) -> None:
        weight = ' font-weight="700"' if bold else ""
        placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self._parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{fill}"{weight}{placed}>'
            f"{escape(words, quote=False)}</text>"
        )

    def _rect(
        self,
        x: float,
        y: float,
        wide: float,
        high: float,
        *,
        fill: str = "none",
        stroke: str = "none",
        radius: float,
    ) -> None:
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" '
            f'rx="{radius:g}" fill="{fill}" stroke="{stroke}"/>'
        )

    def _line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self._parts.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{LINE}"/>'
        )


def _shown_text(value: Json) -> str:
    """Return what a Block Kit text object shows, without Slack's entities and bold marks, and with
    a bar before a quotation."""
    words = str(value.get("text", ""))
    if value.get("type") == "mrkdwn":
        words = re.sub(r"^> ?", "\u2502 ", words, flags=re.MULTILINE)
        words = words.replace("*", "").replace("&lt;", "<").replace("&gt;", ">")
        words = words.replace("&amp;", "&")
    return words


def _width(words: str, size: float) -> float:
    """Estimate the width of text in pixels, for the widest of the common sans-serif fonts."""
    return (
        1.13
        * size
        * sum(
            0.31
            if c in " iIjl.,:;'|!()[]ft"
            else 0.88
            if c in "mwMW@"
            else 0.68
            if c.isupper()
            else 0.56
            for c in words
        )
    )


def _wrapped(words: str, size: float, wide: float) -> Iterator[str]:
    for paragraph in words.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if line and _width(f"{line} {word}", size) > wide:
                yield line
                line = word
            else:
                line = f"{line} {word}" if line else word
        yield line


class Sandbox:
    """The real bot in a fake workspace: a sales team, its manager, and a channel per deal."""

    def __init__(self, folder: Path) -> None:
        self.clock = SharedClock(folder / "clock")
        self.clock.jump_to(SUNDAY)
        self.workspace = Workspace(self.clock)
        self.slack = FakeSlack(self.workspace)
        self.users = {name: self.workspace.add_user(name, tz=ZONE) for name in (*SELLERS, "mia")}
        self.channel = self.workspace.add_channel("deal-northwind", list(self.users.values()))
        self.channels = {"ana": self.channel} | {
            name: self.workspace.add_channel(f"deal-of-{name}", list(self.users.values()))
            for name in SELLERS[1:]
        }
        self._folder = folder

    async def play(self) -> dict[str, list[Shown]]:
        """Play two weeks; return the messages of each picture by its file name."""
        async with self.slack:
            settings = {
                "SLACK_BOT_TOKEN": self.workspace.bot_token,
                "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
                "SLACK_API_URL": self.slack.api_url,
                "DATABASE_URL": f"sqlite:///{self._folder / 'pictures.db'}",
                "REFRAME_SETTLE_SECONDS": "0.2",
                "REFRAME_POST_GAP_SECONDS": "0.1",
                "REFRAME_DELIVERY": "thread",  # as with a language model
                "REFRAME_QUIET_HOURS": "off",  # the team is set up on a Sunday
                "REFRAME_ENCRYPTION_KEY": "only-for-these-pictures",
            }
            self.bot = BotProcess(settings, self._folder, "--http", "--clock", "clock")
            await self.bot.start()
            self.slack.set_request_url(self.bot.url)
            try:
                return await self._pictures()
            finally:
                await self.bot.stop()

    async def _pictures(self) -> dict[str, list[Shown]]:
        week = DemoWeekly(self.slack, self.clock, self.bot, ZoneInfo(ZONE))
        sellers = [self.users[name] for name in SELLERS]
        await week.opt_in(self.users["mia"], sellers, self.channel)
        monday = SUNDAY + 22 * HOUR  # 10:00
        legal = "Legal at Northwind has the redlines, back on Thursday."
        opening = await self._say("ben", legal, monday, self.channel)
        first = await self._say("ana", HEADLINE, monday + 240)
        replies = self.workspace.replies(self.channel, first["ts"])
        thread = [
            self._shown("ben", opening),
            self._shown("ana", first),
            *(self._shown("Reframe", reply, in_thread=True) for reply in replies),
        ]
        await self.slack.run_command(self.users["ana"], self.channel, "/reframe", PRIVATE)
        await self.bot.wait_until_idle()
        await asyncio.sleep(0.3)
        answers = self.workspace.ephemerals(self.channel, self.users["ana"])
        answer = [
            Shown("ana", _local(self.clock()), {"text": f"/reframe {PRIVATE}"}),
            self._shown("Reframe", answers[-1]),
        ]
        for number, name in enumerate(SELLERS[1:ENTITLED], 1):
            await self._say(name, HEADLINE, monday + DAY + number * GAP)
        for number, name in enumerate(SELLERS[-BLAMERS:]):
            said = await self._say(name, BLAMING, monday + 2 * DAY + number * GAP)
            await week.call_helpful(self.users[name], self.channels[name], said["ts"])
        reflection = [
            self._shown("Reframe", m) for m in await week.collect("reflection", 4, 15, len(sellers))
        ][:1]
        digest = [self._shown("Reframe", m) for m in await week.collect("digest", 0, 9, 1)][:1]
        return {"thread": thread, "answer": answer, "reflection": reflection, "digest": digest}

    async def _say(self, name: str, text: str, at: float, channel: str | None = None) -> Json:
        """Write a message in the seller's channel, wait for the bot, and return the message."""
        self.clock.jump_to(at)
        channel = channel or self.channels[name]
        ts = await self.slack.post_message(self.users[name], channel, text, ts=f"{at:.0f}.000100")
        await self.slack.wait_for_deliveries(30)
        await self.bot.wait_until_idle()
        return next(m for m in self.workspace.messages(channel) if m["ts"] == ts)

    def _shown(self, name: str, message: Json, **more: Any) -> Shown:
        return Shown(name, _local(float(message["ts"])), message, **more)


def _local(at: float) -> str:
    local = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(ZONE))
    return local.strftime("%I:%M %p").lstrip("0")


TITLES = {
    "thread": "# deal-northwind",
    "answer": "# deal-northwind  (only ana sees this)",
    "reflection": "Direct message to ana",
    "digest": "Direct message to the manager",
}


def main() -> None:
    """Play, draw, and write every picture."""
    with tempfile.TemporaryDirectory(prefix="reframe-pictures-") as folder:
        pictures = asyncio.run(Sandbox(Path(folder)).play())
    IMAGES.mkdir(exist_ok=True)
    for name, messages in pictures.items():
        picture = Picture(TITLES[name])
        for shown in messages:
            picture.add(shown)
        (IMAGES / f"{name}.svg").write_text(picture.svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
