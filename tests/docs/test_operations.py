"""What docs/operations.md prints, on real databases: backup, restore, and moving."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Connection, Double, Integer, Table, create_engine, insert, select
from sqlalchemy.engine import Row

from bot.store.database import engine_url
from bot.store.tables import metadata
from tests.docs.pages import ROOT, commands, prepare, run
from tests.postgres import Postgres

PAGE = ROOT / "docs" / "operations.md"
PRINTED = [command.line for command in commands(PAGE)]
ADDRESS = "postgresql://reframe@db.example.com/reframe"
ROWS = 3


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder like a fresh clone, with a migrated SQLite database full of rows."""
    prepare(tmp_path)
    assert run(".venv/bin/reframe migrate", tmp_path).returncode == 0
    with connected(f"sqlite:///{tmp_path}/reframe.db") as connection:
        fill(connection)
    return tmp_path


@contextmanager
def connected(address: str) -> Iterator[Connection]:
    """Open a transaction with the synchronous driver."""
    url = engine_url(address)
    engine = create_engine(url.set(drivername=url.drivername.replace("+aiosqlite", "")))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def fill(connection: Connection) -> None:
    """Put rows into every table, with every column set."""
    for table in metadata.sorted_tables:
        connection.execute(insert(table), [row_of(table, number) for number in range(ROWS)])


def row_of(table: Table, number: int) -> dict[str, Any]:
    """Return a row that differs from the others in every column, as far as its type allows."""
    row: dict[str, Any] = {}
    for column in table.columns:
        match column.type:
            case Boolean():
                row[column.name] = number % 2 == 0
            case Integer():
                row[column.name] = number + 10
            case Double():
                row[column.name] = 1_772_000_000.25 + number
            case _:
                row[column.name] = f"{column.name[:6]} é{number}"
    return row


def everything(address: str) -> dict[str, list[Row[Any]]]:
    """Return all rows of all tables."""
    with connected(address) as connection:
        return {
            table.name: sorted(connection.execute(select(table)).all(), key=repr)
            for table in metadata.sorted_tables
        }


def printed(start: str) -> str:
    """Return the one command of the page that begins like this."""
    (found,) = (line for line in PRINTED if line.startswith(start))
    return found


def test_a_copy_made_by_the_page_restores_everything(clone: Path) -> None:
    """The SQLite backup holds each row, and the printed restore brings it back."""
    address = f"sqlite:///{clone}/reframe.db"
    before = everything(address)
    assert run(printed(".venv/bin/python -c"), clone).returncode == 0
    with connected(address) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())

    for line in (printed("rm -f reframe.db"), printed("cp reframe-backup.db")):
        assert run(line, clone).returncode == 0
    assert run(".venv/bin/reframe migrate", clone).returncode == 0

    assert everything(address) == before
    assert all(len(rows) == ROWS for rows in before.values())


@pytest.mark.postgres
def test_everything_moves_to_postgresql(clone: Path, postgres: Postgres) -> None:
    """The copy holds each row; new rows get new ids; a second run changes nothing and says why."""
    line = printed(".venv/bin/reframe copy")
    with postgres.database() as address:
        moving = line.replace(ADDRESS, shlex.quote(address))
        assert moving != line

        done = run(moving, clone)
        again = run(moving, clone)

        assert done.returncode == 0, done.stderr
        assert f"Copied {ROWS * len(metadata.sorted_tables)} rows" in done.stdout
        assert "REFRAME_ENCRYPTION_KEY" in done.stdout
        assert everything(address) == everything(f"sqlite:///{clone}/reframe.db")
        assert again.returncode == 2
        assert "holds rows already, so nothing was copied" in again.stderr
        with connected(address) as connection:
            for table in metadata.sorted_tables:
                if table.autoincrement_column is not None:
                    new = row_of(table, ROWS)
                    del new[table.autoincrement_column.name]
                    new |= {c.name: None for c in table.columns if c.foreign_keys and c.nullable}
                    assert connection.execute(insert(table).values(new)).inserted_primary_key


@pytest.mark.postgres
def test_a_dump_made_by_the_page_restores_everything(clone: Path, postgres: Postgres) -> None:
    """pg_dump and pg_restore, as printed, bring each row back."""
    programs = f"{postgres.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    with postgres.database() as address:
        given = {"DATABASE_URL": address, "PATH": programs}
        assert run(".venv/bin/reframe migrate", clone, **given).returncode == 0
        with connected(address) as connection:
            fill(connection)
        before = everything(address)
        dumped = run(printed("pg_dump"), clone, **given)
        assert dumped.returncode == 0, dumped.stderr
        with connected(address) as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())

        restored = run(printed("pg_restore"), clone, **given)

        assert restored.returncode == 0, restored.stderr
        assert run(".venv/bin/reframe migrate", clone, **given).returncode == 0
        assert everything(address) == before
