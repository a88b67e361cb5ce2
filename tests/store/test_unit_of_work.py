"""The unit of work over SQL: what only a database can show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event, select

from bot.flows.errors import StoreUnavailableError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.personal_data import OWNERS
from bot.store.tables import asks, channel_pacing, inbox, install_states, metadata, removals
from bot.store.unit_of_work import SqlStore
from tests.store.examples import NOW, OWNER, add, decide, store_of

postgres_only = pytest.mark.parametrize(
    "database_address", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
async def second(database: Database) -> AsyncIterator[SqlStore]:
    """Yield the store of another process."""
    other = Database(database.url.render_as_string(hide_password=False))
    yield SqlStore(other, Encryptor())
    await other.close()


def test_no_table_with_people_is_forgotten() -> None:
    """Whoever adds a table that names a person has to add it to export and erasure."""
    naming = {
        table.name
        for table in metadata.sorted_tables
        if {"user_id", "author_id", "recipient_id", "inviter_id", "manager_id", "subject_id"}
        & set(table.c.keys())
    }
    # One says who invited the bot; the other stays as its manager typed it, or the list would show
    # who has erased their data.
    assert naming - set(OWNERS) == {"channels", "named_people"}


def test_every_key_is_unique_per_workspace() -> None:
    """No primary key and no unique constraint goes without the workspace, but for row ids."""
    for table in metadata.sorted_tables:
        for constraint in table.constraints:
            names = {column.name for column in getattr(constraint, "columns", [])}
            is_key = type(constraint).__name__ in ("PrimaryKeyConstraint", "UniqueConstraint")
            if table is install_states:
                continue  # begun in a browser, where nobody knows yet for which workspace
            if table is removals:
                continue  # its key is the workspace, by a name that erasures don't look for
            if is_key and names not in ({"id"}, {"inbox_id"}):
                assert "workspace_id" in names, (table.name, names)


async def test_all_leases_end_at_a_start(database: Database) -> None:
    """What a killed process had claimed, and the channels it held, are free at once."""
    store = store_of(database)
    await add(store)
    async with store.begin() as uow:
        await uow.outbox.enqueue(OutgoingMessage("k", MessageKind.NUDGE, "T1", "C1", "U1"), now=NOW)
        ask = Ask("a", AskKind.WHY, "T1", "U1", ReplyPlace.DIRECT, "D1")
        await uow.asks.add(ask, now=NOW)
        await uow.weekly.schedule_reflection("T1", "U1", due=NOW, time_zone=None)
        await uow.outbox.hold_channel("T1", "C2", until=NOW + 99)

    async def claim_all(owner: str) -> int:
        async with store.begin() as uow:
            inbox = await uow.inbox.claim_due(now=NOW, limit=9, owner=owner, lease_until=NOW + 99)
            outbox = await uow.outbox.claim_ready(
                now=NOW, limit=9, owner=owner, lease_until=NOW + 99
            )
            asked = await uow.asks.claim_due(now=NOW, limit=9, owner=owner, lease_until=NOW + 99)
            people = await uow.weekly.claim_due_reflections(
                now=NOW, limit=9, owner=owner, lease_until=NOW + 99
            )
        return len(inbox) + len(outbox) + len(asked) + len(people)

    assert await claim_all("killed") == 4
    assert await claim_all("restarted") == 0
    await store.release_all_leases()
    assert await claim_all("restarted") == 4
    async with database.begin() as connection:
        held = select(channel_pacing.c.free_at).where(channel_pacing.c.channel_id == "C2")
        assert await connection.scalar(held) == NOW + 99  # Slack asked for this one


async def test_text_goes_with_the_decision_and_the_answer(database: Database) -> None:
    """Neither a decided message nor an answered ask keeps a word or an address."""
    store = store_of(database)
    await decide(store)
    async with store.begin() as uow:
        ask = Ask("a", AskKind.ADVICE, "T1", "U1", ReplyPlace.DIRECT, "D1", "canary", "", "C1")
        await uow.asks.add(ask, now=NOW)
        (claimed,) = await uow.asks.claim_due(now=NOW, limit=9, owner=OWNER, lease_until=NOW)
        await uow.asks.complete(claimed, now=NOW)
    async with database.begin() as connection:
        assert (await connection.execute(select(inbox.c.sealed_text))).all() == [(None,)]
        gone = select(asks.c.sealed_text, asks.c.address, asks.c.asked_in)
        assert (await connection.execute(gone)).all() == [(None, None, None)]


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
async def test_a_purge_that_failed_is_made_up_for(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the file can't be purged now, the next call does it; without erasures there is none."""
    store, calls = store_of(database), 0
    await store.purge_erased_pages()  # whatever an earlier process left

    async def purge(*_tables: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise StoreUnavailableError("busy")

    monkeypatch.setattr(database, "purge_erased_pages", purge)
    await store.purge_erased_pages()
    assert calls == 0
    async with store.begin() as uow:
        await uow.personal_data.erase("T1", "U1")
    with pytest.raises(StoreUnavailableError):
        await store.purge_erased_pages()
    await store.purge_erased_pages()
    await store.purge_erased_pages()
    assert calls == 2


@postgres_only
async def test_without_taking_turns_both_would_write(database: Database, second: SqlStore) -> None:
    """The control for ``serialize``: two transactions that only look first both write."""

    async def ask_once(store: SqlStore, n: int, *, serialize: bool) -> None:
        async with store.begin() as uow:
            if serialize:
                await uow.serialize("T1", f"U{serialize}")
            if not await uow.people.asked_questions("T1", f"U{serialize}"):
                await asyncio.sleep(0.2)
                await uow.people.note_question("T1", f"U{serialize}", f"q{n}", at=NOW)

    for serialize, written in ((False, 2), (True, 1)):
        await asyncio.gather(
            ask_once(store_of(database), 1, serialize=serialize),
            ask_once(second, 2, serialize=serialize),
        )
        async with second.begin() as uow:
            assert len(await uow.people.asked_questions("T1", f"U{serialize}")) == written


@postgres_only
async def test_workspaces_and_ids_do_not_wait_for_each_other(
    database: Database, second: SqlStore
) -> None:
    """Another workspace with the same user, and another user, go on meanwhile."""
    async with store_of(database).begin() as uow, asyncio.timeout(1):
        await uow.serialize("T1", "U1")
        async with second.begin() as other:
            await other.serialize("T2", "U1")
            await other.serialize("T1", "U2")


@postgres_only
async def test_a_claim_does_not_wait_for_another(database: Database, second: SqlStore) -> None:
    """While one worker's claim is not committed, another one gets the rest at once."""
    store = store_of(database)
    for n in (1, 2):
        await add(store, n)
    async with store.begin() as uow, asyncio.timeout(1):
        (mine,) = await uow.inbox.claim_due(now=NOW, limit=1, owner="a", lease_until=NOW + 9)
        async with second.begin() as other:
            (theirs,) = await other.inbox.claim_due(
                now=NOW, limit=9, owner="b", lease_until=NOW + 9
            )
    assert mine.id != theirs.id


async def test_a_batch_costs_one_claim(database: Database) -> None:
    """Sixteen messages are claimed by one statement, and each is decided by one more."""
    store, statements = store_of(database), 0
    for n in range(16):
        await add(store, n)

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    async with store.begin() as uow:
        engine = uow._connection.engine.sync_engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            found = await uow.inbox.claim_due(now=NOW, limit=16, owner="a", lease_until=NOW + 9)
            assert statements == 1
            for candidate in found:
                await uow.inbox.decide(candidate, None, now=NOW)
            assert statements == 17
        finally:
            event.remove(engine, "before_cursor_execute", count)
    assert len(found) == 16
