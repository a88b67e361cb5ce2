"""``make bench BENCH=statements``: what one event of each kind asks of the database.

The bot runs in this process, so each statement can be seen: alone on SQLite, or as a web and a
worker on PostgreSQL. Statements that come again and again whether or not anything happens (who is
alive, whether a job is due) are left out, and each kind is repeated: what it needs is the least.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import aiohttp
import psycopg
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot import settings as bot_settings
from bot import wiring
from bot.flows.roles import Role
from bot.sandbox.process import reserve_port
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from tests.faults.fleet import KEY
from tests.harness import BLAME, NO_LIMITS, ORDINARY, tell_channel

SILENT = "lunch was a mistake, everything with that sauce is a mistake"
"""Passes the prefilter, and is no trap once it is read."""
_REPEATS = 3
_QUIET_SECONDS = 0.3
_PATIENCE_SECONDS = 60.0
_ALWAYS = (
    "instance_lock",
    "procrastinate_fetch_job",
    "procrastinate_update_heartbeat",
    "procrastinate_defer_periodic_job",
    "abort_requested",
    "stalled_workers",
    "count(",  # of /healthz
)


@dataclass
class Asked:
    """What was asked of the database: each statement, and how many transactions began."""

    statements: list[str] = field(default_factory=list)
    transactions: int = 0
    _begun: set[object] = field(default_factory=set)

    def note(self, statement: str, connection: object = None) -> None:
        """Note a statement that was sent on a connection. One that begins a transaction counts as
        such once something else follows."""
        if statement.startswith("BEGIN"):
            self._begun.add(connection)
        elif statement and not any(known in statement for known in _ALWAYS):
            self.statements.append(statement)
            self.transactions += connection in self._begun
            self._begun.discard(connection)


@contextmanager
def noted() -> Iterator[Asked]:
    """Yield what is asked of databases meanwhile, Procrastinate's statements included."""
    asked = Asked()
    execute = psycopg.AsyncCursor.execute

    def note(connection: Any, _: Any, statement: str, *__: Any) -> None:
        asked.note(statement, id(connection))

    async def note_and_execute(self: Any, query: Any, *values: Any, **options: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else str(query)
        if (
            "procrastinate_" in text and "defer_jobs_v1" not in text
        ):  # SQLAlchemy tells of the others
            asked.note(text)
        return await execute(self, query, *values, **options)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with mock.patch.object(psycopg.AsyncCursor, "execute", note_and_execute):
            yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


class Bots:
    """Bots in this process on one database, with a seller in a deal channel.

    Args:
        slack: a fake one, started. address: of the database.
        roles: of the bots; the first one that isn't a worker gets the events.
    """

    def __init__(self, slack: FakeSlack, address: str, roles: Sequence[Role]) -> None:
        self.slack, self.workspace = slack, slack.workspace
        self._address, self._roles = address, roles
        self.seller = self.workspace.add_user("seller")
        self.deal = self.workspace.add_channel("deal-northwind", [self.seller])
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run them."""
        try:
            for role in self._roles:
                await self._start(role)
            await tell_channel(self._address, self.workspace.team_id, self.deal)
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _start(self, role: Role) -> None:
        port = reserve_port(self)
        values = {
            **NO_LIMITS,
            "REFRAME_ENCRYPTION_KEY": KEY,
            "REFRAME_LOG_LEVEL": "WARNING",
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "DATABASE_URL": self._address,
            "PORT": port,
        }
        if role != "worker":
            self.slack.set_request_url(f"http://127.0.0.1:{port}/slack/events")
        loaded = bot_settings.load(values)
        task = asyncio.create_task(wiring.run(loaded, "http", time.time, role))
        self._tasks.append(task)
        async with asyncio.timeout(_PATIENCE_SECONDS), aiohttp.ClientSession() as session:
            while not task.done():
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"http://127.0.0.1:{port}/healthz") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.05)
        await task

    async def ordinary_line(self) -> None:
        """Say what the bot has nothing to say to."""
        await self._post(ORDINARY)

    async def question(self) -> None:
        """Say what the bot asks a question about, and wait for it."""
        ts = await self._post(BLAME)
        await self._until(lambda: len(self.workspace.replies(self.deal, ts)) == 1)

    async def silent_candidate(self) -> None:
        """Say what is stored, and gets no question."""
        await self._post(SILENT)

    async def edit(self) -> None:
        """Change an ordinary line into another one."""
        ts = await self._post(ORDINARY)
        await self.slack.edit_message(self.deal, ts, f"{ORDINARY} Sorry, at eleven.")
        await self.slack.wait_for_deliveries()

    async def deletion(self) -> None:
        """Delete an ordinary line."""
        ts = await self._post(ORDINARY)
        await self.slack.delete_message(self.deal, ts)
        await self.slack.wait_for_deliveries()

    async def thread_reply(self) -> None:
        """Answer in a thread without a question."""
        await self._post(ORDINARY, thread_ts="1700000000.000100")

    async def app_post(self) -> None:
        """Let another app post something."""
        await self._post(BLAME, subtype="bot_message", bot_id="B0OTHER")

    async def join(self) -> None:
        """Let the channel tell that somebody has joined."""
        await self._post("joined", subtype="channel_join")

    async def _post(self, text: str, **more: Any) -> str:
        ts = await self.slack.post_message(self.seller, self.deal, text, **more)
        await self.slack.wait_for_deliveries()
        return ts

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not condition():
                await asyncio.sleep(0.01)


KINDS: dict[str, Callable[[Bots], Awaitable[None]]] = {
    "an ordinary line": Bots.ordinary_line,
    "a candidate without a question": Bots.silent_candidate,
    "a question": Bots.question,
    "an answer in a thread": Bots.thread_reply,
    "an edit": Bots.edit,
    "a deletion": Bots.deletion,
    "another app's post": Bots.app_post,
    "somebody joins": Bots.join,
}


async def least(bots: Bots, kind: str) -> Asked:
    """Return what one event of a kind asks of the database, in a bot that is warm."""
    found = []
    for _ in range(_REPEATS):
        with noted() as asked:
            await KINDS[kind](bots)
            await _until_quiet(asked)
        found.append(asked)
    return min(found[1:], key=lambda asked: len(asked.statements) + asked.transactions)


async def _until_quiet(asked: Asked) -> None:
    """Wait until nothing has been asked for a moment."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        seen = -1
        while seen != len(asked.statements):
            seen = len(asked.statements)
            await asyncio.sleep(_QUIET_SECONDS)


@asynccontextmanager
async def bots_on(address: str, *roles: Role) -> AsyncIterator[Bots]:
    """Yield bots with these roles on a database that is migrated."""
    async with FakeSlack(Workspace()) as slack:
        slack.events.echo_bot_messages = False
        bots = Bots(slack, address, roles)
        async with bots.running():
            yield bots


async def counts(address: str, *roles: Role) -> dict[str, Asked]:
    """Return what each kind of event asks of a database."""
    with contextlib.redirect_stdout(io.StringIO()):  # how a bot says that it is there
        async with bots_on(address, *roles) as bots:
            return {kind: await least(bots, kind) for kind in KINDS}


async def measured(folder: Path) -> dict[str, dict[str, Asked]]:
    """Return what each kind of event asks, by set-up."""
    from tests.postgres import Postgres, migrate  # PostgreSQL is only needed here

    sqlite = f"sqlite:///{folder}/statements.db"
    await asyncio.to_thread(migrate, sqlite)
    found = {"one process, SQLite": await counts(sqlite, "all")}
    server = Postgres.start()
    try:
        with server.database(migrated=True) as address:
            found["web and worker, PostgreSQL"] = await counts(address, "web", "worker")
    finally:
        server.stop()
    return found
