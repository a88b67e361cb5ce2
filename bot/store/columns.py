"""Kinds of columns: a name means the same, and has the same length, in every table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    literal_column,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_SLACK_ID = 32  # what every name without a length of its own below gets, in characters
_LENGTHS = {
    "about_key": 160,
    "day": 10,
    "delivery": 16,
    "detector": 64,
    "event_id": 64,
    "held_by": 64,
    "id": 64,
    "key": 160,
    "kind": 16,
    "language": 16,
    "lease_owner": 64,
    "mark": 40,
    "method": 64,
    "name": 80,
    "pause_reason": 64,
    "person_mark": 40,
    "place": 16,
    "playbook_version": 64,
    "question_id": 64,
    "quiet_hours": 40,
    "reason": 64,
    "refresh_owner": 64,
    "reflection_slot": 16,
    "sales_team_id": 64,
    "slot": 16,
    "state": 16,
    "subject_id": 64,
    "time_zone": 64,
    "topic": 64,
    "week": 8,
}


def string(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    """Return a short text column."""
    length = _LENGTHS.get(name, _SLACK_ID)
    return Column(name, String(length), nullable=nullable, primary_key=primary_key)


def time(name: str, *, nullable: bool = False) -> Column[float]:
    """Return a column for a moment, in Unix seconds."""
    return Column(name, Double, nullable=nullable)


def key(*names: str) -> tuple[Column[str], ...]:
    """Return the columns that are the primary key together."""
    return tuple(string(name, primary_key=True) for name in names)


def one_of(column: ColumnElement[str], *values: str) -> ColumnElement[bool]:
    """Return the condition that a column is one of some constants of ours. They stand in the
    statement itself: given as values, the statement would be written anew each time it runs."""
    return column.in_([literal_column(f"'{value}'") for value in values])


def some_of(table: Table, name: str, which: ColumnElement[bool], *columns: str) -> Index:
    """Give a table an index over some of its rows alone. It helps where a statement has the very
    same condition, with no other value."""
    return Index(
        f"ix_{table.name}_{name}",
        *(table.c[column] for column in columns),
        postgresql_where=which,
        sqlite_where=which,
    )


def attempts() -> Column[int]:
    """Return the column that counts tries; what a claim alone does is no try."""
    return Column("attempts", Integer, nullable=False, server_default="0")


def lease() -> tuple[Column[Any], ...]:
    """Return the columns of a claim: which worker has a row, and until when; the number of the
    claim, which only grows; and how many claims in a row ended without any outcome."""
    return (
        string("lease_owner", nullable=True),
        time("lease_until", nullable=True),
        Column("claim_number", Integer, nullable=False, server_default="0"),
        Column("unfinished_claims", Integer, nullable=False, server_default="0"),
    )


def joined(names: Iterable[str]) -> str:
    """Return several short names as one value of a text column."""
    return ",".join(names)


def separated(value: str) -> tuple[str, ...]:
    """Return the names that ``joined`` put together."""
    return tuple(name for name in value.split(",") if name)
