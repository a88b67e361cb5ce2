"""Times a tick and a digest with 1,000,000 findings, 50,000 people and 5,000 teams."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.core.policy import DAY, WEEK
from bot.core.weekly_slot import Period
from bot.flows.ports.sales_teams import SalesTeam
from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.unit_of_work import SqlStore
from tests.postgres import Postgres, PostgresMissingError

FINDINGS = 1_000_000
PEOPLE = 50_000
TEAMS = 5_000
MEMBERS = 10
RUNS = 20
NOW = 1_780_000_000.0

_SERIES = {
    True: "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {count}) ",
    False: "WITH s AS (SELECT generate_series(0, {count} - 1) AS n) ",
}
_FILL = (
    # everyone is due some time in the coming week; 100 are due now
    (PEOPLE, "INSERT INTO preferences (workspace_id, user_id, weekly_reflection, reflection_slot, "
     "reflection_due_at, greeted) ",
     "SELECT 'T1', 'U' || n, {true}, 'fri 15:00', "
     f"CASE WHEN n < 100 THEN {NOW} - 1 ELSE {NOW} + n END, {{true}} FROM s"),
    (FINDINGS, "INSERT INTO inbox (id, event_id, workspace_id, channel_id, ts, author_id, version, "
     "state, due_at, accepted_at, attempts) ",
     "SELECT n + 1, 'E' || n, 'T1', 'C1', n || '.5', 'U' || (n % 50000), '1', 'decided', 0, 0, 0 "
     "FROM s"),
    (FINDINGS, "INSERT INTO findings (inbox_id, workspace_id, channel_id, thread_ts, author_id, "
     "trap, score, detector, playbook_version, outcome, question_id, key, feedback, answered_at, "
     "created_at) ",
     "SELECT n + 1, 'T1', 'C1', n || '.5', 'U' || (n % 50000), CASE n % 5 WHEN 0 THEN 'blame' "
     "WHEN 1 THEN 'labelling' WHEN 2 THEN 'fixing' WHEN 3 THEN 'entitlement' ELSE "
     "'future_pitching' END, 1, 'd', 'p', CASE WHEN n % 3 = 0 THEN 'speak' ELSE 'not_sure' END, "
     "'blame-01', 'k' || n, CASE WHEN n % 30 = 0 THEN 'helpful' ELSE NULL END, "
     f"{NOW} - (n / 11.57), {NOW} - (n / 11.57) * 7.7 FROM s"),
    (TEAMS, "INSERT INTO sales_teams (id, workspace_id, manager_id, name, slot, digest_due_at, "
     "created_at) ",
     f"SELECT 'G' || n, 'T1', 'M' || n, 'Team', 'mon 09:00', {NOW} + n - 50, 0 FROM s"),
    (TEAMS * MEMBERS, "INSERT INTO sales_team_members (sales_team_id, workspace_id, user_id, "
     "accepted_at) ",
     f"SELECT 'G' || (n / {MEMBERS}), 'T1', 'U' || n, 1 FROM s"),
)  # fmt: skip


class _UndoError(Exception):
    """Rolls the claims of a tick back, and leaves the next one the same work."""


async def measured(folder: Path, say: Callable[[str], None]) -> dict[str, dict[str, list[float]]]:
    """Return the milliseconds of each run, by database and by what was timed."""
    found = {}
    for name, opened in (("SQLite", _sqlite), ("PostgreSQL", _postgres)):
        try:
            async with opened(folder) as database:
                say(f"week: filling {name}")
                await _fill(database)
                say(f"week: timing {name}")
                found[name] = await _timings(database)
        except PostgresMissingError as missing:
            say(f"week: no PostgreSQL: {missing}")
    return found


async def _timings(database: Database) -> dict[str, list[float]]:
    store = SqlStore(database, Encryptor())
    period = Period(tuple(NOW - n * WEEK for n in (4, 3, 2, 1)), NOW)

    async def tick() -> None:
        claim: dict[str, Any] = {
            "now": NOW,
            "limit": 200,
            "owner": "bench",
            "lease_until": NOW + 60,
        }
        with contextlib.suppress(_UndoError):
            async with store.begin() as uow:
                assert await uow.weekly.claim_due_reflections(**claim)
                assert await uow.weekly.claim_due_digests(**claim)
                await uow.weekly.due_follow_ups(
                    answered_after=NOW - 7 * DAY,
                    answered_until=NOW - 3 * DAY,
                    none_since=NOW - WEEK,
                    limit=200,
                )
                raise _UndoError

    turn = iter(range(RUNS * 2))

    async def digest() -> None:
        number = next(turn) * 7
        team = SalesTeam(f"G{number}", "T1", f"M{number}", "Team", "mon 09:00")
        async with store.begin() as uow:
            _, counted = await uow.digests.counts(team, period)
            assert len(counted) == MEMBERS
            await uow.digests.saved("T1", team.id, period.before.name)

    return {
        "a tick: what is due": await _timed(tick),
        "a team's digest": await _timed(digest),
    }


async def _timed(work: Callable[[], Awaitable[None]]) -> list[float]:
    await work()
    spans = []
    for _ in range(RUNS):
        began = time.perf_counter()
        await work()
        spans.append(1_000 * (time.perf_counter() - began))
    return spans


async def _fill(database: Database) -> None:
    await database.open()
    await database.migrate()
    async with database.outside_transaction() as connection:
        if not database.is_sqlite:
            await connection.exec_driver_sql("SET statement_timeout = 0")
        for count, insert, select in _FILL:
            series = _SERIES[database.is_sqlite].format(count=count)
            true = "1" if database.is_sqlite else "true"
            await connection.execute(text(insert + series + select.format(true=true)))
        await connection.exec_driver_sql("ANALYZE")


@asynccontextmanager
async def _sqlite(folder: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{folder}/week.db")
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _postgres(folder: Path) -> AsyncIterator[Database]:
    server = Postgres.start()
    try:
        with server.database(migrated=True) as address:
            database = Database(address)
            try:
                yield database
            finally:
                await database.close()
    finally:
        server.stop()
