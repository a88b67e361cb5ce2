"""Copies everything from one database to another, such as from SQLite to PostgreSQL.

The source is read in one transaction and the target written in one, so whatever stops the copy
leaves the target empty. What is encrypted goes over as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Table, func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import DatabaseError
from bot.store.database import Database
from bot.store.migrations import newest_revision
from bot.store.tables import metadata

_BATCH = 500

Progress = Callable[[int, int], None]
"""Takes how many rows are copied, and how many there are."""


async def copy_database(source: str, target: str, progress: Progress) -> dict[str, int]:
    """Copy all rows into an empty database, and check their number. Both databases are taken for
    this process meanwhile.

    Args:
        source: the address to read. target: the address to write; its tables are made if it has
            none.
        progress: called after each batch.

    Returns:
        How many rows each table got.

    Raises:
        DatabaseError: one can't be used, another Reframe works on it, the target holds rows, or
            they are not both at this version's migration.
        StoreUnavailableError, StoreRefusedError: it failed halfway; the target is as before.
    """
    old, new = Database(source), Database(target)
    if old.url == new.url:
        raise DatabaseError("copy_same", new.name)
    try:
        await _open(old)
        await new.open()
        if await new.revision() is None:
            await new.migrate()
        await _check_revision(new)
        return await _copy(old, new, progress)
    finally:
        await old.close()
        await new.close()


async def _open(source: Database) -> None:
    """Take the source. Opening would create a file that isn't there."""
    if source.is_sqlite and not Path(str(source.url.database)).is_file():
        raise DatabaseError("copy_no_source", source.name)
    await source.open()
    await _check_revision(source)


async def _check_revision(database: Database) -> None:
    if await database.revision() != newest_revision():
        raise DatabaseError("copy_other_version", database.name)


async def _copy(old: Database, new: Database, progress: Progress) -> dict[str, int]:
    tables = metadata.sorted_tables
    async with old.begin() as reader, new.begin() as writer:
        for table in tables:
            if await _count(writer, table):
                raise DatabaseError("copy_not_empty", f"{new.name}, table {table.name}")
        counts = {table.name: await _count(reader, table) for table in tables}
        done, total = 0, sum(counts.values())
        for table in tables:
            async for rows in _batches(reader, table):
                await writer.execute(insert(table), [dict(row._mapping) for row in rows])
                done += len(rows)
                progress(done, total)
            if await _count(writer, table) != counts[table.name]:
                raise DatabaseError("copy_incomplete", table.name)
            if not new.is_sqlite:
                await _go_on_counting(writer, table)
    return counts


async def _batches(reader: AsyncConnection, table: Table) -> AsyncIterator[Sequence[Row[Any]]]:
    """Yield the rows of a table, by its primary key."""
    key = list(table.primary_key.columns)
    query = select(table).order_by(*key).limit(_BATCH)
    rows = (await reader.execute(query)).all()
    while rows:
        yield rows
        last = [rows[-1]._mapping[column] for column in key]
        rows = (await reader.execute(query.where(tuple_(*key) > tuple_(*last)))).all()


async def _count(connection: AsyncConnection, table: Table) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0


async def _go_on_counting(writer: AsyncConnection, table: Table) -> None:
    """Let PostgreSQL number new rows after the copied ones."""
    if "id" not in table.c:
        return
    sequence = await writer.scalar(select(func.pg_get_serial_sequence(table.name, "id")))
    if sequence:
        next_id = select(func.coalesce(func.max(table.c.id), 0) + 1).scalar_subquery()
        await writer.execute(select(func.setval(sequence, next_id, False)))
