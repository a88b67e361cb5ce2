"""Run the whole bot in a test: real wiring, Bolt, HTTP or WebSocket, and a real database."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp
import pytest
from pydantic import PrivateAttr

from bot import settings as bot_settings
from bot import wiring
from bot.cli import block_kit_text
from bot.core.policy import Limits
from bot.flows.errors import StoreUnavailableError
from bot.health import Transport
from bot.sandbox.delivery import DeliveryAttempt
from bot.sandbox.process import reserve_port
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json, Workspace
from bot.store.database import Database
from bot.store.engines import _BEGIN_WITH_LIMITS
from bot.store.inspection import Outcome, outcomes
from bot.store.tables import channels
from bot.store.upsert import upsert
from tests.shipped import load_playbook_once

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
FRENCH = "Après tout ce que nous avons fait pour eux, ils pourraient au moins nous rappeler."
ORDINARY = "Sent the revised numbers this morning, the call is on Thursday at ten."

NO_LIMITS: dict[str, Any] = {
    "REFRAME_DELIVERY": "thread",
    "REFRAME_SETTLE_SECONDS": 0,
    "REFRAME_QUIET_HOURS": "off",
    "REFRAME_DAILY_CAP": 0,
    "REFRAME_WEEKLY_CAP": 0,
    "REFRAME_COOLDOWN_DAYS": 0,
    "REFRAME_SAME_QUESTION_DAYS": 0,
    "REFRAME_POST_GAP_SECONDS": 0,
    "REFRAME_POST_TIMEOUT_SECONDS": 1,
    "REFRAME_UNCONFIRMED_SECONDS": 0.2,
}

PATIENCE_SECONDS = 60.0
_SHORTEST_PAUSE_SECONDS = 0.01  # between two looks; to ask the bot itself takes half as long
_LONGEST_PAUSE_SECONDS = 0.05
_PAUSE_GROWTH = 1.3

# By the real clock, and a busy machine may be slow without a model, too.
_changed_limits: dict[str, Any] = {"thinking_after_seconds": PATIENCE_SECONDS}

_TOLD = """
    INSERT INTO channels (workspace_id, channel_id, noticed_at)
    VALUES (:workspace_id, :channel_id, 0.0)
    ON CONFLICT DO UPDATE SET noticed_at = 0.0
