"""Leases: what makes a row claimable, and what a claim writes.

A claim changes the state in the same statement that selects the rows, so two workers never get the
same one. PostgreSQL skips rows that another claim has locked; SQLite runs one writer at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Table,
    and_,
    func,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

NO_LEASE: dict[str, Any] = {"lease_owner": null(), "lease_until": null()}


def is_free(table: Table, *, now: float, owner: str | None) -> ColumnElement[bool]:
    """Return the condition under which a row may be claimed at ``now`` (Unix seconds): nobody
    holds it any more, or this owner does."""
    return or_(
        table.c.lease_until.is_(None), table.c.lease_until <= now, table.c.lease_owner == owner
    )


async def claim(
    connection: AsyncConnection,
    table: Table,
    due: ColumnElement[bool],
    *,
    order_by: str,
    now: float,
    limit: int,
    owner: str,
    lease_until: float,
    again: bool = True,
) -> Sequence[RowMapping]:
    """Claim rows and return them in order.

    Args:
        connection: in a transaction.
        table: with lease columns; its attempts, if it has any, are counted.
        due: which rows are due.
        order_by: the column that says which come first.
        now, lease_until: Unix seconds.
        limit: how many at most.
        owner: who claims.
        again: whether the owner also gets what it holds already.
    """
    key = list(table.primary_key)
    # A common table expression, because PostgreSQL may run a subquery with LIMIT more than once.
    free = (
        select(*key)
        .where(due, is_free(table, now=now, owner=owner if again else None))
        .order_by(table.c[order_by], *key)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    values: dict[str, Any] = {"lease_owner": owner, "lease_until": lease_until}
    if "attempts" in table.c:
        values["attempts"] = table.c.attempts + 1
    claimed = (
        update(table)
        .where(tuple_(*key).in_(select(*(free.c[column.name] for column in key))))
        .values(values)
        .returning(table)
    )
    rows = (await connection.execute(claimed)).mappings().all()
    return sorted(rows, key=lambda r: (r[order_by], *(r[column.name] for column in key)))


def still_claimed(table: Table, row_id: int, owner: str, attempts: int) -> ColumnElement[bool]:
    """Return the condition that holds as long as nobody else has claimed the row."""
    return and_(table.c.id == row_id, table.c.lease_owner == owner, table.c.attempts == attempts)


def latest(connection: AsyncConnection, *moments: ColumnElement[Any]) -> ColumnElement[float]:
    """Return the latest of some moments; each must not be null."""
    dialect_max = func.max if connection.dialect.name == "sqlite" else func.greatest
    found: ColumnElement[float] = dialect_max(*moments)
    return found
