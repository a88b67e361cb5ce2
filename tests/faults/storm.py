"""A long run with faults of every kind; each message must get exactly one question.

Messages arrive at a steady rate while processes are killed (SIGKILL) and paused (SIGSTOP), Slack
answers with 429, 503, and silence or cuts the connection after a post, and the database refuses
work for a second. ``python -m tests.bench.storm`` runs one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from bot.core.model import Reason
from bot.sandbox.faults import Fault
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from bot.store.database import Database
from bot.store.inspection import outcomes
from tests.faults.chaos import CHANNELS, TEXTS
from tests.harness import NO_LIMITS, ORDINARY
from tests.postgres import Postgres, migrate
from tests.processes.reframe import command as program_of

_REDELIVERY_SECONDS = 0.5
_DELIVERIES_AT_ONCE = 100
_LOOK_SECONDS = 30.0


@dataclass(frozen=True)
class Plan:
    """What happens in a storm.

    Attributes:
        events: how many messages. rate: of them per second. traps: share that needs a question.
        kills, pauses: of processes. outages: of the database.
        slack: posts that Slack refuses, cuts, or leaves hanging.
        lookups: times at which Slack does not say who reads a channel.
        refuses_history: Slack never shows a message again whose text was lost in a kill.
    """

    events: int = 1_000
    rate: float = 20.0
    traps: float = 1.0
    kills: int = 0
    pauses: int = 0
    slack: int = 0
    outages: int = 0
    lookups: int = 0
    refuses_history: bool = False

    @property
    def seconds(self) -> float:
        """How long the messages take to arrive."""
        return self.events / self.rate


@dataclass
class Outcome:
    """What a storm did.

    Attributes:
        sent: trap messages acknowledged. lost, doubled: without, and with several, questions.
        silenced: lost ones of which the bot says that their text was lost and not shown again.
        stray: questions below an ordinary message. incidents: how many of each kind happened.
        memory: resident MB over time, of each process that was never killed in between.
    """

    sent: int = 0
    lost: int = 0
    doubled: int = 0
    silenced: int = 0
    stray: int = 0
    incidents: Counter[str] = field(default_factory=Counter)
    memory: list[tuple[float, ...]] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether each message got what it should."""
        lost = self.lost - self.silenced
        return self.sent > 0 and not (lost or self.doubled or self.stray)


