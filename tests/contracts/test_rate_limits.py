"""The contract of what Slack says to leave alone for a while."""

from __future__ import annotations

import asyncio

from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import NOW, Workers

POST = "chat.postMessage"


async def hold(store: Store, until: float, workspace_id: str = "T1") -> None:
    async with store.begin() as uow:
        await uow.rate_limits.hold(workspace_id, POST, until=until)


async def test_a_hold_is_seen_by_every_worker_until_it_ends(workers: Workers) -> None:
    await hold(workers.one, NOW + 30.5)
    await hold(workers.one, NOW + 5, "T2")
    async with workers.two.begin() as uow:
        held = {("T1", POST): NOW + 30.5}
        assert await uow.rate_limits.holds(now=NOW) == held | {("T2", POST): NOW + 5}
        assert await uow.rate_limits.holds(now=NOW + 5) == held
        assert await uow.rate_limits.holds(now=NOW + 30.5) == {}
        assert await uow.rate_limits.held_until("T1", POST) == NOW + 30.5
        assert await uow.rate_limits.held_until("T1", "users.info") is None
        assert await uow.rate_limits.held_until("T3", POST) is None


async def test_the_longest_hold_stays(workers: Workers) -> None:
    """Whichever worker is told what, and also at the same moment."""
    stores = (workers.one, workers.two) * 3
    await asyncio.gather(*(hold(store, NOW + n) for n, store in enumerate(stores, 1)))
    await hold(workers.one, NOW + 2)
    async with workers.one.begin() as uow:
        assert await uow.rate_limits.holds(now=NOW) == {("T1", POST): NOW + 6}
