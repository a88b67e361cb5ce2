"""What the probes tell: whether the bot does its work, and if not, why.

A probe costs nothing: it reads what is known in memory. The database is asked again only if
something was written since, and never more than twenty times a second, however many ask; Slack is
never asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.flows.errors import DatabaseError, StoreRefusedError, StoreUnavailableError
from bot.flows.ports.clock import Clock
from bot.slack.socket_mode import SocketModeConnection
from bot.slack.state import SlackState
from bot.store.database import Database
from bot.store.inspection import Backlog, backlog
from bot.store.migrations import newest_revision
from bot.telemetry.prometheus import Queue
from bot.workers.loop import Loop

Transport = Literal["socket", "http"]

_SHORTEST_INTERVAL_SECONDS = 0.05
_LONGEST_INTERVAL_SECONDS = 2.0
_WRITE_INTERVAL_SECONDS = 3.0
_WRITE_AGAIN_SECONDS = 1.0
_BUSY_SECONDS = 3.0
_STUCK_SECONDS = 300.0
_OVERDUE_SECONDS = 120.0
_POST_OVERDUE_SECONDS = 900.0  # behind a post that Slack fails again and again
_OVERDUE_FOR_SECONDS = 5.0
_REVISION_SECONDS = 5.0

PROBLEMS = ("database", "disk", "lock", "token", "clock", "socket", "queue", "loops")
"""What ``Health.report`` can call wrong."""

_NOT_READY = frozenset({"database", "disk", "lock", "socket", "queue"})
_OF_WORKERS = frozenset({"queue"})  # late workers are no reason to send a web process no events
_MIGRATION = "migration"


@dataclass
class Health:
    """Knows what is wrong.

    Attributes:
        transport: how events come in. clock: Unix seconds.
        slack: what Slack answered last. loops: the workers, by name.
        tick_age: seconds since the weekly work was last looked at.
        socket: the Socket Mode connection, None with HTTP.
        does_work: whether this process does what is stored, or leaves that to others.
    """

    transport: Transport
    clock: Clock
    database: Database
    slack: SlackState
    loops: Mapping[str, Loop]
    tick_age: Callable[[], float]
    socket: SocketModeConnection | None
    does_work: bool = True
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)
    _backlog: Backlog | None = None
    _seen: tuple[int, int] = (-1, -1)
    _looked_at: float = float("-inf")
    _failing_since: float | None = None
    _database_problem: str = ""
    _wrote_at: float = float("-inf")
    _failures_at_write: int = 0
    _can_write: bool = True
    _overdue_since: float | None = None
    _started_at: float = 0.0
    _revision_seen_at: float = float("-inf")
    _is_migrated: bool = False

    def __post_init__(self) -> None:
        self._started_at = self.clock()

    async def problems(self) -> list[str]:
        """Return what is wrong at this moment, of ``PROBLEMS``."""
        await self._look()
        return await self._problems()

    async def report(self) -> dict[str, object]:
        """Return whether the bot works, what is wrong, and how much waits."""
        problems = await self.problems()
        counts = {}
        if self._backlog is not None:
            counts = {
                "waiting": self._backlog.waiting,
                "to_send": self._backlog.to_send,
                "to_answer": self._backlog.to_answer,
            }
            if self._backlog.dead_letters:
                counts["dead_letters"] = self._backlog.dead_letters
        return {"ok": not problems, "problems": problems, "transport": self.transport, **counts}

    async def readiness(self) -> dict[str, object]:
        """Return whether this process can take work, and what keeps it from that."""
        not_ready = _NOT_READY if self.does_work else _NOT_READY - _OF_WORKERS
        problems = [name for name in await self.problems() if name in not_ready]
        if "database" not in problems and not await self._is_at_newest_revision():
            problems.append(_MIGRATION)
        return {"ready": not problems, "problems": problems}

    def is_alive(self) -> bool:
        """Return whether nothing hangs that only a restart would end."""
        return not self._hangs()

    def queues(self) -> dict[str, Queue]:
        """Return what waited when ``report`` last looked; empty if the database didn't say."""
        if self._backlog is None:
            return {}
        found = self._backlog
        return {
            "decisions": Queue(found.waiting, self._late(found.first_decision_due)),
            "answers": Queue(found.to_answer, self._late(found.first_answer_due)),
            "posts": Queue(found.to_send, self._late(found.first_post_due)),
            "dead_letters": Queue(found.dead_letters, 0.0),
        }

    def _late(self, due: float | None) -> float:
        return 0.0 if due is None else max(0.0, self.clock() - due)

    def _hangs(self) -> bool:
        return (
            any(loop.busy_seconds > _STUCK_SECONDS for loop in self.loops.values())
            or self.tick_age() > _STUCK_SECONDS
        )

    async def _is_at_newest_revision(self) -> bool:
        if time.monotonic() - self._revision_seen_at > _REVISION_SECONDS:
            try:
                self._is_migrated = is_new_enough(await self.database.revision())
            except DatabaseError:
                return False
            self._revision_seen_at = time.monotonic()
        return self._is_migrated

    async def _problems(self) -> list[str]:
        found = {
            "database": bool(self._database_problem),
            "disk": not self._can_write,
            "lock": not self.database.holds_lock(),
            "token": bool(self.slack.refusal),
            "clock": self.slack.clock_is_off,
            "socket": self.socket is not None and not await self.socket.is_alive(),
            "queue": self._is_overdue(),
            "loops": self._hangs(),
        }
        return [name for name, is_wrong in found.items() if is_wrong]

    def _is_fresh(self) -> bool:
        if time.monotonic() - self._looked_at > _LONGEST_INTERVAL_SECONDS:
            return False
        return self._seen == (self.database.commits, self.database.failures)

    async def _look(self) -> None:
        """Ask the database, unless nothing can have changed. One asks; the others get the same."""
        if self._is_fresh():
            return
        async with self._one_at_a_time:
            if self._is_fresh():
                return
            early = self._looked_at + _SHORTEST_INTERVAL_SECONDS - time.monotonic()
            if early > 0:
                await asyncio.sleep(early)
            await self._try_to_write()
            commits, failures = self.database.commits, self.database.failures
            try:
                self._backlog = await backlog(self.database)
            except StoreRefusedError as odd:  # tables of another version
                self._backlog, self._database_problem = None, str(odd)
            except StoreUnavailableError as down:
                self._backlog = None
                self._note_failure(down)
            else:
                self._failing_since, self._database_problem = None, ""
                self._seen = (commits + 1, failures)
            self._looked_at = time.monotonic()

    def _note_failure(self, down: StoreUnavailableError) -> None:
        """Report a database that is away at once, and one that is busy after a while."""
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        if not down.is_busy or now - self._failing_since > _BUSY_SECONDS:
            self._database_problem = str(down)

    async def _try_to_write(self) -> None:
        failed_since = self.database.failures != self._failures_at_write
        interval = _WRITE_INTERVAL_SECONDS
        if failed_since or not self._can_write:
            interval = _WRITE_AGAIN_SECONDS
        if time.monotonic() - self._wrote_at < interval:
            return
        try:
            await self.database.try_to_write()
            self._can_write = True
        except StoreUnavailableError as down:
            if not down.is_busy:
                self._can_write = False
        self._failures_at_write = self.database.failures
        self._wrote_at = time.monotonic()

    def _is_overdue(self) -> bool:
        """Return whether something has been waiting for a worker for much too long."""
        if self._backlog is None or not (self._is_late() or self._is_post_late()):
            self._overdue_since = None
            return False
        if self._overdue_since is None:
            self._overdue_since = time.monotonic()
        return time.monotonic() - self._overdue_since > _OVERDUE_FOR_SECONDS

    def _is_late(self) -> bool:
        due = self._backlog.oldest_due if self._backlog else None
        return due is not None and self._lateness(due) > _OVERDUE_SECONDS

    def _is_post_late(self) -> bool:
        due = self._backlog.first_post_due if self._backlog else None
        return due is not None and self._lateness(due) > _POST_OVERDUE_SECONDS

    def _lateness(self, due: float) -> float:
        """Return for how long a worker could have taken it; not while the bot wasn't running."""
        return self.clock() - max(due, self._started_at)


def is_new_enough(revision: str | None) -> bool:
    """Return whether a database has the tables of this version; one that a newer version has
    migrated has them too, so processes of both run beside each other during an upgrade."""
    return revision is not None and revision >= newest_revision()
