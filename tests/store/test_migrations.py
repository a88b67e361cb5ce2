"""Migrations (fault 55): forward, back, again, and stopped anywhere, on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, delete, event, insert, inspect, select, table

from alembic import command
from bot.flows.errors import DatabaseError
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.store.asks import SqlAsks
from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.erasures import Erasures
from bot.store.instance_lock import lock_table
from bot.store.migrations import migrations_folder, newest_revision
from bot.store.people import SqlPeople
from bot.store.personal_data import SqlPersonalData
from bot.store.tables import inbox, labels, metadata, preferences
from bot.store.words import Words
from tests.postgres import Postgres

TABLES = {*metadata.tables, "alembic_version"}
CHANGES = {"CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE"}
HANGS_HALF_WAY = """
import asyncio, sys, time
from sqlalchemy import event
from bot.store.database import Database
from bot.store.words import Words

def hang(connection, cursor, statement, *rest):
    if statement.strip().startswith("CREATE TABLE outbox"):
        print("half way", flush=True)
        time.sleep(600)

async def main():
    database = Database(sys.argv[1])
    await database.open()
    async with database.begin() as connection:
        event.listen(connection.engine.sync_engine, "before_cursor_execute", hang)
    await database.migrate()

asyncio.run(main())
"""


Found = TypeVar("Found")


class Stopped(Exception):
    """The process would have ended here."""


def scripts() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    return config


async def downgrade(database: Database, to: str) -> None:
    config = scripts()

    def back(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.downgrade(config, to)

    async with database.begin() as connection:
        await connection.run_sync(back)


@asynccontextmanager
async def stopping(
    database: Database, before: int, look: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Looks before each change of the database, and ends what is under way before the n-th."""
    changes = 0

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal changes
        if statement.strip().split()[0] not in CHANGES:
            return
        look()
        changes += 1
        if changes == before:
            raise Stopped

    async with database.begin() as connection:
        engine = connection.engine.sync_engine
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", count)


async def ask(database: Database, question: Callable[[Connection], Found]) -> Found:
    async with database.begin() as connection:
        return await connection.run_sync(question)


def table_names(connection: Connection) -> set[str]:
    """The tables, but for those that are nobody's models."""
    return set(filter(is_ours, inspect(connection).get_table_names()))


def is_ours(table: str) -> bool:
    """Whether a table is one of the models: the lock is taken before any migration runs, and the
    tables of jobs are Procrastinate's."""
    return table != lock_table.name and not table.startswith("procrastinate_")


def differences(connection: Connection) -> list[Any]:
    """What a new migration would have to change to arrive at the models."""
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, _parents: kind != "table" or is_ours(name),
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def described(connection: Connection) -> dict[str, dict[str, Any]]:
    """The tables in words that both databases share."""
    schema = inspect(connection)
    return {
        table: {
            "columns": {
                c["name"]: (c["nullable"], getattr(c["type"], "length", None))
                for c in schema.get_columns(table)
            },
            "primary key": schema.get_pk_constraint(table)["constrained_columns"],
            "unique": {u["name"]: u["column_names"] for u in schema.get_unique_constraints(table)},
            "indexes": {
                i["name"]: (i["column_names"], bool(i["unique"]))
                for i in schema.get_indexes(table)
                if "duplicates_constraint" not in i
            },
            "references": {
                f["name"]: (f["constrained_columns"], f["referred_table"], f["options"])
                for f in schema.get_foreign_keys(table)
            },
        }
        for table in sorted(table_names(connection))
    }


def row(n: int) -> dict[str, Any]:
    """A message in the inbox."""
    return {
        "event_id": f"Ev{n}",
        "workspace_id": "T1",
        "channel_id": "C1",
        "ts": str(n),
        "author_id": "U1",
        "version": "1",
        "state": "decided",
        "due_at": 0.0,
        "accepted_at": 0.0,
    }


@pytest.fixture
async def empty(database_address: str) -> AsyncIterator[Database]:
    """An open database without any table."""
    database = Database(database_address)
    await database.open()
    yield database
    await database.close()


def test_there_is_one_head() -> None:
    """The migrations form one line with one end, and begin at one place."""
    line = ScriptDirectory.from_config(scripts())

    assert line.get_heads() == [newest_revision()]
    assert len(line.get_bases()) == 1


async def test_an_empty_database_gets_its_tables(empty: Database) -> None:
    """Migrating makes all tables where there was none."""
    assert await ask(empty, table_names) == set()

    await empty.migrate()

    assert await ask(empty, table_names) == TABLES


