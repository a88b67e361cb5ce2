"""The files of an SQLite database: whose they are, and what a start does with a bad or busy one."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.flows.errors import DatabaseError
from bot.store import sqlite_file
from bot.store.database import Database
from tests.store.examples import add, store_of


@pytest.fixture
def everybody_may_read() -> Iterator[None]:
    """Run under a umask that takes nothing away."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.mark.usefixtures("everybody_may_read")
@pytest.mark.parametrize("is_new", [True, False])
async def test_files_are_private(tmp_path: Path, is_new: bool) -> None:
    """New files are from the first byte, existing ones from the next start."""
    file = tmp_path / "reframe.db"
    if not is_new:
        with closing(sqlite3.connect(file)) as other:
            other.execute("PRAGMA journal_mode=WAL")
            other.execute("CREATE TABLE notes (x)")
            other.commit()
            assert modes(tmp_path)["reframe.db-wal"] == 0o644
            sqlite_file.keep_private(str(file))
            assert set(modes(tmp_path).values()) == {0o600}
        file.chmod(0o666)
    database = Database(f"sqlite:///{file}")
    await database.open()
    await database.migrate()
    await add(store_of(database))

    found = modes(tmp_path)
    assert {"reframe.db", "reframe.db-wal", "reframe.db-shm", "reframe.db.lock"} <= set(found)
    assert set(found.values()) == {0o600}
    await database.close()


@pytest.mark.usefixtures("everybody_may_read")
async def test_a_command_that_only_looks_creates_no_open_file(tmp_path: Path) -> None:
    """Also without the lock that a running bot takes."""
    database = Database(f"sqlite:///{tmp_path}/reframe.db")
    async with database.begin():
        pass
    await database.close()

    assert set(modes(tmp_path).values()) == {0o600}


async def test_a_busy_database_is_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A start waits for a backup of a second or two, at the look and at the migrations."""
    file = tmp_path / "reframe.db"
    for step in ("open", "migrate"):
        database = Database(f"sqlite:///{file}")
        if step == "migrate":
            await database.open()
        with closing(sqlite3.connect(file)) as other:
            other.execute("BEGIN EXCLUSIVE")
            starting = asyncio.create_task(getattr(database, step)())
            await asyncio.sleep(1.0)
            assert not starting.done()
        await starting
        await database.close()

    assert "waiting for it" in caplog.text


async def test_a_database_that_stays_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait has an end, and the sentence says that somebody else is at work."""
    monkeypatch.setattr(sqlite_file, "START_SECONDS", 0.1)
    file = tmp_path / "reframe.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN EXCLUSIVE")
        database = Database(f"sqlite:///{file}")
        with pytest.raises(DatabaseError) as busy:
            await database.open()

    assert busy.value.kind == "database_busy"


@pytest.mark.parametrize(
    ("content", "kind"), [(b"My notes. " * 500, "database_other_file"), (b"", "")]
)
async def test_another_file(tmp_path: Path, content: bytes, kind: str) -> None:
    """A file of another program is named as such, and left as it is."""
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    database = Database(f"sqlite:///{file}")
    if not kind:
        await database.open()
        await database.close()
        return
    with pytest.raises(DatabaseError) as refused:
        await database.open()

    assert refused.value.kind == kind
    assert file.read_bytes() == content
