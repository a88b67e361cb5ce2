"""``python -m tests.bench.year [WEEKS]``: a year of weekly messages by four whole processes.

Two web and two worker processes (``reframe run --role``) share a PostgreSQL database and a clock
that jumps from one moment at which something is due to the next. 48 people in 12 time zones get a
reflection each week, 6 of them a digest; and each week, a seller's message gets its question.
Printed is how many of each there were, and what was missing, doubled, or on another day; the exit
status is 1 if there was any.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import insert

from bot.core.weekly_slot import WEEKDAYS, WeeklySlot, iso_week
from bot.sandbox.clock import SharedClock
from bot.store.database import Database
from bot.store.tables import preferences, sales_teams
from tests.faults.fleet import Fleet
from tests.faults.ticking import ZONES
from tests.postgres import Postgres

PEOPLE, TEAMS, WEEKS = 48, 6, 52
START = datetime(2024, 3, 4, tzinfo=UTC).timestamp()  # a Monday; all of the year is in the past
_HOUR, _WEEK = 3_600.0, 7 * 86_400.0
_STEP = 10 * _HOUR  # ten hours late it is still working hours
_DAYS, _HOURS = ("mon", "fri"), (8, 9)  # when most get theirs; each slot is at half past
_STEP_PATIENCE_SECONDS = 120.0
_LEFT = """
    SELECT (SELECT count(*) FROM preferences WHERE reflection_due_at <= %(now)s)
         + (SELECT count(*) FROM sales_teams WHERE digest_due_at <= %(now)s)
         + (SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending'))
         + (SELECT count(*) FROM inbox WHERE state = 'waiting')
"""


class Year:
    """The people, their slots, and the processes.

    Args:
        folder: for logs and the clock. address: of a database with all tables.
        weeks: how many to play. people: how many there are; each tenth manages a team.

    Attributes:
        slots: when each person's reflection is due. zones: where each of them is.
        teams: the name of the team that each manager has; their digests come at their slots.
    """

    def __init__(self, folder: Path, address: str, *, weeks: int, people: int = PEOPLE) -> None:
        self.weeks = weeks
        self.clock = SharedClock(folder / "clock")
        self.clock.jump_to(START)
        self.fleet = Fleet(
            folder,
            address,
            webs=2,
            workers=2,
            channels=weeks + 1,  # each with a seller, who is asked once: nobody answers
            clock=folder / "clock",
        )
        self._address = address
        rng = random.Random(49)
        workspace = self.fleet.workspace
        self.zones = {
            workspace.add_user(f"person{n}", tz=ZONES[n % len(ZONES)]): ZONES[n % len(ZONES)]
            for n in range(people)
        }
        self.slots = {u: f"{rng.choice(_DAYS)} {rng.choice(_HOURS):02}:30" for u in self.zones}
        managers = list(self.zones)[:: people // TEAMS or 1]
        self.teams = {user_id: f"Team {n}" for n, user_id in enumerate(managers)}

    async def play(self) -> None:
        """Start everything, and play the weeks."""
        await self._add_people_and_teams()
        async with self.fleet.slack:
            await self.fleet.start()
            try:
                await self._play()
            finally:
                await self.fleet.stop()

    async def _play(self) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            week = -1
            for at in self._moments():
                self.clock.jump_to(at)
                if int((at - START) // _WEEK) > week:
                    week += 1
                    await self.fleet.say()
                await self._until_done(connection, at)

    async def _until_done(self, connection: psycopg.Connection[tuple[int]], at: float) -> None:
        async with asyncio.timeout(_STEP_PATIENCE_SECONDS):
            while connection.execute(_LEFT, {"now": at}).fetchone() != (0,):
                await asyncio.sleep(0.03)

    def _moments(self) -> Iterator[float]:
        """Yield the ends of steps in which something has become due."""
        due = {step for times in self.expected().values() for step in map(_step_after, times)}
        yield from sorted(due)

    def expected(self) -> dict[str, list[float]]:
        """Return when each person's slot is in the weeks that are played."""
        end = _step_after(START + self.weeks * _WEEK) - _STEP  # of the last whole step
        found = dict[str, list[float]]()
        for user_id, slot in self.slots.items():
            zone, at = ZoneInfo(self.zones[user_id]), START
            while (at := WeeklySlot.parse(slot).next_after(at, zone)) < end:
                found.setdefault(user_id, []).append(at)
        return found

    async def _add_people_and_teams(self) -> None:
        workspace_id = self.fleet.workspace.team_id
        first = {user_id: times[0] for user_id, times in self.expected().items()}
        people = [
            {
                "workspace_id": workspace_id,
                "user_id": user_id,
                "weekly_reflection": True,
                "reflection_slot": slot,
                "reflection_due_at": first[user_id],
                "time_zone": self.zones[user_id],
            }
            for user_id, slot in self.slots.items()
        ]
        teams = [
            {
                "workspace_id": workspace_id,
                "id": f"G-{user_id}",
                "manager_id": user_id,
                "name": name,
                "slot": self.slots[user_id],
                "digest_due_at": first[user_id],
                "created_at": START,
            }
            for user_id, name in self.teams.items()
        ]
        database = Database(self._address)
        async with database.begin() as connection:
            await connection.execute(insert(preferences), people)
            await connection.execute(insert(sales_teams), teams)
        await database.close()

    def counts(self) -> Counter[str]:
        """Return what was posted, by kind; and under ``wrong`` what should not have been so."""
        found, posted = Counter[str](), Counter[tuple[str, str, str]]()
        space = self.fleet.workspace
        for user_id, zone_name in self.zones.items():
            zone = ZoneInfo(zone_name)
            for message in space.messages(space.dm_channel(user_id)):
                if not message.get("bot_id"):
                    continue
                kind = "digest" if "digest" in str(message.get("metadata")) else "reflection"
                at = float(message["ts"])
                found[kind] += 1
                posted[kind, user_id, iso_week(at, zone)] += 1
                day = datetime.fromtimestamp(at, zone).weekday()
                found["wrong"] += WEEKDAYS[day] != self.slots[user_id].split()[0]
        expected = Counter(
            (kind, user_id, iso_week(at, ZoneInfo(self.zones[user_id])))
            for user_id, times in self.expected().items()
            for at in times
            for kind in ("reflection", *(("digest",) if user_id in self.teams else ()))
        )
        found["wrong"] += (posted - expected).total() + (expected - posted).total()
        found["question"] = self.fleet.replies.total()
        found["wrong"] += not self.fleet.is_each_answered_once
        return found


def _step_after(at: float) -> float:
    """Return the end of the step in which something becomes due, with a second to spare."""
    return at - (at - START) % _STEP + _STEP + 1


def main(weeks: int = WEEKS) -> int:
    """Play, and print what came of it; return the exit status."""
    began = time.monotonic()
    server = Postgres.start()
    try:
        with server.database(migrated=True) as address, tempfile.TemporaryDirectory() as folder:
            year = Year(Path(folder), address, weeks=weeks)
            asyncio.run(year.play())
            counts = year.counts()
    finally:
        server.stop()
    sys.stdout.write(
        f"{weeks} weeks, {PEOPLE} people, {TEAMS} teams, 4 processes: {counts['reflection']} "
        f"reflections, {counts['digest']} digests, {counts['question']} questions; "
        f"{counts['wrong']} wrong; {time.monotonic() - began:.0f} s\n"
    )
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
