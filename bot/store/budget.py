"""How often the judge was asked today, counted where a restart can't forget it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.dialects import postgresql, sqlite

from bot.store.database import Database
from bot.store.tables import judge_calls


class SqlBudget:
    """Calls a workspace and day (UTC); implements ``bot.flows.ports.Budget``.

    Args:
        database: an open one. daily_calls: how many there are; 0 = none.
    """

    def __init__(self, database: Database, daily_calls: int) -> None:
        self._database = database
        self._daily_calls = daily_calls

    async def take(self, team: str, now: float) -> bool:
        if self._daily_calls <= 0:
            return False
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        first = insert(judge_calls).values(team=team, day=day_of(now), calls=1)
        one_more = first.on_conflict_do_update(
            index_elements=[judge_calls.c.team, judge_calls.c.day],
            set_={"calls": judge_calls.c.calls + 1},
            where=judge_calls.c.calls < self._daily_calls,
        ).returning(judge_calls.c.calls)
        async with self._database.begin() as connection:
            return (await connection.execute(one_more)).first() is not None


def day_of(now: float) -> str:
    """The UTC day of a moment (Unix seconds), as ``2026-01-31``."""
    return datetime.fromtimestamp(now, UTC).date().isoformat()
