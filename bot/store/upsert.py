"""Two ways to write a row that both databases know: once, or over the existing row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_once(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with the same unique key exists.

    Returns:
        Whether the row was inserted.
    """
    statement = insert_into(connection, table).values(dict(row)).on_conflict_do_nothing()
    result = await connection.execute(statement.returning(literal_column("1")))
    return result.first() is not None


async def upsert(
    connection: AsyncConnection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Write values into the row with this primary key; insert the row if there is none."""
    statement = insert_into(connection, table).values({**key, **values})
    await connection.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=dict(values))
    )


def insert_into(connection: AsyncConnection, table: Table) -> Any:
    """Return an INSERT of the connection's own dialect; it knows ``ON CONFLICT``."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)
