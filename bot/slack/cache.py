"""Remembers what Slack said for a while, and asks once however many want to know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from cachetools import TTLCache

from bot.flows.ports.clock import Clock

Value = TypeVar("Value")

TTL_SECONDS = 600.0
MAX_ENTRIES = 5_000

_Key = tuple[str, str]


class WorkspaceCache(Generic[Value]):
    """Values by workspace and id. The oldest make room for new ones.

    Args:
        fetch: asks Slack, given a workspace and an id. A failure is not remembered.
        clock: Unix seconds.
        ttl_seconds: for how long a value holds.
    """

    def __init__(
        self,
        fetch: Callable[[str, str], Awaitable[Value]],
        clock: Clock,
        ttl_seconds: float = TTL_SECONDS,
    ) -> None:
        self._fetch = fetch
        self._known: TTLCache[_Key, Value] = TTLCache(MAX_ENTRIES, ttl_seconds, timer=clock)
        # A lock lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()

    async def get(self, workspace_id: str, item_id: str, *, fresh: bool = False) -> Value:
        """Return a value.

        Args:
            workspace_id: Slack's team id.
            item_id: of a user or a channel there.
            fresh: ask Slack by a call that begins after this one.
        """
        key = (workspace_id, item_id)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            value = None if fresh else self._known.get(key)
            if value is None:
                value = await self._fetch(workspace_id, item_id)
                self._known[key] = value
            return value
