"""Two ways to write a row that both databases know: once, or over the existing row."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_once(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same unique key exists.

    Returns:
        Whether the row was inserted.
    """
    result = await connection.execute(_once(connection.dialect.name, table), dict(row))
    return result.first() is not None


async def upsert(
    connection: AsyncConnection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Write values into the row with this primary key; insert the row if there is none."""
    statement = _over(connection.dialect.name, table, tuple(key), tuple(values))
    await connection.execute(statement, {**key, **values})


def insert_into(connection: AsyncConnection, table: Table) -> Any:
    """Return an INSERT of the connection's own dialect; it knows ``ON CONFLICT``."""
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: Table) -> Any:
    """Return an INSERT of a dialect, by its name."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # brings six drivers' dialects: 3 MB

    return postgresql.insert(table)


@cache  # to build a statement takes as long as to run it
def _once(dialect: str, table: Table) -> Any:
    insert = insert_of(dialect, table).on_conflict_do_nothing()
    return insert.returning(literal_column("1"))


@cache
def _over(dialect: str, table: Table, key: tuple[str, ...], names: tuple[str, ...]) -> Any:
    insert = insert_of(dialect, table)
    written = {name: insert.excluded[name] for name in names}
    return insert.on_conflict_do_update(index_elements=list(key), set_=written)
