"""Several web and worker processes on one PostgreSQL database, and a fake Slack."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox.clock import SharedClock
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from tests.faults.role_processes import RoleProcesses
from tests.harness import BLAME, ENTITLEMENT, FIXING, LABELLING, NO_LIMITS, PITCHING, tell_channel

TEXTS = (BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING)
KEY = "a-key-that-all-processes-know-0123456789"
_REDELIVERY_SECONDS = 0.2

Place = tuple[str, str]
"""The channel and the ts of a message."""


class Fleet:
    """The processes, each with a folder of its own for its log.

    Args:
        folder: for the logs. address: of the database.
        webs, workers: how many of each.
        channels: how many deal channels there are, each with a seller.
        clock: of all processes and the fake Slack, as ``SharedClock`` keeps it; None for the real.
        settings: environment variables that differ from ``NO_LIMITS``.

    Attributes:
        sent: every message that was acknowledged. statuses: what Slack was answered.
    """

    def __init__(
        self,
        folder: Path,
        address: str,
        *,
        webs: int = 1,
        workers: int = 1,
        channels: int = 5,
        clock: Path | None = None,
        **settings: Any,
    ) -> None:
        self.workspace = Workspace(time.time if clock is None else SharedClock(clock))
        self.slack = FakeSlack(self.workspace)
        self.sent: list[Place] = []
        self.statuses: Counter[int] = Counter()
        self._folder = folder
        self._address = address
        self._settings = {
            **NO_LIMITS,
            "REFRAME_ENCRYPTION_KEY": KEY,
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "DATABASE_URL": address,
            **settings,
        }
        self._counts = {"webs": webs, "workers": workers}
        self._arguments = ("--http", *(("--clock", str(clock)) if clock else ()))
        self._processes: RoleProcesses | None = None
        sellers = [self.workspace.add_user(f"seller{n}") for n in range(channels)]
        self._deals = [
            (self.workspace.add_channel(f"deal-{n}", sellers), seller)
            for n, seller in enumerate(sellers)
        ]
        self._numbers = itertools.count()

    @property
    def webs(self) -> Sequence[BotProcess]:
        """The web processes; none before the start."""
        return self._processes.webs if self._processes else ()

    @property
    def workers(self) -> Sequence[BotProcess]:
        """The worker processes; none before the start."""
        return self._processes.workers if self._processes else ()

    async def start(self) -> None:
        """Start all processes at once; the fake Slack must be up."""
        settings = {**self._settings, "SLACK_API_URL": self.slack.api_url}
        self._processes = RoleProcesses(self._folder, settings, *self._arguments, **self._counts)
        await self._processes.start()
        for channel_id, _ in self._deals:
            await tell_channel(self._address, self.workspace.team_id, channel_id)

    async def stop(self) -> None:
        """Stop all processes."""
        if self._processes is not None:
            await self._processes.stop()

    async def say(self, text: str | None = None) -> Place:
        """Let a seller write, and deliver it as Slack does behind a load balancer: to one web
        process after the other, until one acknowledges it."""
        number = next(self._numbers)
        place, body = self.written(number, text or TEXTS[number % len(TEXTS)])
        for web in itertools.islice(itertools.cycle(self.webs), number, None):
            if await self._deliver(web, body) == 200:
                break
            await asyncio.sleep(_REDELIVERY_SECONDS)
        self.sent.append(place)
        return place

    def written(self, number: int, text: str, *, is_kept: bool = True) -> tuple[Place, bytes]:
        """Return where a seller wrote a message, and the body of its event, to be delivered.

        Args:
            number: of the message. text: of it.
            is_kept: whether the fake Slack keeps it, as for those that get a reply.
        """
        channel_id, seller = self._deals[number % len(self._deals)]
        message = {
            "type": "message",
            "user": seller,
            "text": text,
            "team": self.workspace.team_id,
            "ts": self.workspace.next_ts(),
        }
        stored = self.workspace.add_message(channel_id, message) if is_kept else message
        event = self.slack.message_event(channel_id, stored)
        body = json.dumps(self.slack.envelope(event, f"EvFleet{number}")).encode()
        return (channel_id, str(stored["ts"])), body

    async def _deliver(self, web: BotProcess, body: bytes) -> int:
        headers = {
            "Content-Type": "application/json",
            **self.slack.delivery.signed_headers(body),
        }
        timeout = aiohttp.ClientTimeout(total=3)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(web.url, data=body, headers=headers) as response,
            ):
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.statuses[status] += 1
        return status

    @property
    def replies(self) -> Counter[Place]:
        """How many messages of the bot are in each thread."""
        return Counter(
            (channel, str(message["thread_ts"]))
            for channel, message in self.workspace.bot_messages()
            if "thread_ts" in message
        )

    async def until_answered(self, seconds: float) -> None:
        """Wait until each message that was acknowledged has a reply.

        Raises:
            TimeoutError: one has none.
        """
        async with asyncio.timeout(seconds):
            while not set(self.sent) <= set(self.replies):
                await asyncio.sleep(0.02)

    @property
    def is_each_answered_once(self) -> bool:
        """Whether nothing is lost and nothing doubled."""
        return self.replies == Counter(self.sent)
