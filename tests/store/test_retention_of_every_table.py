"""Nothing outlives its time: every table with a time is purged, or says here why it isn't."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from sqlalchemy import Boolean, Column, Double, Integer, Table, func, insert, select

from bot.core.policy import DAY, Limits, utc_day
from bot.core.weekly_slot import iso_week
from bot.store.database import Database
from bot.store.retention import purge_expired
from bot.store.tables import DECIDED, SENT, metadata

NOW = 1_760_000_000.0
OLD, NEW = NOW - 100 * DAY, NOW + 1
STAYS = {
    "channels": "how a channel is set; its inviter is erased with the person",
    "encryption": "one row of the installation, which names nobody",
    "installations": "where the bot is installed, until the app is removed there; names nobody",
    "named_people": "whom a manager has named; goes with the team",
    "preferences": "what a person has chosen, until they choose anew or are forgotten",
    "probation": "which traps are off; names nobody",
    "sales_team_members": "a yes that still holds, until the person or the manager ends it",
}
DONE: dict[str, dict[str, Any]] = {
    "inbox": {"state": DECIDED},
    "labels": {"words": None},  # words that somebody gave to learn from stay until they are erased
    "outbox": {"state": SENT},
}
"""What is done with; what still waits to be done is not purged."""


def has_time(table: Table) -> bool:
    """Return whether a table says when something was."""
    return any(
        (isinstance(column.type, Double) and column.name != "score")
        or column.name in ("day", "week")
        for column in table.columns
    )


GOES = [t for t in metadata.sorted_tables if has_time(t) and t.name not in STAYS]


def value(column: Column[Any], at: float, number: int) -> Any:
    """Return a value that fits a column; ``at`` wherever a time belongs."""
    match column:
        case Column(name="workspace_id"):
            return "T1"
        case Column(name="week"):
            return iso_week(at, UTC)
        case Column(name="day"):
            return utc_day(at)
        case Column(type=Double()):
            return at
        case Column(type=Boolean()):
            return False
        case Column(type=Integer()):
            return number
    return f"x{number}"


async def add_row(database: Database, table: Table, at: float, number: int) -> None:
    """Add a row in which all that is a time is ``at``."""
    row = {column.name: value(column, at, number) for column in table.columns}
    async with database.begin() as connection:
        await connection.execute(insert(table).values(row | DONE.get(table.name, {})))


async def counts(database: Database) -> dict[str, int]:
    """Return how many rows each table has that must be purged."""
    async with database.begin() as connection:
        return {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in GOES
        }


async def test_what_is_old_goes_in_every_table(database: Database) -> None:
    """A new table with a time must be purged, or have its reason above."""
    for number, at in ((1, OLD), (2, NEW)):
        for table in GOES:
            await add_row(database, table, at, number)
    await purge_expired(database, Limits(), NOW)

    assert await counts(database) == {table.name: 1 for table in GOES}
    assert len(GOES) > 15
    await purge_expired(database, Limits(), NEW + 101 * DAY)
    assert await counts(database) == {table.name: 0 for table in GOES}


def test_every_reason_is_about_a_table() -> None:
    """A table that is gone needs no reason."""
    assert STAYS.keys() <= metadata.tables.keys()
