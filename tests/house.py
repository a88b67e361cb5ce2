"""The whole bot in a test: real wiring, real Bolt, real HTTP or WebSocket, a real database file."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot import settings as house_settings
from bot import wiring
from bot.sandbox import screen
from bot.sandbox.delivery import Attempt
from bot.sandbox.process import free_port
from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Json, Workspace
from bot.store.database import Database
from bot.store.outcomes import Outcome, outcomes

BLAME = "This deal is dead because of them. We did everything right, it's all their fault."
LABELLING = "Their new VP is an arrogant clueless jerk, he's only out for himself."
FIXING = (
    "They need to get off those spreadsheets and buy a real system. We have to make them see it."
)
ENTITLEMENT = "After all we did for them, they owe us a call back. How rude not to even answer."
PITCHING = (
    "They loved the demo, the ROI is a no-brainer, I can't believe they still haven't signed. "
    "I'll show them the new dashboard next."
)
ORDINARY = "Sent the revised numbers this morning, the call is on Thursday at ten."

CALM: dict[str, Any] = {
    "REFRAME_SETTLE_SECONDS": 0,
    "REFRAME_QUIET_HOURS": "off",
    "REFRAME_DAILY_CAP": 0,
    "REFRAME_WEEKLY_CAP": 0,
    "REFRAME_COOLDOWN_DAYS": 0,
    "REFRAME_SAME_QUESTION_DAYS": 0,
    "REFRAME_POST_GAP_SECONDS": 0,
    "REFRAME_POST_TIMEOUT_SECONDS": 1,
    "REFRAME_IN_DOUBT_SECONDS": 0.2,
}


class House:
    """A running bot and its pretend Slack, with a seller, a colleague and a deal channel."""

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.folder = folder
        self.clock = clock
        self.workspace = Workspace(clock)
        self.slack = PretendSlack(self.workspace)
        self.slack.delivery.retry_scale = 0.005
        self.ana = self.workspace.add_user("ana")
        self.ben = self.workspace.add_user("ben")
        self.deal = self.workspace.add_channel("deal-northwind", [self.ana, self.ben])
        self.port = free_port()
        self.address = f"sqlite:///{folder}/reframe.db"
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, way: wiring.Way = "http", **settings: Any) -> None:
        """Starts the bot and waits until it answers."""
        values = {
            **CALM,
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": self.address,
            "PORT": self.port,
            **settings,
        }
        if way == "http":
            values["SLACK_SIGNING_SECRET"] = self.workspace.signing_secret
            self.slack.deliver_to(f"{self.url}/slack/events")
        else:
            values["SLACK_APP_TOKEN"] = self.workspace.app_token
        loaded = house_settings.load(values)
        self._task = asyncio.create_task(wiring.run(loaded, way, self.clock))
        await self.until(lambda: self.health_ok(), 10)

    async def health_ok(self) -> bool:
        if self._task is not None and self._task.done():
            self._task.result()
        with contextlib.suppress(aiohttp.ClientError):
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.url}/healthz") as answer,
            ):
                return answer.status == 200
        return False

    async def stop(self) -> None:
        """Stops the bot."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def say(self, text: str, *, user: str | None = None, **extra: Any) -> str:
        """Ana, or another, writes in the deal channel; returns when it was delivered."""
        channel = extra.pop("channel", self.deal)
        ts = await self.slack.say(user or self.ana, channel, text, **extra)
        await self.slack.settled()
        return ts

    async def command(self, text: str, *, user: str | None = None) -> Attempt:
        """Ana, or another, types /reframe in the deal channel, and gets the answer."""
        attempt = await self.slack.command(user or self.ana, self.deal, "/reframe", text)
        await self.idle()
        return attempt

    def modal(self) -> Json:
        """The modal that was opened last."""
        return [v for v in self.workspace.views.values() if v["type"] == "modal"][-1]

    def shown(self, user: str | None = None) -> list[Json]:
        """What only Ana, or another, was shown in the deal channel, oldest first."""
        return self.workspace.ephemerals(self.deal, user or self.ana)

    def direct(self, user: str | None = None) -> list[Json]:
        """What the bot wrote to Ana, or another, in their own conversation."""
        dm = self.workspace.direct_channel(user or self.ana)
        return [m for m in self.workspace.messages(dm) if m.get("bot_id")]

    async def home(self, user: str | None = None) -> str:
        """The Home tab of Ana, or another, once it is drawn, as text."""
        who = user or self.ana
        self.workspace.homes.pop(who, None)
        await self.slack.open_home(who)
        await self.until(lambda: who in self.workspace.homes, 5)
        return screen.view(self.workspace.homes[who])

    async def choose(self, nudge: Json, what: str, *, user: str | None = None) -> Attempt:
        """Ana, or another, chooses something from the menu of a nudge."""
        ephemeral = nudge in self.workspace.channels[self.deal].ephemerals
        return await self.slack.press(
            user or self.ana,
            self.deal,
            nudge["ts"],
            "reframe_more",
            choose=what,
            ephemeral=ephemeral,
        )

    def event(self, text: str, /, **changes: object) -> Json:
        """A message event that the pretend Slack has not delivered yet."""
        message = {"user": self.ana, "text": text, "team": self.workspace.team_id}
        stored = self.workspace.add_message(self.deal, message)
        return self.slack.message_event(self.deal, stored) | changes

    async def idle(self) -> None:
        """Waits until nothing is waiting to be decided or sent."""
        await self.slack.settled()
        await self.until(self._nothing_waits, 15)

    async def _nothing_waits(self) -> bool:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/healthz") as answer,
        ):
            state = await answer.json()
        return not any(state.get(n, 1) for n in ("waiting", "to_send", "to_answer"))

    async def until(self, true: Callable[[], Any], seconds: float) -> None:
        """Waits until something is so."""
        async with asyncio.timeout(seconds):
            while True:
                found = true()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.02)

    async def outcome(self, ts: str, channel: str | None = None) -> Outcome | None:
        """What became of a stored message; None if it was never stored."""
        database = Database(self.address)
        try:
            return (await outcomes(database)).get((channel or self.deal, ts))
        finally:
            await database.close()

    def replies(self, ts: str, channel: str | None = None) -> list[Json]:
        """The bot's answers in a thread."""
        return self.workspace.replies(channel or self.deal, ts)

    def posts(self) -> int:
        """How many nudges stand in all channels."""
        return len(self.workspace.own_posts())

    async def raw(
        self, body: bytes, headers: dict[str, str], path: str = "/slack/events"
    ) -> tuple[int, str]:
        """A request as anyone could send it."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}{path}", data=io.BytesIO(body), headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def signed(self, payload: object, **headers: str) -> tuple[int, str]:
        """A rightly signed request with any payload."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signature = self.slack.delivery.signed_headers(body)
        return await self.raw(body, {"Content-Type": "application/json", **signature, **headers})


@asynccontextmanager
async def house_in(folder: Path, clock: Callable[[], float] = time.time) -> AsyncIterator[House]:
    """A house whose Slack runs; the bot is started by the test."""
    house = House(folder, clock)
    async with house.slack:
        try:
            yield house
        finally:
            await house.stop()
