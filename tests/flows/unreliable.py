"""A Slack, a database and processes of the bot that fail where the state machine says.

A process can die or stand still between any two steps: before a transaction, before its commit
(then it is rolled back), after it, and before and after each call to Slack.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

from bot.core.languages import UiStrings
from bot.core.model import Audience, Person
from bot.flows.errors import (
    DeliveryUnconfirmedError,
    RateLimitedError,
    SlackCallError,
    SlackRefusedError,
    SlackUnavailableError,
    StoreUnavailableError,
)
from bot.flows.ports.asks import Ask
from bot.flows.ports.outbox import ClaimedMessage, MessageKind
from bot.flows.ports.rendering import AskReply
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from tests.fakes.chat import FakeChat
from tests.fakes.rendering import FakePresenter

HARMLESS_TWICE = (MessageKind.EPHEMERAL, MessageKind.DELETE)


class CrashError(BaseException):
    """The process is gone. No story may catch it."""


class Fault(StrEnum):
    """How Slack takes a call."""

    NONE = "takes it"
    RATE_LIMITED = "429"
    UNAVAILABLE = "503"
    REFUSED = "msg_too_long"
    CLOSED = "is_archived"
    TOKEN_REFUSED = "invalid_auth"
    CUT_BEFORE = "cut off, not done"
    CUT_AFTER = "cut off, done"


CALL_ERRORS: dict[Fault, Callable[[], SlackCallError]] = {
    Fault.RATE_LIMITED: lambda: RateLimitedError(30.0),
    Fault.UNAVAILABLE: lambda: SlackUnavailableError("503"),
    Fault.REFUSED: lambda: SlackRefusedError(Fault.REFUSED),
    Fault.CLOSED: lambda: SlackRefusedError(Fault.CLOSED),
    Fault.TOKEN_REFUSED: lambda: SlackRefusedError(Fault.TOKEN_REFUSED),
}
QUESTION_FAULTS = (Fault.NONE, Fault.RATE_LIMITED, Fault.UNAVAILABLE, Fault.TOKEN_REFUSED)


@dataclass
class Fuse:
    """Whether and where one life of a process ends, or stands still.

    Attributes:
        dies_in: after how many more steps; None for never. stops_in: the same, for standing still.
        goes_on: set unless it stands still. stopped: set when it does.
    """

    dies_in: int | None = None
    stops_in: int | None = None
    is_dead: bool = False
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.goes_on.set()

    def step(self) -> None:
        """Die here, if it is time; whatever ran side by side dies at its next step."""
        if self.dies_in is not None:
            self.dies_in -= 1
            self.is_dead = self.is_dead or self.dies_in < 0
        if self.is_dead:
            raise CrashError

    async def step_or_stop(self) -> None:
        """Die or stand still here, if it is time."""
        self.step()
        if self.stops_in is not None:
            self.stops_in -= 1
            if self.stops_in < 0:
                self.stops_in = None
                self.goes_on.clear()
                self.stopped.set()
        await self.goes_on.wait()
        self.step()


@dataclass
class Ledger:
    """What really happened, whatever the processes know of it.

    Attributes:
        commits: how many transactions have been committed, by anybody.
        sent: what was posted in Slack, once per time: (key, kind).
        replies: the keys of asks that were answered where they were asked.
        standing: what stands in Slack, as ``FakeChat.posted``.
        faults: how Slack takes the next questions. post_faults: the same for the next posts.
        database_is_away_for: how many of the next transactions fail.
        is_disturbed: whether anything went wrong in this run.
        may_be_sent: called with a message, and the number of the commit that led to it, when it
            arrives in Slack; returns what speaks against it.
        violations: what must never happen, and did.
    """

    commits: int = 0
    sent: list[tuple[str, MessageKind]] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    standing: FakeChat = field(default_factory=FakeChat)
    faults: list[Fault] = field(default_factory=list)
    post_faults: list[Fault] = field(default_factory=list)
    database_is_away_for: int = 0
    is_disturbed: bool = False
    may_be_sent: Callable[[ClaimedMessage, int], str | None] = lambda *_: None
    violations: list[str] = field(default_factory=list)
    tss: Callable[[], int] = field(default_factory=lambda: count(1_760_000_001).__next__)

    def next_fault(self, *, is_post: bool) -> Fault:
        """Return how Slack takes this call."""
        coming = self.post_faults if is_post else self.faults
        fault = coming.pop(0) if coming else Fault.NONE
        self.is_disturbed |= fault is not Fault.NONE
        return fault

    def note_post(self, claimed: ClaimedMessage, after_commit: int) -> None:
        """Write down what arrived in Slack."""
        key, kind = claimed.message.key, claimed.message.kind
        if (key, kind) in self.sent and kind not in HARMLESS_TWICE:
            self.violations.append(f"doubled: {key}")
        self.sent.append((key, kind))
        if why := self.may_be_sent(claimed, after_commit):
            self.violations.append(f"{key} was sent in spite of: {why}")

    def note_reply(self, ask: Ask) -> None:
        """Write down that an ask was answered at its response URL."""
        if ask.key in self.replies:
            self.violations.append(f"answered twice: {ask.key}")
        self.replies.append(ask.key)


class UnreliableStore:
    """A store as one life of a process sees it."""

    def __init__(self, store: Store, ledger: Ledger, fuse: Fuse) -> None:
        self._store = store
        self._ledger = ledger
        self._fuse = fuse
        self._last_commit: dict[asyncio.Task[object] | None, int] = {}

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        await self._reach()
        async with self._store.begin() as uow:
            yield uow
            self._fuse.step()
        self._ledger.commits += 1
        self._last_commit[asyncio.current_task()] = self._ledger.commits
        await self._fuse.step_or_stop()

    @asynccontextmanager
    async def look(self) -> AsyncIterator[UnitOfWork]:
        await self._reach()
        async with self._store.look() as uow:
            yield uow
        await self._fuse.step_or_stop()

    async def _reach(self) -> None:
        await self._fuse.step_or_stop()
        if self._ledger.database_is_away_for > 0:
            self._ledger.database_is_away_for -= 1
            self._ledger.is_disturbed = True
            raise StoreUnavailableError("away")

    async def purge_erased_pages(self) -> None:
        await self._fuse.step_or_stop()

    def last_commit(self) -> int:
        """Return the number of the last commit of what runs now, side by side with other work."""
        return self._last_commit.get(asyncio.current_task(), 0)


class UnreliableChat(FakeChat):
    """Slack as one life of a process sees it. All of them post into the same."""

    def __init__(self, ledger: Ledger, fuse: Fuse, store: UnreliableStore) -> None:
        super().__init__()
        self._ledger = ledger
        self._fuse = fuse
        self._store = store
        self.posted = ledger.standing.posted

    async def audience(
        self, workspace_id: str, channel_id: str, *, fresh: bool = False
    ) -> Audience:
        await self._begin("audience")
        return await super().audience(workspace_id, channel_id, fresh=fresh)

    async def person(self, workspace_id: str, user_id: str) -> Person:
        await self._begin("person")
        return await super().person(workspace_id, user_id)

    async def find(self, claimed: ClaimedMessage) -> str | None:
        await self._begin("find")
        return await super().find(claimed)

    async def post(self, claimed: ClaimedMessage) -> str:
        self._fuse.step()  # standing still here is the same as a request that is under way
        fault = self._ledger.next_fault(is_post=True)
        self.failures["post"] = [CALL_ERRORS[fault]()] if fault in CALL_ERRORS else []
        if fault is Fault.CUT_BEFORE:
            raise DeliveryUnconfirmedError("cut off")
        self._next_ts = self._ledger.tss()
        after_commit = self._store.last_commit()
        ts = await super().post(claimed)
        self._ledger.note_post(claimed, after_commit)
        if fault is Fault.CUT_AFTER:
            raise DeliveryUnconfirmedError("cut off")
        await self._fuse.step_or_stop()
        return ts

    async def _begin(self, method: str) -> None:
        await self._fuse.step_or_stop()
        fault = self._ledger.next_fault(is_post=False)
        self.failures[method] = [CALL_ERRORS[fault]()] if fault in CALL_ERRORS else []


class UnreliablePresenter(FakePresenter):
    """Shows replies at response URLs, where nobody can look afterward."""

    def __init__(self, ledger: Ledger, fuse: Fuse) -> None:
        super().__init__()
        self._ledger = ledger
        self._fuse = fuse

    async def show_reply(
        self, ask: Ask, reply: AskReply, strings: UiStrings, *, replaces: bool = False
    ) -> None:
        self._fuse.step()
        fault = self._ledger.next_fault(is_post=True)
        if fault in CALL_ERRORS:
            raise CALL_ERRORS[fault]()
        if fault is not Fault.CUT_BEFORE:
            self._ledger.note_reply(ask)
        if fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER):
            raise DeliveryUnconfirmedError("cut off")
        await self._fuse.step_or_stop()
