"""The database: pragmas, transactions, one process at a time, and its failures."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from bot.core.model import Reason
from bot.flows.errors import DatabaseError, StoreRefusedError, StoreUnavailableError
from bot.sandbox.process import free_port
from bot.store.database import Database
from bot.store.tables import inbox, preferences
from tests.store.examples import (
    NOW,
    add,
    claim,
    count_waiting,
    every_byte,
    store_of,
)

NOBODY = 65_534
HOLDS_IT = """
import asyncio, sys
from bot.store.database import Database

async def hold():
    database = Database(sys.argv[1])
    await database.open()
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(hold())
"""

postgres_only = pytest.mark.parametrize(
    "database_address", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
sqlite_only = pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[Database]:
    database = Database(address)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def refusal(address: str) -> DatabaseError:
    """How opening fails."""
    with pytest.raises(DatabaseError) as caught:
        async with opened(address):
            pass
    return caught.value


async def open_when_free(address: str) -> None:
    """Opens and closes it; a server needs a moment to notice that a process was killed."""
    async with asyncio.timeout(5):
        while True:
            try:
                async with opened(address):
                    return
            except DatabaseError as problem:
                if problem.kind != "database_in_use":
                    raise
                await asyncio.sleep(0.05)


@asynccontextmanager
async def held(database: Database) -> AsyncIterator[None]:
    """Someone else's lock on all that the bot would write."""
    if database.is_sqlite:
        with contextlib.closing(sqlite3.connect(str(database.url.database))) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    rival = Database(database.url.render_as_string(hide_password=False))
    async with rival.begin() as connection:
        await connection.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        yield
    await rival.close()


@contextlib.contextmanager
def without_privileges() -> Iterator[None]:
    """As an ordinary user: for root nothing is read-only."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@sqlite_only
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
async def test_pragmas_are_in_force(database: Database, pragma: str, value: object) -> None:
    """SQLite survives a power cut, keeps references whole and overwrites what is erased."""
    async with database.begin() as connection:
        found = (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar()

    assert found == value


@sqlite_only
async def test_read_then_insert_loses_nothing(database: Database, database_address: str) -> None:
    """Two connections that look before they write take turns: no failure, no doubled row."""
    other = Database(database_address)

    async def count_and_add(opened: Database) -> None:
        for _ in range(20):
            async with opened.begin() as connection:
                count = await connection.scalar(select(func.count()).select_from(preferences))
                await connection.execute(
                    insert(preferences).values(workspace_id="T1", user_id=f"U{count}")
                )

    await asyncio.gather(count_and_add(database), count_and_add(other))
    await other.close()

    async with database.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(preferences)) == 40


async def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    """What was written before an error in the same transaction is not there."""
    with contextlib.suppress(LookupError):
        async with database.begin() as connection:
            await connection.execute(insert(preferences).values(workspace_id="T1", user_id="U1"))
            raise LookupError

    async with database.begin() as connection:
        assert (await connection.execute(select(preferences))).all() == []


async def test_a_second_opening_is_refused(database: Database, database_address: str) -> None:
    """A database that is open is in use, and the one who has it keeps working."""
    problem = await refusal(database_address)

    assert problem.kind == "database_in_use"
    assert await count_waiting(store_of(database)) == 0


@sqlite_only
async def test_another_name_of_the_file_is_refused(database: Database, tmp_path: Path) -> None:
    """A link to a database that is open is the same database."""
    link = tmp_path / "link.db"
    link.symlink_to(str(database.url.database))

    assert (await refusal(f"sqlite:///{link}")).kind == "database_in_use"


async def test_free_again_after_close(database_address: str) -> None:
    """Who closes lets go, closing twice harms nothing, and the next one can open."""
    first = Database(database_address)
    await first.open()
    await first.close()
    await first.close()

    async with opened(database_address) as next_one:
        await next_one.migrate()
        assert await count_waiting(store_of(next_one)) == 0


async def test_another_process_holds_it_until_killed(database_address: str) -> None:
    """What another process has open is refused, and is free again when that is killed with -9."""
    command, pipe = [sys.executable, "-c", HOLDS_IT, database_address], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        assert (await refusal(database_address)).kind == "database_in_use"
        holder.kill()
        holder.wait()
        await open_when_free(database_address)


async def test_a_locked_database_says_so_in_time(database: Database) -> None:
    """Six writers at once hear within Slack's three seconds that nothing can be written now."""
    store = store_of(database)
    async with held(database):
        writers = [add(store, n) for n in range(6)]
        async with asyncio.timeout(3):
            answers = await asyncio.gather(*writers, return_exceptions=True)

    assert [type(a) for a in answers] == [StoreUnavailableError] * 6
    assert await count_waiting(store) == 0
    assert await add(store)


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o777), (0o666, 0o555)])
async def test_a_read_only_database_is_refused(file_mode: int, folder_mode: int) -> None:
    """A file or folder that can't be written is said at the start, not at the first write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        address = f"sqlite:///{folder}/reframe.db"
        with without_privileges():
            await open_when_free(address)
        for leftover in folder.glob("reframe.db?*"):
            leftover.unlink()
        (folder / "reframe.db").chmod(file_mode)
        folder.chmod(folder_mode)
        with without_privileges():
            problem = await refusal(address)
        folder.chmod(0o700)

    assert problem.kind == "database_unwritable"


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A path through a file is no place for a database."""
    (tmp_path / "file").write_text("in the way")

    assert (await refusal(f"sqlite:///{tmp_path}/file/x.db")).kind == "database_unwritable"


