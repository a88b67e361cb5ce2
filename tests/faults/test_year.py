"""49, 51: weeks over 200 people in 12 zones, ticked by four processes at once.

Six weeks in spring, while clocks change; ``REFRAME_TEST_WEEKS=52`` plays a whole year.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from bot.core.due import DAYS, Slot, week_of
from bot.store.database import Database
from bot.store.tables import groups, outbox, people, weekly
from tests.faults.ticking import zone_of
from tests.postgres import Postgres

PEOPLE = 200
TEAMS = 20
PROCESSES = 4
STEP = 6 * 3_600.0
START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()  # a Monday, before clocks change everywhere
WEEKS = int(os.environ.get("REFRAME_TEST_WEEKS", "6"))  # 52 for a whole year: two minutes
STEPS = WEEKS * 7 * 4


@pytest.mark.slow
@pytest.mark.postgres
async def test_49_each_week_once_on_its_day(postgres: Postgres) -> None:
    """49, 51: in each of its ISO weeks each person has one look back and each team one digest, on
    the right day of the own calendar, though four processes race for every one of them."""
    chance = random.Random(49)
    slots = {f"U{n}": f"{chance.choice(DAYS)} {chance.randint(8, 17):02}:30" for n in range(PEOPLE)}
    with postgres.database() as address:
        database = Database(address)
        await database.open()
        await database.migrate()
        async with database.begin() as connection:
            for user, slot in slots.items():
                due = Slot.parse(slot).next_after(START, ZoneInfo(zone_of(user)))
                await connection.execute(
                    insert(people).values(
                        team="T1", user=user, reflect=True, reflect_at=slot, reflect_due=due,
                        zone=zone_of(user),
                    )
                )  # fmt: skip
            for n in range(TEAMS):
                slot = slots[f"U{n}"]
                due = Slot.parse(slot).next_after(START, ZoneInfo(zone_of(f"U{n}")))
                await connection.execute(
                    insert(groups).values(
                        id=f"G{n}", team="T1", manager=f"U{n}", name=f"Team {n}", slot=slot,
                        digest_due=due, created_at=START,
                    )
                )  # fmt: skip
        sent = await played(address)
        async with database.begin() as connection:
            said = (await connection.execute(select(outbox))).mappings().all()
            notes = (await connection.execute(select(weekly))).mappings().all()
        await database.close()

    assert sent == len(said)
    assert {n["reason"] for n in notes} == {None}
    seen = Counter((s["key"].split("-")[0], s["reader"]) for s in said)
    wanted = {user: slots_of(user, slot) for user, slot in slots.items()}
    assert {user: seen["reflection", user] for user in slots} == wanted
    assert all(seen["digest", f"U{n}"] == wanted[f"U{n}"] for n in range(TEAMS))
    assert len({s["key"] for s in said}) == len(said)
    for one in said:
        user = one["reader"]
        local = datetime.fromtimestamp(one["created_at"], ZoneInfo(zone_of(user)))
        assert DAYS[local.weekday()] == slots[user].split()[0]
    weeks = Counter(
        (s["reader"], week_of(s["created_at"], ZoneInfo(zone_of(s["reader"]))))
        for s in said
        if s["key"].startswith("reflection")
    )
    assert set(weeks.values()) == {1}


def slots_of(user: str, slot: str) -> int:
    """How many slots of a person lie in the time that is played."""
    zone, count, at = ZoneInfo(zone_of(user)), 0, START
    while (at := Slot.parse(slot).next_after(at, zone)) <= START + STEPS * STEP:
        count += 1
    return count


async def played(address: str) -> int:
    """Ticks through the year, all processes at once at each step; how much they say they sent."""
    program = (sys.executable, "-m", "tests.faults.ticking", address)
    workers = [
        await asyncio.create_subprocess_exec(
            *program,
            cwd=Path(__file__).parent.parent.parent,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(PROCESSES)
    ]
    sent = 0
    for step in range(1, STEPS + 1):
        for worker in workers:
            assert worker.stdin is not None
            worker.stdin.write(f"{START + step * STEP}\n".encode())
        for worker in workers:
            assert worker.stdout is not None
            sent += int(await asyncio.wait_for(worker.stdout.readline(), 60))
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.close()
        await worker.wait()
    return sent
