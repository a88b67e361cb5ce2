"""A storm: events pour in while the bot's process is killed with -9 again and again."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox.faults import Fault
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Workspace
from tests.house import BLAME, CALM, ENTITLEMENT, FIXING, LABELLING, PITCHING

TEXTS = (BLAME, LABELLING, FIXING, ENTITLEMENT, PITCHING)
CHANNELS = 20
_AGAIN_SECONDS = 0.5


@dataclass
class Storm:
    """One run.

    Attributes:
        folder: for the log and the SQLite file. address: of the database. chance: seeded.
        kills: how often the process was killed so far. said: (channel, ts) of every event.
    """

    folder: Path
    address: str
    chance: random.Random
    kills: int = 0
    said: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.workspace = Workspace()
        self.slack = PretendSlack(self.workspace)
        self.slack.delivery.retry_scale = 0.005
        self._users = [self.workspace.add_user(f"seller{n}") for n in range(CHANNELS)]
        self._channels = [
            self.workspace.add_channel(f"deal-{n}", self._users) for n in range(CHANNELS)
        ]
        self._bot: BotProcess | None = None

    @property
    def bot(self) -> BotProcess:
        """The bot, to be had once the pretend Slack has an address."""
        if self._bot is None:
            settings = {
                **CALM,
                "SLACK_BOT_TOKEN": self.workspace.bot_token,
                "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
                "SLACK_API_URL": self.slack.api_url,
                "DATABASE_URL": self.address,
            }
            self._bot = BotProcess({k: str(v) for k, v in settings.items()}, self.folder, "--http")
        return self._bot

    @property
    def replies(self) -> Counter[tuple[str, str]]:
        """How many nudges stand in the thread of each event, as the pretend Slack has them."""
        return Counter(
            (channel, str(message["thread_ts"])) for channel, message in self.workspace.own_posts()
        )

    async def start(self) -> None:
        """Starts the bot; after a kill PostgreSQL may need a moment to notice that it is gone."""
        for _ in range(20):
            try:
                await self.bot.start()
            except RuntimeError:
                await asyncio.sleep(0.1)
            else:
                self.slack.deliver_to(self.bot.url)
                return
        raise RuntimeError(f"the bot did not start again; see {self.bot.log_file}")

    async def rage(self, events: int, kills: int) -> None:
        """Events at a steady pace until all are said, kills at random moments until all are done.

        Every tenth post is answered late, so that kills find some of them in flight.
        """
        pouring = asyncio.create_task(
            self._pour(events, per_kill=events / kills if kills else events)
        )
        while self.kills < kills:
            self.slack.faults.next("chat.postMessage", Fault.slow(0.3), after=9)
            await asyncio.sleep(self.chance.uniform(0.05, 0.9))
            await self.bot.kill()
            self.kills += 1
            await self.start()
        self.slack.faults.clear()
        await pouring
        await self.bot.idle(60)

    async def _pour(self, events: int, per_kill: float) -> None:
        acknowledged = []
        for n in range(events):
            while n > (self.kills + 1) * per_kill:
                await asyncio.sleep(0.01)
            acknowledged.append(asyncio.create_task(self._until_acknowledged(n)))
            await asyncio.sleep(self.chance.uniform(0.0, 0.05))
        await asyncio.gather(*acknowledged)

    async def _until_acknowledged(self, number: int) -> None:
        """Slack tries again for minutes; a process needs a second to start. So that the storm is
        short, what Slack has given up on is delivered anew, as the same event."""
        at = number % CHANNELS
        stored = self.workspace.add_message(
            self._channels[at],
            {
                "user": self._users[at],
                "text": TEXTS[number % len(TEXTS)],
                "team": self.workspace.team_id,
            },
        )
        self.said.append((self._channels[at], str(stored["ts"])))
        event = self.slack.message_event(self._channels[at], stored)
        payload = self.slack.envelope(event, f"EvStorm{number}")
        while (await self.slack.deliver(payload)).status != 200:
            await asyncio.sleep(_AGAIN_SECONDS)
