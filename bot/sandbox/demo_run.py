"""Plays the demo's script: a real bot process, a fake Slack, and the incidents in between."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

from bot.sandbox.clock import SharedClock
from bot.sandbox.demo_script import DemoScript, ScriptMessage
from bot.sandbox.demo_weekly import DemoWeekly
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json, Workspace

_CRM_BOT_ID = "B0CRM"
_DAY_SECONDS = 86_400
_RETRY_SCALE = 0.05  # a minute between Slack's retries becomes three seconds
_SETTLE_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class PostedMessage:
    """A message that a user posted while the script was played.

    Attributes:
        id: unique in the run. script: the message in the script that it belongs to.
        text: what was posted; differs from the script's text for a follow-up.
        started: wall-clock time in Unix seconds at which it was posted.
    """

    id: str
    script: ScriptMessage
    text: str
    channel_id: str
    ts: str
    started: float

    @property
    def event_id(self) -> str:
        """The id of the event that brings it to the bot."""
        return f"Ev-{self.id}"


class DemoRun:
    """A running bot and fake Slack. Use it as an async context manager.

    Args:
        script: what to play.
        folder: for the clock, the bot's log and its database.
        bot_settings: environment variables for the bot, besides Slack's.
    """

    def __init__(self, script: DemoScript, folder: Path, bot_settings: Mapping[str, str]) -> None:
        self._script = script
        self._folder = folder
        self._bot_settings = bot_settings
        self._clock = SharedClock(folder / "clock")
        # The Friday before, in working hours: users opt in before the week begins, and the bot
        # invites nobody on a weekend.
        self._clock.jump_to(script.messages[0].at - 64 * 3_600)
        self._workspace = Workspace(self._clock)
        self._user_ids: dict[str, str] = {}
        self._channel_ids: dict[str, str] = {}
        self._add_users_and_channels()
        self._posted_ts: dict[str, str] = {}
        self._post_numbers = itertools.count(1)
        self.slack = FakeSlack(self._workspace)
        self.slack.delivery.retry_scale = _RETRY_SCALE

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            stack.callback(self._clock.close)
            await stack.enter_async_context(self.slack)
            settings = {
                "SLACK_BOT_TOKEN": self._workspace.bot_token,
                "SLACK_SIGNING_SECRET": self._workspace.signing_secret,
                "SLACK_API_URL": self.slack.api_url,
                **self._bot_settings,
            }
            self._bot = BotProcess(settings, self._folder, "--http", "--clock", "clock")
            stack.push_async_callback(self._bot.stop)
            await self._bot.start()
            self.slack.set_request_url(self._bot.url)
            zone = ZoneInfo(self._script.zone)
            self._weekly = DemoWeekly(self.slack, self._clock, self._bot, zone)
            await self._weekly.opt_in(
                self._user_ids[self._script.manager],
                [self._user_ids[name] for name in self._script.sellers],
                self._channel_ids[self._script.channels[0]],
                [self._user_ids[teammate.name] for teammate in self._script.teammates],
            )
            self._running = stack.pop_all()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._running.aclose()

    async def play(self, message: ScriptMessage) -> list[PostedMessage]:
        """Play one message with its incident, and wait until the bot has dealt with it.

        Returns:
            What was posted: the message, and its follow-up if it has one.
        """
        self._clock.jump_to(message.at)
        if message.incident == "retry":
            await self._bot.kill()
        self.slack.events.duplicate_events = message.incident == "duplicate"
        first = await self._post(message, message.id, message.text)
        self.slack.events.duplicate_events = False
        if message.incident == "retry":
            await asyncio.sleep(0.1)  # the first delivery attempt fails
            await self._bot.start()
        await self.slack.wait_for_deliveries(_SETTLE_TIMEOUT_SECONDS)
        if message.incident == "edit":
            await self.slack.edit_message(first.channel_id, first.ts, message.edited_text)
        elif message.incident == "delete":
            await self.slack.delete_message(first.channel_id, first.ts)
        elif message.incident == "crash":
            await self._bot.kill()
            await self._bot.start()
        posted = [first]
        if message.follow_up:
            posted.append(await self._post(message, f"{message.id}-then", message.follow_up))
        await self.slack.wait_for_deliveries(_SETTLE_TIMEOUT_SECONDS)
        await self._bot.wait_until_idle()
        self._posted_ts[message.id] = first.ts
        return posted

    async def play_teammates(self) -> None:
        """Let each of the rest of the team write once, and call the question helpful."""
        posted = []
        for teammate in self._script.teammates:
            author_id = self._user_ids[teammate.name]
            channel_id = self._channel_ids[teammate.channel]
            ts = await self.slack.post_message(author_id, channel_id, teammate.text)
            posted.append((author_id, channel_id, ts))
        await self.slack.wait_for_deliveries(_SETTLE_TIMEOUT_SECONDS)
        await self._bot.wait_until_idle()
        for author_id, channel_id, ts in posted:
            await self._weekly.call_helpful(author_id, channel_id, ts)
        await self._bot.wait_until_idle()

    async def ask(self) -> Json:
        """Let a seller ask with ``/reframe``, and return the answer that only they see."""
        asked = self._script.ask
        author_id, channel_id = self._user_ids[asked.author], self._channel_ids[asked.channel]
        await self.slack.run_command(author_id, channel_id, "/reframe", asked.text)
        await self._bot.wait_until_idle()
        return self._workspace.ephemerals(channel_id, author_id)[-1]

    async def collect_reflections(self) -> list[Json]:
        """Jump to the next Friday at 15:00 and return the weekly reflections."""
        return await self._weekly.collect("reflection", 4, 15, len(self._script.sellers))

    async def collect_digests(self) -> list[Json]:
        """Jump to the next Monday at 09:00 and return the team digests."""
        return await self._weekly.collect("digest", 0, 9, 1)

    def is_after_reflections(self, message: ScriptMessage) -> bool:
        """Return whether a message comes after the reflections of the script's first week."""
        monday = self._script.messages[0].at
        return message.at > monday + 4 * _DAY_SECONDS + 6 * 3_600  # Friday, 15:04

    async def _post(self, message: ScriptMessage, message_id: str, text: str) -> PostedMessage:
        """Post with the same ts in each run: which of the fitting questions is asked goes by it."""
        is_bot = message.author in self._script.bots
        extra: dict[str, Any] = {"bot_id": _CRM_BOT_ID} if is_bot else {}
        channel_id = self._channel_ids[message.channel]
        started = time.time()
        ts = await self.slack.post_message(
            self._user_ids[message.author],
            channel_id,
            text,
            thread_ts=self._posted_ts.get(message.reply_to),
            ts=f"{message.at:.0f}.{next(self._post_numbers):06}",
            event_id=f"Ev-{message_id}",
            **extra,
        )
        return PostedMessage(message_id, message, text, channel_id, ts, started)

    def _add_users_and_channels(self) -> None:
        script, workspace = self._script, self._workspace
        for name in script.sellers:
            self._user_ids[name] = workspace.add_user(name, tz=script.zone)
        for teammate in script.teammates:
            self._user_ids[teammate.name] = workspace.add_user(teammate.name, tz=script.zone)
        for name in script.bots:
            self._user_ids[name] = workspace.add_user(name, is_bot=True)
        self._user_ids[script.manager] = workspace.add_user(script.manager, tz=script.zone)
        colleagues = list(self._user_ids.values())
        for name in script.guests:
            self._user_ids[name] = workspace.add_user(name, tz=script.zone, is_restricted=True)
        everyone = list(self._user_ids.values())
        for name in (*script.channels, *(teammate.channel for teammate in script.teammates)):
            self._channel_ids[name] = workspace.add_channel(name, colleagues)
        for name in script.guest_channels:
            self._channel_ids[name] = workspace.add_channel(name, everyone)
        for name in script.shared_channels:
            self._channel_ids[name] = workspace.add_channel(name, everyone, is_ext_shared=True)