async def test_a_repeat_keeps_what_is_there(database: Database) -> None:
    """A second migration changes neither tables nor rows."""
    before = await ask(database, described)
    async with database.begin() as connection:
        await connection.execute(insert(preferences).values(workspace_id="T1", user_id="U1"))
    await database.migrate()

    assert await ask(database, described) == before
    async with database.begin() as connection:
        assert (await connection.execute(select(preferences.c.user_id))).scalars().all() == ["U1"]


async def test_alembic_is_not_asked_if_there_is_nothing_to_do(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a tenth of a start, and memory for as long as the bot runs."""
    asked: list[str] = []
    monkeypatch.setattr(command, "upgrade", lambda _config, revision: asked.append(revision))
    await database.migrate()
    current = await database.revision()
    async with database.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    await database.migrate()

    assert current == newest_revision()
    assert asked == ["head"]


async def test_down_and_up_again(database: Database) -> None:
    """Going back to nothing leaves no table of ours, and going forward makes the same ones."""
    before = await ask(database, described)
    await downgrade(database, "base")
    assert await ask(database, table_names) == {"alembic_version"}

    await database.migrate()

    assert await ask(database, described) == before


async def test_labels_of_an_older_version_lose_their_names(database: Database) -> None:
    """Their person can still add words and erase them; going back erases what names nobody."""
    await downgrade(database, "0010")
    old = "INSERT INTO labels (workspace_id, key, user_id, trap, words, created_at) VALUES "
    async with database.begin() as connection:
        await connection.exec_driver_sql(old + "('T1', 'k1', 'U1', 'blame', 'mine', 1760000000.5)")
        await connection.exec_driver_sql(old + "('T2', 'k1', 'U1', 'blame', NULL, 1760000000.5)")
    await database.migrate()

    async with database.begin() as connection:
        rows = (await connection.execute(select(labels))).mappings().all()
        assert [row["created_at"] for row in rows] == [1_759_968_000.0] * 2
        assert not {"U1", "k1"} & {value for row in rows for value in row.values()}
        people = SqlPeople(connection, Encryptor())
        assert await people.explain_label("T1", "k1", "U1", reason="fact", words="new", now=1.0)
        assert not await people.explain_label("T1", "k1", "U2", reason="fact", words="x", now=1.0)
        data = SqlPersonalData(connection, Erasures(), Words(Encryptor()), Encryptor())
        await data.erase("T1", "U1")
        assert (await connection.execute(select(labels.c.workspace_id))).scalars().all() == ["T2"]

    await downgrade(database, "0010")
    async with database.begin() as connection:
        assert (await connection.exec_driver_sql("SELECT * FROM labels")).all() == []


async def test_asks_that_wait_during_an_upgrade(database: Database) -> None:
    """They are answered, though nobody noted where they were asked; and so they are after a way
    back, whatever was noted since."""
    await downgrade(database, "0019")
    waiting = {
        "workspace_id": "T1", "key": "a1", "kind": "another", "user_id": "U1", "carried": "blame|",
        "place": "response", "address": "https://hooks.example/1", "thread_ts": "",
        "state": "waiting", "due_at": 1.0, "created_at": 1.0,
    }  # fmt: skip
    async with database.begin() as connection:
        await connection.execute(insert(table("asks", *map(column, waiting))), waiting)
    await database.migrate()

    async with database.begin() as connection:
        store = SqlAsks(connection, Words(Encryptor()))
        elsewhere = Ask(
            "a2", AskKind.WHY, "T1", "U1", ReplyPlace.RESPONSE, "https://hooks.example/2", "blame|",
            channel_id="C1",
        )  # fmt: skip
        await store.add(elsewhere, now=2.0)
        claimed = await store.claim_due(now=3.0, limit=9, owner="w", lease_until=4.0)
        assert {c.ask.key: c.ask.channel_id for c in claimed} == {"a1": "", "a2": "C1"}

    await downgrade(database, "0019")
    await database.migrate()
    async with database.begin() as connection:
        store = SqlAsks(connection, Words(Encryptor()))
        claimed = await store.claim_due(now=5.0, limit=9, owner="w", lease_until=6.0)
        assert {c.ask.key: c.ask.channel_id for c in claimed} == {"a1": "", "a2": ""}


async def test_the_migrations_arrive_at_the_models(database: Database) -> None:
    """Nothing is left for a new migration to do."""
    assert await ask(database, differences) == []


async def test_a_difference_is_found(database: Database) -> None:
    """The comparison sees a lost index, a lost column and a table too many."""
    async with database.begin() as connection:
        await connection.exec_driver_sql("DROP INDEX ix_outbox_workspace_id_about_key")
        await connection.exec_driver_sql("ALTER TABLE channels DROP COLUMN pause_reason")
        await connection.exec_driver_sql("CREATE TABLE extra (x INTEGER)")

    kinds = {change[0] for change in await ask(database, differences)}
    assert kinds == {"add_index", "add_column", "remove_table"}


async def test_an_id_is_never_used_again(database: Database) -> None:
    """A deleted message leaves its id to nobody, so that no late work meets another message."""
    async with database.begin() as connection:
        first = await connection.scalar(insert(inbox).values(row(1)).returning(inbox.c.id))
        await connection.execute(delete(inbox))
        second = await connection.scalar(insert(inbox).values(row(2)).returning(inbox.c.id))

    assert first is not None
    assert second is not None
    assert second > first


@pytest.mark.fault_case(55)
@pytest.mark.postgres
async def test_both_databases_have_the_same_schema(postgres: Postgres, tmp_path: Path) -> None:
    """SQLite and PostgreSQL agree in tables, columns, nullability, keys, indexes and references."""
    found = []
    with postgres.database() as address:
        for each in (f"sqlite:///{tmp_path}/reframe.db", address):
            database = Database(each)
            await database.open()
            await database.migrate()
            found.append(await ask(database, described))
            await database.close()

    sqlite, server = found
    assert sqlite == server
    assert set(sqlite) == TABLES


@pytest.mark.fault_case(55)
async def test_55_stopped_at_any_place(empty: Database, database_address: str) -> None:
    """55: a migration that stops, wherever it is, leaves nothing behind, and a re-run completes.

    What a stop leaves is what is committed by then: before each change others see nothing. It is
    also stopped for real, before its first, second, fourth, eighth change, and so on.
    """
    seen_before_changes: list[set[str]] = []
    with looking_from_outside(database_address) as committed:
        before = 1
        while await stops(empty, before, lambda: seen_before_changes.append(committed())):
            before *= 2
            assert await ask(empty, table_names) == set()

        assert before > 2 * len(TABLES)
        assert len(seen_before_changes) >= (before - 1) + before // 2  # stopped ones, and the whole
        assert [tables for tables in seen_before_changes if tables] == []
        assert committed() == await ask(empty, table_names) == TABLES
    assert await ask(empty, differences) == []


@contextlib.contextmanager
def looking_from_outside(address: str) -> Iterator[Callable[[], set[str]]]:
    """Yield what returns the tables that another process sees at this moment."""
    if address.startswith("sqlite"):
        file = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
        with contextlib.closing(file):
            question = "SELECT name FROM sqlite_schema WHERE type = 'table'"
            yield lambda: ours(file.execute(question))
        return
    with psycopg.connect(address, autocommit=True) as server:
        question = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        yield lambda: ours(server.execute(question))


def ours(rows: Iterable[tuple[str]]) -> set[str]:
    return {name for (name,) in rows if is_ours(name) and not name.startswith("sqlite_")}


async def stops(database: Database, before: int, look: Callable[[], None]) -> bool:
    """Whether a migration came as far as its n-th change, where it was stopped."""
    async with stopping(database, before, look):
        try:
            await database.migrate()
        except Stopped:
            return True
    return False


@pytest.mark.fault_case(55)
async def test_55_killed_half_way(database_address: str) -> None:
    """55: after kill -9 in the middle of a migration the next start completes it."""
    with subprocess.Popen(
        [sys.executable, "-c", HANGS_HALF_WAY, database_address], text=True, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        reached = process.stdout.readline()
        process.kill()
    database = await opened_when_free(database_address)
    left = await ask(database, table_names)
    await database.migrate()

    assert reached == "half way\n"
    assert left == set()
    assert await ask(database, table_names) == TABLES
    assert await ask(database, differences) == []
    await database.close()


async def opened_when_free(address: str) -> Database:
    """An open database; a server needs a moment to notice that a process was killed."""
    async with asyncio.timeout(5):
        while True:
            database = Database(address)
            try:
                await database.open()
            except DatabaseError as problem:
                if problem.kind != "database_in_use":
                    raise
                await asyncio.sleep(0.05)
            else:
                return database
