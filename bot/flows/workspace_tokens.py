"""The tokens of each workspace, exchanged before they expire, and each exactly once.

Slack takes a refresh token once (docs.slack.dev/authentication/using-token-rotation). So whoever
wants to exchange it claims that in the database first; all others go on with the token that is
about to expire, or wait if it has.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

from bot.core.policy import InstallLimits
from bot.flows.errors import SlackCallError, SlackRefusedError, SlackUnavailableError
from bot.flows.ports.clock import Clock
from bot.flows.ports.installations import Installation, TokenExchange
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class WorkspaceTokens:
    """Knows the installation of each workspace, with a token that holds.

    Args:
        store: the port. exchange: gets new tokens.
        clock: Unix seconds. owner: under which name this process claims.
        limits: when a token is exchanged. sleep: waits some seconds.
    """

    def __init__(
        self,
        *,
        store: Store,
        exchange: TokenExchange,
        clock: Clock,
        owner: str,
        limits: InstallLimits,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._sleep = sleep
        self._one_at_a_time: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def current(self, workspace_id: str) -> Installation | None:
        """Return the installation of a workspace; None if it has none.

        Raises:
            SlackCallError: its token has expired, and there is no new one now.
            StoreUnavailableError: the database can't be read.
        """
        found = await self._read(workspace_id)
        if found is None or not self._ends_within(found, self._limits.exchange_ahead_seconds):
            return found
        lock = self._one_at_a_time.setdefault(workspace_id, asyncio.Lock())
        async with lock:
            return await self._exchanged(workspace_id)

    async def _read(self, workspace_id: str) -> Installation | None:
        async with self._store.begin() as uow:
            return await uow.installations.get(workspace_id)

    def _ends_within(self, found: Installation, seconds: float) -> bool:
        ends = found.tokens.expires_at
        return ends is not None and ends - self._clock() <= seconds

    async def _exchanged(self, workspace_id: str) -> Installation | None:
        """Exchange the tokens, or wait until somebody else has."""
        deadline = self._clock() + self._limits.exchange_seconds
        while True:
            found = await self._read(workspace_id)
            if found is None or not self._ends_within(found, self._limits.exchange_ahead_seconds):
                return found
            if await self._claim(found):
                return await self._exchange_claimed(found)
            if not self._ends_within(found, self._limits.last_use_seconds):
                return found
            if self._clock() >= deadline:
                raise SlackUnavailableError("another process is exchanging the token")
            await self._sleep(self._limits.look_again_seconds)

    async def _claim(self, found: Installation) -> bool:
        now, ends = self._clock(), found.tokens.expires_at
        assert ends is not None
        async with self._store.begin() as uow:
            return await uow.installations.claim_refresh(
                found.workspace_id,
                expires_at=ends,
                owner=self._owner,
                now=now,
                until=now + self._limits.exchange_seconds,
            )

    async def _exchange_claimed(self, found: Installation) -> Installation | None:
        workspace_id = found.workspace_id
        try:
            refresh_token = found.tokens.refresh_token
            if refresh_token is None:
                raise SlackRefusedError("no_refresh_token")
            tokens = await self._exchange.refresh(workspace_id, refresh_token)
        except SlackCallError as failure:
            log.error("workspace=%s its token was not exchanged: %s", workspace_id, failure)
            async with self._store.begin() as uow:
                await uow.installations.release_refresh(workspace_id, owner=self._owner)
            if self._ends_within(found, 0):
                raise
            return found
        async with self._store.begin() as uow:
            kept = await uow.installations.replace_tokens(workspace_id, tokens, owner=self._owner)
        if not kept:  # the app was removed or installed again meanwhile
            return await self._read(workspace_id)
        log.info("workspace=%s its token was exchanged", workspace_id)
        return await self._read(workspace_id)
