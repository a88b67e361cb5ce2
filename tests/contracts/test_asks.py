"""The contract of asks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.flows.ports.asks import AskKind, ReplyPlace
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import LEASE, ME, NOW, RIVAL, Workers, ask, claim_ask


async def add(store: Store, key: str = "ask-1", *, now: float = NOW, **changes: Any) -> bool:
    async with store.begin() as uow:
        return await uow.asks.add(ask(key, **changes), now=now)


async def test_an_ask_is_kept_once(workers: Workers) -> None:
    """However often a press is delivered, also at the same time, there is one ask."""
    added = await asyncio.gather(*(add(w) for _ in range(4) for w in (workers.one, workers.two)))

    assert sorted(added) == [False] * 7 + [True]
    async with workers.one.begin() as uow:
        assert await uow.asks.count_waiting() == 1


@pytest.mark.parametrize("kind", list(AskKind))
async def test_an_ask_comes_back_as_it_was(store: Store, kind: AskKind) -> None:
    """Nothing of an ask is lost on its way, and its repr shows no words."""
    made = ask(kind=kind, place=ReplyPlace.DIRECT, address="D1", thread_ts="1.5", channel_id="C1")
    async with store.begin() as uow:
        await uow.asks.add(made, now=NOW)
        claimed = await claim_ask(uow)

    assert claimed.ask == made
    assert (claimed.asked_at, claimed.attempts, claimed.lease_owner) == (NOW, 0, ME)
    assert "canary" not in repr(claimed)


async def test_a_claim_excludes_others_until_its_lease_ends(store: Store) -> None:
    """Nobody else gets a claimed ask before its lease has run out."""
    await add(store)
    async with store.begin() as uow:
        await claim_ask(uow)
        rival: dict[str, Any] = {"limit": 9, "owner": RIVAL, "lease_until": NOW + 9 * LEASE}
        assert await uow.asks.claim_due(now=NOW + LEASE - 1, **rival) == []
        assert await uow.asks.next_due() == NOW + LEASE
        assert len(await uow.asks.claim_due(now=NOW + LEASE, **rival)) == 1


async def test_an_answered_ask_is_done(store: Store) -> None:
    """It is completed once, no longer waits, and a late delivery of the press is known."""
    await add(store)
    async with store.begin() as uow:
        claimed = await claim_ask(uow)
        assert await uow.asks.complete(claimed, now=NOW)
        assert not await uow.asks.complete(claimed, now=NOW)
        assert not await uow.asks.retry_at(claimed, NOW, attempts=1)
        assert await uow.asks.count_waiting() == 0
        assert await uow.asks.next_due() is None
    assert not await add(store)


@pytest.mark.parametrize("attempts", [0, 1])
async def test_another_try_later(store: Store, attempts: int) -> None:
    """An ask can be put off; a try that doesn't count leaves the number of attempts."""
    await add(store)
    async with store.begin() as uow:
        claimed = await claim_ask(uow)
        assert await uow.asks.retry_at(claimed, NOW + 7, attempts=attempts)
        assert await uow.asks.next_due() == NOW + 7
        again = await claim_ask(uow, now=NOW + 7, owner=RIVAL)

    assert again.attempts == attempts
    assert again.ask == claimed.ask


async def test_a_late_worker_changes_nothing(store: Store) -> None:
    """A worker whose lease ran out can't complete what another one is answering."""
    await add(store)
    async with store.begin() as uow:
        late = await claim_ask(uow)
        current = await claim_ask(uow, now=NOW + LEASE, owner=RIVAL)
        assert not await uow.asks.complete(late, now=NOW + LEASE)
        assert not await uow.asks.retry_at(late, NOW, attempts=1)
        assert await uow.asks.complete(current, now=NOW + LEASE)


async def test_the_oldest_are_claimed_first(store: Store) -> None:
    """A limit leaves the youngest for later."""
    for n in (3, 1, 2):
        await add(store, f"ask-{n}", now=NOW - n)
    async with store.begin() as uow:
        claimed = await uow.asks.claim_due(now=NOW, limit=2, owner=ME, lease_until=NOW + LEASE)

    assert [c.ask.key for c in claimed] == ["ask-3", "ask-2"]


async def test_asks_of_one_person_are_counted(store: Store) -> None:
    """Waiting or answered, asks after a moment count, for their person alone."""
    await add(store, "a", now=NOW - 60)
    await add(store, "b", now=NOW)
    await add(store, "c", now=NOW, user_id="U2")
    async with store.begin() as uow:
        for claimed in await uow.asks.claim_due(
            now=NOW, limit=9, owner=ME, lease_until=NOW + LEASE
        ):
            await uow.asks.complete(claimed, now=NOW)
        counts = [await uow.asks.count_since("T1", "U1", NOW - s) for s in (61, 60, 0)]

    assert counts == [2, 1, 0]


async def test_a_claim_is_kept_only_while_it_holds(store: Store) -> None:
    """It changes nothing about the ask."""
    await add(store)
    async with store.begin() as uow:
        late = await claim_ask(uow)
        assert await uow.asks.keep(late)
    async with store.begin() as uow:
        current = await claim_ask(uow, now=NOW + LEASE, owner=RIVAL)
        assert not await uow.asks.keep(late)
        assert await uow.asks.keep(current)
        assert await uow.asks.complete(current, now=NOW + LEASE)
        assert not await uow.asks.keep(current)


async def test_small_talk_is_not_counted(store: Store) -> None:
    """Once it is known to be small talk; until then an ask counts."""
    await add(store)
    async with store.begin() as uow:
        claimed = await claim_ask(uow)
        assert await uow.asks.count_since("T1", "U1", NOW - 1) == 1
        assert await uow.asks.complete(claimed, now=NOW, is_small_talk=True)
        assert await uow.asks.count_since("T1", "U1", NOW - 1) == 0
    assert not await add(store)


async def test_a_reply_under_way_is_noted_before_it_is_shown(store: Store) -> None:
    """After a crash the ask comes back with the note; another try begins without it."""
    await add(store)
    async with store.begin() as uow:
        claimed = await claim_ask(uow)
        assert claimed.showing_since is None
        assert await uow.asks.mark_showing(claimed, now=NOW + 1)
        again = await claim_ask(uow, now=NOW + LEASE)
        assert (again.showing_since, again.claim_number, again.attempts) == (NOW + 1, 2, 0)
        assert not await uow.asks.mark_showing(claimed, now=NOW + LEASE)
        assert await uow.asks.retry_at(again, NOW + LEASE, attempts=1)
        assert (await claim_ask(uow, now=NOW + LEASE)).showing_since is None