"""


class BotHarness:
    """A bot and its fake Slack, with a seller (Ana), a colleague (Ben) and a deal channel.

    Args:
        folder: holds the SQLite file.
        clock: Unix seconds, for the bot and the fake Slack.

    Attributes:
        ana, ben: their user ids. deal: the channel's id.
        address: of the database; a test may change it before it starts the bot.
    """

    def __init__(self, folder: Path, clock: Callable[[], float]) -> None:
        self.folder = folder
        self.clock = clock
        self.workspace = Workspace(clock)
        self.slack = FakeSlack(self.workspace)
        self.slack.delivery.retry_scale = 0.005
        self.ana = self.workspace.add_user("ana")
        self.ben = self.workspace.add_user("ben")
        self.deal = self.workspace.add_channel("deal-northwind", [self.ana, self.ben])
        self.port = reserve_port(self)
        self.address = f"sqlite:///{folder}/reframe.db"
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, transport: Transport = "http", /, **settings: Any) -> None:
        """Start the bot and wait until it is ready.

        Args:
            transport: how events reach it.
            settings: environment variables that differ from ``NO_LIMITS``.
        """
        values = {
            **NO_LIMITS,
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": self.address,
            "PORT": self.port,
            **settings,
        }
        if transport == "http":
            values["SLACK_SIGNING_SECRET"] = self.workspace.signing_secret
            self.slack.set_request_url(f"{self.url}/slack/events")
        else:
            values["SLACK_APP_TOKEN"] = self.workspace.app_token
        loaded = with_changed_limits(bot_settings.load(values))
        self._task = asyncio.create_task(wiring.run(loaded, transport, self.clock))
        await self.until(self.is_ready)
        await tell_channel(self.address, self.workspace.team_id, self.deal)

    @property
    def is_running(self) -> bool:
        """Whether the bot was started and has not ended."""
        return self._task is not None and not self._task.done()

    async def is_ready(self) -> bool:
        """Return whether /healthz responds; raise the bot's error if it has ended."""
        if self._task is not None and self._task.done():
            ended, self._task = self._task, None
            ended.result()
        with contextlib.suppress(aiohttp.ClientError):
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.url}/healthz") as response,
            ):
                return response.status == 200
        return False

    async def stop(self) -> None:
        """Stop the bot; an error it ended with is raised here."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def say(self, text: str, *, user: str | None = None, **extra: Any) -> str:
        """Post a message in the deal channel (as Ana by default), and return its ts once the bot
        has acknowledged it."""
        channel = extra.pop("channel", self.deal)
        ts = await self.slack.post_message(user or self.ana, channel, text, **extra)
        await self.slack.wait_for_deliveries()
        return ts

    async def command(self, text: str, *, user: str | None = None) -> DeliveryAttempt:
        """Run /reframe in the deal channel, and wait for the reply."""
        attempt = await self.slack.run_command(user or self.ana, self.deal, "/reframe", text)
        await self.idle()
        return attempt

    def modal(self) -> Json:
        """Return the modal that was opened last."""
        return [v for v in self.workspace.views.values() if v["type"] == "modal"][-1]

    def shown(self, user: str | None = None) -> list[Json]:
        """Return what only this user sees in the deal channel, oldest first."""
        return self.workspace.ephemerals(self.deal, user or self.ana)

    def direct(self, user: str | None = None) -> list[Json]:
        """Return the bot's direct messages to this user."""
        dm = self.workspace.dm_channel(user or self.ana)
        return [m for m in self.workspace.messages(dm) if m.get("bot_id")]

    async def home(self, user: str | None = None) -> str:
        """Open the Home tab, and return it as text once the bot has drawn it."""
        who = user or self.ana
        self.workspace.home_tabs.pop(who, None)
        await self.slack.open_home(who)
        await self.until(lambda: who in self.workspace.home_tabs)
        return block_kit_text.render_view(self.workspace.home_tabs[who])

    async def choose(self, nudge: Json, option: str, *, user: str | None = None) -> DeliveryAttempt:
        """Choose an option from the menu of a nudge."""
        ephemeral = nudge in self.workspace.channels[self.deal].ephemerals
        return await self.slack.click(
            user or self.ana,
            self.deal,
            nudge["ts"],
            "reframe_more",
            option=option,
            ephemeral=ephemeral,
        )

    def event(self, text: str, /, **changes: object) -> Json:
        """Return the event of a message in the deal channel, to be delivered by the test."""
        message = {"user": self.ana, "text": text, "team": self.workspace.team_id}
        stored = self.workspace.add_message(self.deal, message)
        return self.slack.message_event(self.deal, stored) | changes

    async def idle(self) -> None:
        """Wait until nothing is left to decide, send or answer."""
        await self.slack.wait_for_deliveries()
        await self.until(self._is_idle)

    async def _is_idle(self) -> bool:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/healthz") as response,
        ):
            state = await response.json()
        return not any(state.get(n, 1) for n in ("waiting", "to_send", "to_answer"))

    async def until(self, condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until a condition holds; it may be a coroutine function.

        Args:
            condition: what to wait for.
            seconds: only where the time is part of what is promised; else a test that waits for
                what never comes ends at some time, however busy the machine is.

        Raises:
            TimeoutError: it did not hold within so many seconds.
        """
        async with asyncio.timeout(seconds):
            pause = _SHORTEST_PAUSE_SECONDS
            while True:
                met = condition()
                if asyncio.iscoroutine(met):
                    met = await met
                if met:
                    return
                await asyncio.sleep(pause)
                pause = min(pause * _PAUSE_GROWTH, _LONGEST_PAUSE_SECONDS)

    async def outcome(self, ts: str, channel: str | None = None) -> Outcome | None:
        """Return what became of a stored message; None if it was never stored."""
        database = Database(self.address)
        try:
            return (await outcomes(database, self.workspace.team_id)).get(
                (channel or self.deal, ts)
            )
        finally:
            await database.close()

    def replies(self, ts: str, channel: str | None = None) -> list[Json]:
        """Return the replies in the thread of a message."""
        return self.workspace.replies(channel or self.deal, ts)

    def posts(self) -> int:
        """Return the number of messages by the bot in all channels."""
        return len(self.workspace.bot_messages())

    async def raw(
        self, body: bytes, headers: dict[str, str], path: str = "/slack/events"
    ) -> tuple[int, str]:
        """Send a request as anyone could; return its status and body."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.url}{path}", data=io.BytesIO(body), headers=headers) as response,
        ):
            return response.status, await response.text()

    async def signed(self, payload: object, **headers: str) -> tuple[int, str]:
        """Send a correctly signed request with any payload; return its status and body."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        signature = self.slack.delivery.signed_headers(body)
        return await self.raw(body, {"Content-Type": "application/json", **signature, **headers})


async def tell_channel(address: str, workspace_id: str, channel_id: str) -> None:
    """Let a channel be one that was told about the bot long ago, so that no notice comes first."""
    place = {"workspace_id": workspace_id, "channel_id": channel_id}
    async with asyncio.timeout(PATIENCE_SECONDS):
        if address.startswith("sqlite:"):
            while not _tell_on_sqlite(address.removeprefix("sqlite:///"), place):
                await asyncio.sleep(_SHORTEST_PAUSE_SECONDS)
            return
        database = Database(address)
        try:
            while True:  # the bot that was just started may be writing
                with contextlib.suppress(StoreUnavailableError):
                    async with database.begin() as connection:
                        await upsert(connection, channels, place, {"noticed_at": 0.0})
                    return
        finally:
            await database.close()


def _tell_on_sqlite(file: str, place: dict[str, str]) -> bool:
    """Write that a channel was told, and return whether the file was free for that. An engine for
    it would take a quarter of what the start of a bot takes."""
    with contextlib.closing(sqlite3.connect(file, timeout=0)) as connection:
        try:
            with connection:
                connection.execute(_TOLD, place)
        except sqlite3.OperationalError:
            return False
    return True


@asynccontextmanager
async def running_harness(
    folder: Path, clock: Callable[[], float] = time.time
) -> AsyncIterator[BotHarness]:
    """Start the fake Slack, and stop the bot at the end; the test starts it."""
    bot = BotHarness(folder, clock)
    with mock.patch.object(wiring, "load_playbook", load_playbook_once):
        async with bot.slack:
            try:
                yield bot
            finally:
                await bot.stop()


def change_limits(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Change limits that have no setting, for every bot that the test starts from now on."""
    for name, value in changes.items():
        monkeypatch.setitem(_changed_limits, name, value)


