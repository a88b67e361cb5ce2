"""Two ways to write a row that both databases know: once, or over what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, literal_column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_once(connection: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Inserts a row unless one with the same unique key is there; tells whether it did."""
    statement = _dialect(connection).insert(table).values(dict(row)).on_conflict_do_nothing()
    result = await connection.execute(statement.returning(literal_column("1")))
    return result.first() is not None


async def put(
    connection: AsyncConnection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Writes values into the row with this primary key, which is made where it is not there."""
    statement = _dialect(connection).insert(table).values({**key, **values})
    await connection.execute(
        statement.on_conflict_do_update(index_elements=list(key), set_=dict(values))
    )


def _dialect(connection: AsyncConnection) -> Any:
    return sqlite if connection.dialect.name == "sqlite" else postgresql
