"""What comes once a week, on SQLite and on PostgreSQL: once, sealed, and gone in time."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, insert, select

from bot.core.policy import DAY, Limits
from bot.flows.week_ports import Learnt, Said, Weekly
from bot.store.database import Database
from bot.store.outbox import SqlOutbox
from bot.store.record import SqlRecord
from bot.store.sealing import Sealer
from bot.store.tables import counted, digests, followups, people, reflections, weekly
from bot.store.tidy import tidy
from bot.store.weeks import SqlWeeks

NOW = 1_760_000_000.0
SAID = Said("reflection-U1-2026-W48", "U1", "U1", {"text": "t", "blocks": "[]"})
SECRET = "a-secret-of-sixteen"


async def known(database: Database, **values: object) -> None:
    async with database.begin() as connection:
        await connection.execute(insert(people).values(team="T1", user="U1", **values))


async def test_once_a_week_for_all(database: Database) -> None:
    """However many try at the same time, it is done and said once, and the next is set."""
    await known(database, reflect=True, reflect_due=NOW - 1, reflect_at="fri 15:00")
    weeks = SqlWeeks(database, Sealer())
    (due,) = await weeks.reflections_due(NOW, 9)
    assert (due.user, due.slot, due.at) == ("U1", "fri 15:00", NOW - 1)

    async def one() -> bool:
        return await weeks.done(
            Weekly.REFLECTION, "T1", "U1", "2026-W48",
            reason=None, said=SAID, due=NOW + 7, zone="UTC", now=NOW,
        )  # fmt: skip

    assert sorted(await asyncio.gather(*(one() for _ in range(5)))) == [False] * 4 + [True]
    assert len(await SqlOutbox(database).ready(NOW, 9)) == 1
    assert await weeks.reflections_due(NOW, 9) == []
    assert len(await weeks.reflections_due(NOW + 7, 9)) == 1
    await weeks.put_off(Weekly.REFLECTION, "T1", "U1", due=None)
    assert await weeks.reflections_due(NOW + 99, 9) == []


async def test_what_is_sealed_comes_back_to_its_author(database: Database) -> None:
    """Answers of one week are put together; another key reads nothing; an old one still does."""
    weeks = SqlWeeks(database, Sealer(SECRET))
    assert weeks.keeps
    assert await weeks.reflect("T1", "U1", "2026-W48", {"if": "they wait"}, now=NOW)
    assert await weeks.reflect("T1", "U1", "2026-W48", {"then": "I ask"}, now=NOW)

    assert await weeks.plan("T1", "U1") == ("they wait", "I ask")
    assert await weeks.plan("T1", "U2") == ("", "")
    assert await SqlWeeks(database, Sealer("another-secret-here")).plan("T1", "U1") == ("", "")
    rotated = SqlWeeks(database, Sealer("another-secret-here", SECRET))
    assert await rotated.plan("T1", "U1") == ("they wait", "I ask")
    async with database.begin() as connection:
        sealed = await connection.scalar(select(reflections.c.sealed))
    assert sealed is not None
    assert "wait" not in sealed


async def test_without_a_key_only_that_it_was_done(database: Database) -> None:
    """No key: no answer stands in the database, only that the person looked back."""
    weeks = SqlWeeks(database, Sealer())

    assert not weeks.keeps
    assert not await weeks.reflect("T1", "U1", "2026-W48", {"if": "they wait"}, now=NOW)
    async with database.begin() as connection:
        assert (await connection.execute(select(reflections.c.sealed))).scalars().all() == [None]


async def test_a_reply_finds_its_week(database: Database) -> None:
    """The ts of a look back that was said tells its week, to its reader alone."""
    await known(database)
    weeks, out = SqlWeeks(database, Sealer()), SqlOutbox(database)
    await weeks.say("T1", SAID, now=NOW)
    (post,) = await out.ready(NOW, 9)
    await out.begin(post, now=NOW, doubt_until=NOW)
    await out.sent(post, "77.5", now=NOW)

    assert await weeks.reflection_in("T1", "U1", "77.5") == "2026-W48"
    assert await weeks.reflection_in("T1", "U2", "77.5") is None
    assert await weeks.reflection_in("T1", "U1", "78.5") is None


async def test_what_became_of_it_is_its_sellers_to_say(database: Database) -> None:
    """Another's press changes nothing; the last answer counts; only numbers come out."""
    weeks = SqlWeeks(database, Sealer())
    async with database.begin() as connection:
        row = {"key": "k1", "team": "T1", "user": "U1", "at": NOW}
        await connection.execute(insert(followups).values(row))

    assert not await weeks.learnt("k1", "U2", Learnt.LEARNT)
    assert await weeks.learnt("k1", "U1", Learnt.ASKED)
    assert await weeks.learnt("k1", "U1", Learnt.LEARNT)
    assert await weeks.counted_learnt("T1") == {"learnt": 1}


async def test_it_all_goes_in_time(database: Database) -> None:
    """54: ninety days later nothing weekly is left; a workspace's end takes all at once."""
    rows = {
        weekly: {"kind": "digest", "subject": "G1", "week": "2025-W41", "at": NOW},
        reflections: {"user": "U1", "week": "2025-W41", "at": NOW},
        followups: {"key": "k", "user": "U1", "at": NOW},
        digests: {"group_id": "G1", "week": "2025-W41", "facts": "{}", "at": NOW},
        counted: {"group_id": "G1", "week": "2025-W41", "user": "U1"},
    }

    async def fill() -> None:
        async with database.begin() as connection:
            for table, row in rows.items():
                await connection.execute(insert(table).values(team="T1", **row))

    async def left() -> int:
        async with database.begin() as connection:
            counts = [
                await connection.scalar(select(func.count()).select_from(table)) for table in rows
            ]
        return sum(count or 0 for count in counts)

    await fill()
    await tidy(database, Limits(), NOW + 89 * DAY)
    assert await left() == 5
    await tidy(database, Limits(), NOW + 100 * DAY)
    assert await left() == 0
    await fill()
    await SqlRecord(database).erase_team("T2")
    assert await left() == 5
    await SqlRecord(database).erase_team("T1")
    assert await left() == 0


@pytest.mark.parametrize("sealed", [None, "", "not sealed", "gAAAAAB"])
def test_what_was_never_sealed(sealed: str | None) -> None:
    """Anything else than a seal of ours opens to nothing."""
    assert Sealer(SECRET).open(sealed) is None
    assert Sealer().seal("text") is None
