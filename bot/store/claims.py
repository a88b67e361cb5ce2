"""Leases: what makes a row claimable, and what a claim writes.

A claim changes the state in the same statement that selects the rows, so two workers never get the
same one. PostgreSQL skips rows that another claim has locked; SQLite runs one writer at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Double,
    RowMapping,
    String,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.work import WorkItem

NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_until": None}
CLAIM_DONE: dict[str, Any] = NO_LEASE | {"unfinished_claims": 0}
"""What ends a claim that had an outcome, whatever it was."""


NOW: BindParameter[float] = bindparam("claim_now", type_=Double)
"""When a claim is made, Unix seconds."""
OWNER: BindParameter[str] = bindparam("claim_owner", type_=String)
_LEASE_UNTIL: BindParameter[float] = bindparam("claim_until", type_=Double)


def is_free(
    table: Table,
    *,
    now: float | ColumnElement[float],
    owner: str | ColumnElement[str] | None,
) -> ColumnElement[bool]:
    """Return the condition under which a row may be claimed at ``now`` (Unix seconds): nobody
    holds it any more, or this owner does."""
    return or_(
        table.c.lease_until.is_(None), table.c.lease_until <= now, table.c.lease_owner == owner
    )


class ClaimOf:
    """How rows of one table are claimed. Its statement is built once if it is kept: to build it
    takes longer than to run it.

    Args:
        table: with lease columns.
        due: which rows are due; may name further values, and ``NOW``.
        order_by: the columns that say which come first; in a row, the first one that is set.
        again: whether the owner also gets what it holds already.
    """

    def __init__(
        self,
        table: Table,
        due: ColumnElement[bool],
        *,
        order_by: tuple[str, ...],
        again: bool = True,
    ) -> None:
        self._key, self._order_by = list(table.primary_key), order_by
        columns = [table.c[name] for name in order_by]
        first = func.coalesce(*columns) if len(columns) > 1 else columns[0]
        # A common table expression: PostgreSQL may run a subquery with LIMIT more than once.
        free = (
            select(*self._key)
            .where(due, is_free(table, now=NOW, owner=OWNER if again else None))
            .order_by(first, *self._key)
            .limit(bindparam("claim_limit"))
            .with_for_update(skip_locked=True)
            .cte("free")
        )
        self._statement = (
            update(table)
            .where(tuple_(*self._key).in_(select(*(free.c[column.name] for column in self._key))))
            .values(new_claim(table, OWNER, _LEASE_UNTIL))
            .returning(table)
        )

    async def run(
        self,
        connection: AsyncConnection,
        *,
        now: float,
        limit: int,
        owner: str,
        lease_until: float,
        **values: Any,
    ) -> Sequence[RowMapping]:
        """Claim rows and return them in order.

        Args:
            connection: in a transaction.
            now, lease_until: Unix seconds.
            limit: how many at most.
            owner: who claims.
            values: what the condition names.
        """
        values |= {
            "claim_now": now,
            "claim_limit": limit,
            "claim_owner": owner,
            "claim_until": lease_until,
        }
        rows = (await connection.execute(self._statement, values)).mappings().all()

        def place(row: RowMapping) -> tuple[Any, ...]:
            moment = next(row[name] for name in self._order_by if row[name] is not None)
            return moment, *(row[column.name] for column in self._key)

        return sorted(rows, key=place)


def new_claim(
    table: Table,
    owner: str | ColumnElement[str],
    lease_until: float | ColumnElement[float],
) -> dict[str, Any]:
    """Return what a claim writes. ``lease_until``: Unix seconds."""
    return {
        "lease_owner": owner,
        "lease_until": lease_until,
        "claim_number": table.c.claim_number + 1,
        "unfinished_claims": table.c.unfinished_claims + 1,
    }


def still_claimed(table: Table, owner: str, claim_number: int) -> ColumnElement[bool]:
    """Return the condition under which a row still belongs to a claim: nobody has claimed it since,
    this owner included."""
    return and_(table.c.lease_owner == owner, table.c.claim_number == claim_number)


def not_in(table: Table, workspace_ids: Collection[str]) -> ColumnElement[bool]:
    """Return the condition that leaves out the rows of some workspaces."""
    return table.c.workspace_id.not_in(sorted(workspace_ids)) if workspace_ids else true()


def named(table: Table, item: WorkItem | None) -> ColumnElement[bool]:
    """Return the condition under which a row is the one that is named by its key; any, if none
    is."""
    if item is None:
        return true()
    return and_(table.c.workspace_id == item.workspace_id, table.c.key == item.key)


def latest(connection: AsyncConnection, *moments: ColumnElement[Any]) -> ColumnElement[float]:
    """Return the latest of some moments; each must not be null."""
    return latest_of(connection.dialect.name, *moments)


def latest_of(dialect: str, *moments: ColumnElement[Any]) -> ColumnElement[float]:
    """Return the latest of some moments in the words of a dialect, by its name."""
    dialect_max = func.max if dialect == "sqlite" else func.greatest
    found: ColumnElement[float] = dialect_max(*moments)
    return found
