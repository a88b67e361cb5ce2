"""Remembers what Slack said for a while, and asks once however many want to know."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.flows.errors import SlackUnavailableError
from bot.flows.ports.clock import Clock

Value = TypeVar("Value")

TTL_SECONDS = 600.0
MAX_ENTRIES = 5_000
MAX_FETCHES = 512
"""Calls of one cache that may be under way; more would only wait for Slack's rate limits."""

_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Known(Generic[Value]):
    """A value, and when it was asked for, on both clocks."""

    value: Value
    monotonic: float
    wall: float


class WorkspaceCache(Generic[Value]):
    """Values by workspace and id. Those unused for longest make room for new ones.

    A call to Slack goes on when the caller that began it gives up: the next caller has its result.
    A value is too old after so much time by the monotonic clock, which nobody can set. It is also
    too old if the wall clock has moved further than that, since a computer that sleeps may stop
    the monotonic one.

    Args:
        fetch: asks Slack, given a workspace and an id. A failure is not remembered.
        clock: wall clock, Unix seconds.
        ttl_seconds: for how long a value holds.
        max_entries: how many values are kept.
        monotonic: seconds; never set back.
    """

    def __init__(
        self,
        fetch: Callable[[str, str], Awaitable[Value]],
        clock: Clock,
        ttl_seconds: float = TTL_SECONDS,
        *,
        max_entries: int = MAX_ENTRIES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._ttl_seconds = ttl_seconds
        self._max_entries = max_entries
        self._monotonic = monotonic
        self._known: OrderedDict[_Key, _Known[Value]] = OrderedDict()
        self._under_way: dict[_Key, asyncio.Task[Value]] = {}
        self._fetches: set[asyncio.Task[Value]] = set()

    async def get(self, workspace_id: str, item_id: str, *, fresh: bool = False) -> Value:
        """Return a value.

        Args:
            workspace_id: Slack's team id.
            item_id: of a user or a channel there.
            fresh: ask Slack by a call that begins after this one.

        Raises:
            SlackCallError: Slack can't be asked now.
        """
        key = (workspace_id, item_id)
        if fresh:
            return await asyncio.shield(self._start(key))
        while True:
            known = self._look_up(key)
            if known is not None:
                return known.value
            if (shared := self._under_way.get(key)) is None:
                return await asyncio.shield(self._start(key))
            await asyncio.wait([shared])
            if not shared.cancelled() and shared.exception() is None:
                return shared.result()
            # Somebody else's call has failed, so ask again by one of our own.

    def peek(self, workspace_id: str, item_id: str) -> Value | None:
        """Return a value that is known, without asking Slack; else None."""
        known = self._look_up((workspace_id, item_id))
        return None if known is None else known.value

    def drop(self, workspace_id: str, item_id: str) -> None:
        """Forget a value; the result of a call that is under way is not kept either."""
        key = (workspace_id, item_id)
        self._known.pop(key, None)
        self._under_way.pop(key, None)

    def drop_where(self, workspace_id: str, is_stale: Callable[[Value], bool]) -> None:
        """Forget the values of a workspace that this is true of, and all that is under way."""
        mine = [k for k in (*self._known, *self._under_way) if k[0] == workspace_id]
        for key in mine:
            known = self._known.get(key)
            if known is None or is_stale(known.value):
                self.drop(*key)

    def _look_up(self, key: _Key) -> _Known[Value] | None:
        known = self._known.get(key)
        if known is None:
            return None
        moved = abs(self._clock() - known.wall)
        if max(moved, self._monotonic() - known.monotonic) >= self._ttl_seconds:
            del self._known[key]
            return None
        self._known.move_to_end(key)
        return known

    def _start(self, key: _Key) -> asyncio.Task[Value]:
        """Begin a call that nobody's impatience cancels; from now on, others wait for this one."""
        if len(self._fetches) >= MAX_FETCHES:
            raise SlackUnavailableError("too many questions to Slack are under way")
        asked_at = (self._monotonic(), self._clock())
        task = asyncio.ensure_future(self._fetch(*key))
        self._fetches.add(task)
        self._under_way[key] = task

        def finish(done: asyncio.Task[Value]) -> None:
            self._fetches.discard(done)
            is_current = self._under_way.get(key) is done
            if is_current:
                del self._under_way[key]
            # The failure goes to whoever waits; looked at here, it is never "not retrieved".
            if done.cancelled() or done.exception() is not None or not is_current:
                return
            self._known[key] = _Known(done.result(), *asked_at)
            self._known.move_to_end(key)
            while len(self._known) > self._max_entries:
                self._known.popitem(last=False)

        task.add_done_callback(finish)
        return task
