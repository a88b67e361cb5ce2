"""What Slack asks one process to leave alone holds for all processes of the bot."""

from __future__ import annotations

import logging

from bot.flows.errors import StoreRefusedError, StoreUnavailableError
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


class SharedRateLimits:
    """Tells other processes of a wait that Slack asked this one for, and asks for theirs.

    A worker asks when it claims work (``bot.flows.retries.respect_rate_limits``). A process that
    claims none, such as one with the role web, asks before each call.

    Args:
        store: keeps the waits. clock: Unix seconds.
        asks: whether this process asks before each call.
    """

    def __init__(self, *, store: Store, clock: Clock, asks: bool) -> None:
        self._store = store
        self._clock = clock
        self._asks = asks

    async def tell(self, workspace_id: str, method: str, seconds: float) -> None:
        """Let no process call a method in a workspace for so many seconds.

        If the database can't take it now, the others will hear it from Slack.
        """
        try:
            async with self._store.begin() as uow:
                until = self._clock() + seconds
                await uow.rate_limits.hold(workspace_id, method, until=until)
        except (StoreUnavailableError, StoreRefusedError) as failure:
            log.warning("workspace=%s a wait for Slack isn't kept: %s", workspace_id, failure)

    async def seconds_left(self, workspace_id: str, method: str) -> float:
        """Return for how long other processes were told to leave a method alone; 0 for not at all,
        or if the database can't be asked now."""
        if not self._asks:
            return 0.0
        try:
            async with self._store.look() as uow:
                until = await uow.rate_limits.held_until(workspace_id, method)
        except StoreUnavailableError:
            return 0.0
        return max(0.0, (until or 0.0) - self._clock())