class Storm:
    """Bot processes on one database, and a fake Slack with many channels.

    Args:
        folder: for logs and the SQLite file. address: database URL.
        bots: how many processes; several need PostgreSQL. rng: seeded.
        key: ``REFRAME_ENCRYPTION_KEY``; empty for none.
        say: takes a line about the progress.
    """

    def __init__(
        self,
        folder: Path,
        address: str,
        *,
        bots: int,
        rng: random.Random,
        key: str = "",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.slack = FakeSlack(Workspace())
        self.slack.delivery.retry_scale = 0.005
        self.slack.events.echo_bot_messages = False
        self.outcome = Outcome()
        self._folder, self._address, self._rng, self._say = folder, address, rng, say
        self._key = key
        workspace = self.slack.workspace
        self._users = [workspace.add_user(f"seller{n}") for n in range(CHANNELS)]
        self._channels = [workspace.add_channel(f"deal-{n}", self._users) for n in range(CHANNELS)]
        self._count = bots
        self._bots: list[BotProcess] = []
        self._stopped: set[int] = set()
        self._traps: set[tuple[str, str]] = set()
        self._ordinary: set[tuple[str, str]] = set()

    async def run(self, plan: Plan) -> Outcome:
        """Send all messages while incidents happen, and count what became of them."""
        if self._count > 1:
            migrate(self._address)
        self._bots = [self._process(n) for n in range(self._count)]
        await asyncio.gather(*(self._start(bot) for bot in self._bots))
        self.slack.set_request_url(self._bots[0].url)
        self._refuse_history(plan)
        looking = asyncio.create_task(self._look_at_memory(plan))
        sending = asyncio.create_task(self._send(plan))
        try:
            await self._cause_incidents(plan)
            await sending
            self.slack.faults.clear()
            if plan.refuses_history:
                self._refuse_history(plan)
                await self._wait_until_decided()
                self.slack.faults.clear()  # so what may have been sent can be looked for
            for bot in self._bots:
                await bot.wait_until_idle(180)
        finally:
            looking.cancel()
            sending.cancel()
            for bot in self._bots:
                await bot.stop()
        counted = self.count_replies(self._traps, self._ordinary)
        return replace(
            counted,
            silenced=await self._count_lost_texts(),
            incidents=self.outcome.incidents,
            memory=self.outcome.memory,
        )

    async def _wait_until_decided(self) -> None:
        async with asyncio.timeout(180):
            while True:
                states = [await bot.health() for bot in self._bots]
                if all(state is not None and state.get("waiting") == 0 for state in states):
                    return
                await asyncio.sleep(0.2)

    def _refuse_history(self, plan: Plan) -> None:
        if plan.refuses_history:
            for method in ("conversations.history", "conversations.replies"):
                refused = Fault.error("missing_scope")
                self.slack.faults.inject(method, refused, times=plan.events * 100)

    async def _count_lost_texts(self) -> int:
        database = Database(self._address)
        try:
            found = await outcomes(database, self.slack.workspace.team_id)
        finally:
            await database.close()
        return sum(outcome.reason == Reason.TEXT_LOST for outcome in found.values())

    def _process(self, number: int) -> BotProcess:
        settings = {
            **NO_LIMITS,
            "SLACK_BOT_TOKEN": self.slack.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.workspace.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": self._address,
            "REFRAME_ENCRYPTION_KEY": self._key,
        }
        folder = self._folder / f"bot{number}"
        folder.mkdir()
        alone = (*program_of("bot"), "run", "--http")
        program = alone if self._count == 1 else program_of("tests.faults.one_of_many")
        return BotProcess({k: str(v) for k, v in settings.items()}, folder, program=program)

    async def _start(self, bot: BotProcess) -> None:
        for _ in range(20):
            try:
                await bot.start()
            except RuntimeError:  # the database may be away, or still in a dead process's hands
                await asyncio.sleep(0.3)
            else:
                return
        raise RuntimeError(f"a bot did not start again; see {bot.log_file}")

    async def _cause_incidents(self, plan: Plan) -> None:
        causes: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            *[("kill", self._kill)] * plan.kills,
            *[("pause", self._pause)] * plan.pauses,
            *[("slack", self._disturb_slack)] * plan.slack,
            *[("outage", self._take_the_database_away)] * plan.outages,
            *[("lookup", self._disturb_lookups)] * plan.lookups,
        ]
        self._rng.shuffle(causes)
        began, span = time.monotonic(), plan.seconds
        moments = sorted(self._rng.uniform(0.0, span) for _ in causes)
        for moment, (name, cause) in zip(moments, causes, strict=True):
            await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
            await cause()
            self.outcome.incidents[name] += 1

    async def _kill(self) -> None:
        bot = self._rng.choice(self._bots)
        self.slack.faults.inject("chat.postMessage", Fault.slow(0.3), after=2)  # one is in flight
        await asyncio.sleep(self._rng.uniform(0.0, 0.4))
        await bot.kill()
        await self._start(bot)

    async def _pause(self) -> None:
        pid = self._rng.choice(self._bots).pid
        os.kill(pid, signal.SIGSTOP)
        self._stopped.add(pid)
        await asyncio.sleep(self._rng.uniform(0.2, 6.0))  # longer than a lease of several bots
        os.kill(pid, signal.SIGCONT)
        self._stopped.discard(pid)

    async def _disturb_slack(self) -> None:
        faults = self.slack.faults
        cause = self._rng.randrange(5)
        if cause == 0:
            faults.inject("chat.postMessage", Fault.rate_limited("1"), times=3)
        elif cause == 1:
            faults.inject("chat.postMessage", Fault.http(503), times=3)
        elif cause == 2:
            faults.inject("chat.postMessage", Fault.disconnect_after(), times=2)
        elif cause == 3:
            faults.inject("chat.postMessage", Fault.disconnect_before(), times=2)
        else:
            faults.inject("chat.postMessage", Fault.hang(1.5), times=2)
        await asyncio.sleep(0)

    async def _disturb_lookups(self) -> None:
        method = self._rng.choice(["users.info", "conversations.info", "conversations.members"])
        self.slack.faults.inject(method, Fault.rate_limited("1"), times=3)
        await asyncio.sleep(0)

    async def _take_the_database_away(self) -> None:
        if self._address.startswith("sqlite"):
            file = self._address.removeprefix("sqlite:///")
            with contextlib.closing(
                sqlite3.connect(file, timeout=10, isolation_level=None)
            ) as held:
                held.execute("BEGIN EXCLUSIVE")
                await asyncio.sleep(self._rng.uniform(0.5, 2.5))
                held.execute("ROLLBACK")
            return
        for _ in range(10):
            async with await psycopg.AsyncConnection.connect(self._address) as admin:
                await admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            await asyncio.sleep(0.1)

    async def _send(self, plan: Plan) -> None:
        room = asyncio.Semaphore(_DELIVERIES_AT_ONCE)
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(plan.events):
                await asyncio.sleep(max(0.0, began + number / plan.rate - time.monotonic()))
                await room.acquire()
                task = group.create_task(self._send_until_acknowledged(number, plan.traps))
                task.add_done_callback(lambda _: room.release())

    async def _send_until_acknowledged(self, number: int, traps: float) -> None:
        n = number % CHANNELS
        is_trap = self._rng.random() < traps
        text = self._rng.choice(TEXTS) if is_trap else f"{ORDINARY} ({number})"
        workspace = self.slack.workspace
        stored = workspace.add_message(
            self._channels[n],
            {"user": self._users[n], "text": text, "team": workspace.team_id},
        )
        (self._traps if is_trap else self._ordinary).add((self._channels[n], str(stored["ts"])))
        event = self.slack.message_event(self._channels[n], stored)
        payload = self.slack.envelope(event, f"EvStorm{number}")
        while True:
            self.slack.set_request_url(self._rng.choice(self._bots).url)
            if (await self.slack.deliver(payload)).status == 200:
                return
            await asyncio.sleep(_REDELIVERY_SECONDS)

    async def _look_at_memory(self, plan: Plan) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(min(_LOOK_SECONDS, plan.seconds / 4))
            with contextlib.suppress(OSError, RuntimeError):
                self.outcome.memory.append(tuple(_resident_mb(b.pid) for b in self._bots))
            shown = len(self._traps) + len(self._ordinary)
            self._say(
                f"{time.monotonic() - began:.0f} s: {shown} of {plan.events} messages,"
                f" {self.outcome.incidents.total()} incidents, memory {self.outcome.memory[-1:]} MB"
            )

    def count_replies(
        self, traps: Collection[tuple[str, str]], ordinary: Collection[tuple[str, str]]
    ) -> Outcome:
        """Count the questions below messages, each given by channel id and ts."""
        replies = Counter(
            (channel, str(message["thread_ts"]))
            for channel, message in self.slack.workspace.bot_messages()
            if message.get("thread_ts")
        )
        return Outcome(
            sent=len(traps),
            lost=sum(replies[message] == 0 for message in traps),
            doubled=sum(replies[message] > 1 for message in traps),
            stray=sum(replies[message] > 0 for message in ordinary),
        )


@contextlib.contextmanager
def new_database(folder: Path, *, postgres: bool) -> Iterator[str]:
    """Yield the address of an empty database: a file in the folder, or a new server's."""
    if not postgres:
        yield f"sqlite:///{folder}/reframe.db"
        return
    server = Postgres.start()
    try:
        with server.database() as address:
            yield address
    finally:
        server.stop()


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1_024, 1)
    raise OSError("this system does not tell how much memory a process holds")
