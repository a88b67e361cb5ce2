"""The rows that a database holds, to be shown to a person: every column, nothing opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, select

from bot.store.database import Database
from bot.store.tables import asks, findings, inbox, outbox

SHOWN_TABLES = (inbox, findings, outbox, asks)
"""Everything that a message or a request leaves behind before somebody answers it."""

_SEALED = frozenset({"sealed_text", "sealed_content"})


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value that nobody can read without the key. ``size``: bytes as stored."""

    size: int


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row. ``values``: by column, in the order of the table; sealed ones as ``Sealed``."""

    table: str
    values: dict[str, Any]


async def stored_rows(database: Database, workspace_id: str) -> list[StoredRow]:
    """Return all rows of a workspace in these tables, oldest first. For small databases only.

    Raises:
        StoreUnavailableError: they can't be read now, or there are no tables yet.
    """
    found: list[StoredRow] = []
    async with database.begin() as connection:
        for table in SHOWN_TABLES:
            query = select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.id)
            rows = (await connection.execute(query)).mappings().all()
            found += [StoredRow(table.name, _values(table, dict(row))) for row in rows]
    return found


def _values(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {
        column.name: Sealed(len(row[column.name].encode()))
        if column.name in _SEALED and row[column.name] is not None
        else row[column.name]
        for column in table.columns
    }