class _SettingsOfTest(bot_settings.Settings):
    """Settings with limits of a test. ``Settings`` itself stays as it is: bots that overlap would
    put each other's back."""

    _changes: dict[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def limits(self) -> Limits:
        return replace(super().limits, **self._changes)


def with_changed_limits(loaded: bot_settings.Settings) -> bot_settings.Settings:
    """Return settings with the limits of today's test."""
    changed = _SettingsOfTest.model_construct(**dict(loaded))
    changed._changes = dict(_changed_limits)
    return changed


def let_databases_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let databases that are made from now on wait longer for a connection and for a lock.

    For tests of who wins when several work at once. The bot waits no longer than Slack does, which
    is too short for a dozen of them on a busy machine; how long it waits is tested elsewhere.
    """
    for name in ("_WAIT_FOR_CONNECTION_SECONDS", "_WAIT_FOR_LOCK_SECONDS"):
        monkeypatch.setattr(f"bot.store.engines.{name}", PATIENCE_SECONDS)
    longer = _BEGIN_WITH_LIMITS.replace("'1500'", f"'{PATIENCE_SECONDS * 1_000:.0f}'")
    assert longer != _BEGIN_WITH_LIMITS
    monkeypatch.setattr("bot.store.engines._BEGIN_WITH_LIMITS", longer)
