"""Chaos runs: events keep arriving while the bot process is killed with SIGKILL repeatedly."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.faults import Fault
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from tests.harness import BLAME, ENTITLEMENT, FIXING, LABELLING, NO_LIMITS, PITCHING
from tests.processes.reframe import command as reframe_program

TEXTS = (BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING)
CHANNELS = 20
_REDELIVERY_SECONDS = 0.5
_PATIENCE_SECONDS = 180.0  # for what has piled up; each post asks Slack twice who reads the channel


@dataclass
class ChaosRun:
    """A bot process and a fake Slack with many channels.

    Attributes:
        folder: for the log and the SQLite file. address: database URL. rng: seeded.
        kills: how often the process was killed so far.
        sent: (channel id, ts) of every message sent so far.
    """

    folder: Path
    address: str
    rng: random.Random
    kills: int = 0
    sent: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.workspace = Workspace()
        self.slack = FakeSlack(self.workspace)
        self.slack.delivery.retry_scale = 0.005
        self._users = [self.workspace.add_user(f"seller{n}") for n in range(CHANNELS)]
        self._channels = [
            self.workspace.add_channel(f"deal-{n}", self._users) for n in range(CHANNELS)
        ]
        self._bot: BotProcess | None = None

    @property
    def bot(self) -> BotProcess:
        """The bot process; available once the fake Slack listens."""
        if self._bot is None:
            settings = {
                **NO_LIMITS,
                "SLACK_BOT_TOKEN": self.workspace.bot_token,
                "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
                "SLACK_API_URL": self.slack.api_url,
                "DATABASE_URL": self.address,
            }
            environment = {name: str(value) for name, value in settings.items()}
            program = (*reframe_program(), "run")
            self._bot = BotProcess(environment, self.folder, "--http", program=program)
        return self._bot

    @property
    def replies(self) -> Counter[tuple[str, str]]:
        """Number of bot messages per thread, keyed by (channel id, thread ts)."""
        return Counter(
            (channel, str(message["thread_ts"]))
            for channel, message in self.workspace.bot_messages()
            if "thread_ts" in message  # else it is the notice to the channel
        )

    async def start(self) -> None:
        """Start the bot; retry, because PostgreSQL may take a moment to drop the killed session."""
        for _ in range(20):
            try:
                await self.bot.start()
            except RuntimeError:
                await asyncio.sleep(0.1)
            else:
                self.slack.set_request_url(self.bot.url)
                return
        raise RuntimeError(f"the bot did not start again; see {self.bot.log_file}")

    async def run(self, events: int, kills: int) -> None:
        """Send events at a steady pace and kill the bot at random moments.

        The response to every tenth post is delayed, so some posts are in flight during a kill.

        Args:
            events: how many messages to send. kills: how often to kill and restart the bot.
        """
        sending = asyncio.create_task(
            self._send(events, per_kill=events / kills if kills else events)
        )
        while self.kills < kills:
            self.slack.faults.inject("chat.postMessage", Fault.slow(0.3), after=9)
            await asyncio.sleep(self.rng.uniform(0.05, 0.9))
            await self.bot.kill()
            self.kills += 1
            await self.start()
        self.slack.faults.clear()
        await sending
        await self.bot.wait_until_idle(_PATIENCE_SECONDS)

    async def _send(self, events: int, per_kill: float) -> None:
        deliveries = []
        for n in range(events):
            while n > (self.kills + 1) * per_kill:
                await asyncio.sleep(0.01)
            deliveries.append(asyncio.create_task(self._send_until_acknowledged(n)))
            await asyncio.sleep(self.rng.uniform(0.0, 0.05))
        await asyncio.gather(*deliveries)

    async def _send_until_acknowledged(self, number: int) -> None:
        """Send one message, and redeliver the same event until the bot acknowledges it.

        Slack retries for minutes. The fake Slack's retries end within two seconds, which is less
        than a restart may take.
        """
        n = number % CHANNELS
        stored = self.workspace.add_message(
            self._channels[n],
            {
                "user": self._users[n],
                "text": TEXTS[number % len(TEXTS)],
                "team": self.workspace.team_id,
            },
        )
        self.sent.append((self._channels[n], str(stored["ts"])))
        event = self.slack.message_event(self._channels[n], stored)
        payload = self.slack.envelope(event, f"EvChaos{number}")
        while (await self.slack.deliver(payload)).status != 200:
            await asyncio.sleep(_REDELIVERY_SECONDS)