async def test_a_missing_folder_is_not_made(tmp_path: Path) -> None:
    """A folder that isn't there may be a typo, and an empty database in it a loss of memory."""
    problem = await refusal(f"sqlite:///{tmp_path}/new/folder/reframe.db")

    assert (problem.kind, problem.what) == ("database_no_folder", f"{tmp_path}/new/folder")
    assert not (tmp_path / "new").exists()


@sqlite_only
async def test_a_full_disk_writes_nothing(database: Database) -> None:
    """On a full disk the store is down and whole; with room again it goes on."""
    store = store_of(database)
    async with database.outside_transaction() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count=1")
    with pytest.raises(StoreUnavailableError):
        await add(store, words="w" * 1_000_000)
    assert await count_waiting(store) == 0

    async with database.outside_transaction() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count=100000")
    assert await add(store, words="w" * 1_000_000)


async def test_a_value_that_is_refused_is_not_a_database_that_is_away(database: Database) -> None:
    """Waiting would not help, so one bad row must not look like a database that is gone."""
    bad: list[dict[str, object]] = [{"user_id": None}]
    bad += [{"user_id": "U\ud800"}, {"user_id": "U1", "daily_limit": 2**70}]
    if not database.is_sqlite:
        bad += [{"user_id": "U\x00"}, {"user_id": "U1", "quiet_hours": "x" * 41}]
    for values in bad:
        with pytest.raises(StoreRefusedError):
            async with database.begin() as connection:
                await connection.execute(insert(preferences).values(workspace_id="T1", **values))
    assert await add(store_of(database))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://reframe:s3cret@127.0.0.1:{port}/reframe",
        "postgresql://reframe@127.0.0.1:{port}/reframe?password=s3cret",
    ],
)
async def test_passwords_are_never_shown(address: str) -> None:
    """Neither the name nor an error, down to its last cause, shows a password."""
    database = Database(address.format(port=free_port()))
    with pytest.raises(DatabaseError) as unreachable:
        await database.open()
    with pytest.raises(StoreUnavailableError) as down:
        await count_waiting(store_of(database))
    shown = traceback.format_exception(unreachable.value) + traceback.format_exception(down.value)

    assert unreachable.value.kind == "database_no_server"
    assert "s3cret" not in "".join([database.name, unreachable.value.what, *shown])


@pytest.mark.parametrize(
    "address", ["mysql://u:s3cret@h/d", "reframe.db s3cret", "oracle://s3cret"]
)
def test_unknown_addresses_are_refused(address: str) -> None:
    """An address of another kind, or none, is refused without repeating its password."""
    with pytest.raises(DatabaseError) as caught:
        Database(address)

    assert caught.value.kind == "database_unreachable"
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@sqlite_only
@pytest.mark.parametrize("repeats", [1, 1_000])
async def test_erased_text_is_in_no_file(database: Database, tmp_path: Path, repeats: int) -> None:
    """After decision and purge no byte of the words stands in the database or beside it."""
    store = store_of(database)
    await add(store, words="zanzibar quince " * repeats)
    assert b"zanzibar" not in every_byte(tmp_path)
    async with database.begin() as connection:
        sealed: str = await connection.scalar(select(inbox.c.sealed_text)) or ""
    assert sealed[:200].encode() in every_byte(tmp_path)
    candidate = await claim(store)
    async with store.begin() as uow:
        await uow.inbox.decide(candidate, Reason.DAILY_CAP, now=NOW)
    await store.purge_erased_pages()

    assert sealed[:200].encode() not in every_byte(tmp_path)
    async with database.begin() as connection:
        assert await connection.scalar(select(inbox.c.reason)) == "daily_cap"


@postgres_only
async def test_a_look_waits_for_no_table_that_is_locked_as_a_whole(database: Database) -> None:
    """A migration may hold one; who looks is told before Slack gives up."""
    async with database.begin() as connection:
        await connection.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(StoreUnavailableError):
            async with asyncio.timeout(8), database.look() as looking:
                await looking.scalar(select(func.count()).select_from(inbox))
    async with database.look() as looking:
        assert await looking.scalar(select(func.count()).select_from(inbox)) == 0
