"""The contract of the unit of work: all or nothing, and one after the other where asked."""

from __future__ import annotations

import asyncio

import pytest

from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import NOW, Workers, ask, message, nudge


async def test_leaving_it_commits(store: Store) -> None:
    """What one transaction wrote the next one reads."""
    async with store.begin() as uow:
        await uow.inbox.add(NewMessage(message(), NOW), now=NOW)
        await uow.outbox.enqueue(nudge(), now=NOW)
    async with store.begin() as uow:
        assert await uow.inbox.count_waiting() == 1
        assert await uow.outbox.count_open() == 1


async def test_a_look_reads_what_is_committed(workers: Workers) -> None:
    """Of any process, also while another one has a transaction open in its own."""
    async with workers.one.begin() as uow:
        await uow.inbox.add(NewMessage(message(), NOW), now=NOW)
    for store in (workers.one, workers.two):
        async with store.look() as uow:
            assert await uow.inbox.count_waiting() == 1
            assert await uow.findings.past_nudges_to("T1", "U1") == []
    async with workers.two.begin() as writing:
        await writing.outbox.enqueue(nudge(), now=NOW)
        async with workers.one.look() as uow:
            assert await uow.outbox.count_open() == 0
    async with workers.one.look() as uow:
        assert await uow.outbox.count_open() == 1


async def test_an_error_undoes_everything(store: Store) -> None:
    """In all tables, and the next transaction is not concerned."""

    async def fail_at_the_end() -> None:
        async with store.begin() as uow:
            await uow.inbox.add(NewMessage(message(), NOW), now=NOW)
            await uow.outbox.enqueue(nudge(), now=NOW)
            await uow.asks.add(ask(), now=NOW)
            raise LookupError

    with pytest.raises(LookupError):
        await fail_at_the_end()
    async with store.begin() as uow:
        assert await uow.inbox.count_waiting() == 0
        assert await uow.outbox.count_open() == 0
        assert await uow.asks.count_waiting() == 0
        assert await uow.inbox.add(NewMessage(message(), NOW), now=NOW)


async def test_a_canceled_transaction_leaves_nothing(store: Store) -> None:
    """A worker that is stopped in the middle has written nothing, and blocks nobody."""
    inside = asyncio.Event()

    async def begin() -> None:
        async with store.begin() as uow:
            await uow.inbox.add(NewMessage(message(), NOW), now=NOW)
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(begin())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with store.begin() as uow:
        assert await uow.inbox.count_waiting() == 0


async def test_decisions_that_name_one_id_are_taken_in_turn(workers: Workers) -> None:
    """Each looks before it writes; if they took turns, only the first finds nothing there."""

    async def ask_once(store: Store, n: int) -> bool:
        async with store.begin() as uow:
            await uow.serialize("T1", "U1", f"C{n}")
            if await uow.people.asked_questions("T1", "U1"):
                return False
            await asyncio.sleep(0.01)
            await uow.people.note_question("T1", "U1", f"blame-{n}", at=NOW)
            return True

    stores = (workers.one, workers.two)
    asked = await asyncio.gather(*(ask_once(stores[n % 2], n) for n in range(8)))

    assert sum(asked) == 1
    async with workers.one.begin() as uow:
        assert len(await uow.people.asked_questions("T1", "U1")) == 1


async def test_crossed_ids_do_not_block_each_other(workers: Workers) -> None:
    """Transactions that name the same ids in another order wait in one order."""

    async def both(store: Store, *ids: str) -> None:
        async with store.begin() as uow:
            await uow.serialize("T1", *ids)
            await asyncio.sleep(0.005)

    async with asyncio.timeout(10):
        for _ in range(5):
            await asyncio.gather(both(workers.one, "U1", "C1", "U1"), both(workers.two, "C1", "U1"))


async def test_purging_is_safe_at_any_time(store: Store) -> None:
    """Twice, and while nothing was erased."""
    await store.purge_erased_pages()
    async with store.begin() as uow:
        await uow.inbox.add(NewMessage(message(), NOW), now=NOW)
        await uow.personal_data.erase("T1", "U1")
    await store.purge_erased_pages()
    await store.purge_erased_pages()
