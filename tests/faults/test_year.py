"""49, 51: weekly messages for 200 people in 12 time zones, with four processes ticking at once.

Six weeks in spring, while clocks change; ``REFRAME_TEST_WEEKS=52`` simulates a whole year.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from bot.core.weekly_slot import WEEKDAYS, WeeklySlot, iso_week
from bot.store.database import Database
from bot.store.tables import outbox, preferences, sales_teams, weekly_runs
from tests.faults.ticking import zone_of
from tests.postgres import Postgres
from tests.processes.reframe import command as program_of

PEOPLE = 200
TEAMS = 20
PROCESSES = 4
STEP = 6 * 3_600.0
START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()  # a Monday, before clocks change everywhere
WEEKS = int(os.environ.get("REFRAME_TEST_WEEKS", "6"))  # 52 for a whole year: two minutes
STEPS = WEEKS * 7 * 4


@pytest.mark.fault_case(49, 51)
@pytest.mark.slow
@pytest.mark.postgres
async def test_49_each_week_once_on_its_day(postgres: Postgres) -> None:
    """49, 51: queue one reflection per person and one digest per team in each ISO week.

    Each is due on the right day of its reader's calendar, and claimed by one of four processes.
    """
    rng = random.Random(49)
    # Six hours late, it is still working hours; what is later would wait for the next day.
    days = WEEKDAYS[:5]
    slots = {f"U{n}": f"{rng.choice(days)} {rng.randint(8, 13):02}:30" for n in range(PEOPLE)}
    with postgres.database(migrated=True) as address:
        database = Database(address)
        await add_people_and_teams(database, slots)
        queued = await tick_in_all_processes(address)
        async with database.begin() as connection:
            messages = (await connection.execute(select(outbox))).mappings().all()
            runs = (await connection.execute(select(weekly_runs))).mappings().all()
            left = await connection.scalars(select(preferences.c.lease_owner))
        await database.close()

    assert queued == len(messages) == len(runs)
    assert {r["skipped"] for r in runs} == {None}
    assert set(left) == {None}
    per_reader = Counter((m["key"].split("-")[0], m["recipient_id"]) for m in messages)
    expected = {user_id: count_slots(user_id, slot) for user_id, slot in slots.items()}
    assert {user_id: per_reader["reflection", user_id] for user_id in slots} == expected
    assert all(per_reader["digest", f"U{n}"] == expected[f"U{n}"] for n in range(TEAMS))
    assert len({m["key"] for m in messages}) == len(messages)
    for message in messages:
        user_id = message["recipient_id"]
        local = datetime.fromtimestamp(message["created_at"], ZoneInfo(zone_of(user_id)))
        assert WEEKDAYS[local.weekday()] == slots[user_id].split()[0]
    per_week = Counter(
        (m["recipient_id"], iso_week(m["created_at"], ZoneInfo(zone_of(m["recipient_id"]))))
        for m in messages
        if m["key"].startswith("reflection")
    )
    assert set(per_week.values()) == {1}


async def add_people_and_teams(database: Database, slots: dict[str, str]) -> None:
    """Insert everybody with their first due time; the first users also manage a team each."""
    due = {
        user_id: WeeklySlot.parse(slot).next_after(START, ZoneInfo(zone_of(user_id)))
        for user_id, slot in slots.items()
    }
    people = [
        {
            "workspace_id": "T1",
            "user_id": user_id,
            "weekly_reflection": True,
            "reflection_slot": slot,
            "reflection_due_at": due[user_id],
            "time_zone": zone_of(user_id),
        }
        for user_id, slot in slots.items()
    ]
    teams = [
        {
            "workspace_id": "T1",
            "id": f"G{n}",
            "manager_id": f"U{n}",
            "name": f"Team {n}",
            "slot": slots[f"U{n}"],
            "digest_due_at": due[f"U{n}"],
            "created_at": START,
        }
        for n in range(TEAMS)
    ]
    async with database.begin() as connection:
        await connection.execute(insert(preferences), people)
        await connection.execute(insert(sales_teams), teams)


def count_slots(user_id: str, slot: str) -> int:
    """Return how many slots of a person are within the simulated time."""
    zone, count, at = ZoneInfo(zone_of(user_id)), 0, START
    while (at := WeeklySlot.parse(slot).next_after(at, zone)) <= START + STEPS * STEP:
        count += 1
    return count


async def tick_in_all_processes(address: str) -> int:
    """Tick through the simulated time, all processes at once at each step.

    Returns:
        How many messages they queued, by their count.
    """
    workers = [
        await asyncio.create_subprocess_exec(
            *program_of("tests.faults.ticking"),
            address,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(PROCESSES)
    ]
    queued = 0
    for step in range(1, STEPS + 1):
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write(f"{START + step * STEP}\n".encode())
        for worker in workers:
            assert worker.stdout is not None
            queued += int(await asyncio.wait_for(worker.stdout.readline(), 60))
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.close()
        assert await worker.wait() == 0
    return queued
