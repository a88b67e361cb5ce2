"""Who and what is known, for the commands that look at a database without working on it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from bot.flows.week_ports import Group
from bot.store.database import Database
from bot.store.tables import asks, findings, groups, inbox, metadata, people
from bot.store.teams import group_of


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a database holds: rows a table, and the oldest text and decision (Unix seconds)."""

    rows: dict[str, int]
    oldest_text: float | None
    oldest_decision: float | None


async def known_groups(database: Database) -> list[Group]:
    """Every team, oldest first."""
    async with database.begin() as connection:
        rows = (await connection.execute(select(groups).order_by(groups.c.created_at))).mappings()
        return [group_of(row) for row in rows]


async def team_of_person(database: Database, user: str) -> str | None:
    """The workspace in which something is known of a person."""
    async with database.begin() as connection:
        for table, who in ((people, people.c.user), (findings, findings.c.author)):
            found = await connection.scalar(select(table.c.team).where(who == user).limit(1))
            if found is not None:
                return str(found)
    return None


async def holdings(database: Database) -> Holdings:
    """Counts what is kept, and how old the oldest of it is."""
    texts = (
        select(func.min(inbox.c.accepted_at)).where(inbox.c.text.is_not(None)),
        select(func.min(asks.c.created_at)).where(asks.c.text.is_not(None)),
    )
    async with database.begin() as connection:
        rows = {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }
        ages = [await connection.scalar(text) for text in texts]
        oldest = await connection.scalar(select(func.min(findings.c.created_at)))
    return Holdings(rows, min((a for a in ages if a is not None), default=None), oldest)
