"""What is kept, and for how long, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, insert, select

from bot.core.model import Feedback, Message, Reason, Reply, Suspect, Trap, Verdict
from bot.core.policy import DAY, Limits
from bot.flows.ports import Post, PostKind
from bot.store.database import Database
from bot.store.inbox import SqlInbox
from bot.store.outbox import SqlOutbox
from bot.store.people import SqlPeople
from bot.store.tables import findings, inbox, mutes, outbox
from bot.store.tidy import tidy

NOW = 1_760_000_000.0
HOUR = 3_600.0
LIMITS = Limits()
END = 90 * DAY
SEEN = Verdict(Trap.FIXING, 0.97, suspicious=True, sure=True, detector="test")
REPLY = Reply("fixing-01", "A gap is in view.", "What did they say?", "Idea from: an article")
WORDS = {str(f): "thanks" for f in Feedback}


def message(n: int = 1, words: str = "they owe us") -> Message:
    at = f"{1_760_000_000 + n}.000100"
    return Message(f"Ev{n}", "T1", "C1", at, "U1", words, version=at)


async def stored(database: Database, n: int = 1, *, at: float = NOW) -> Suspect:
    """A message that waits since then."""
    box = SqlInbox(database)
    await box.accept(message(n), due_at=at, now=at)
    return next(s for s in await box.due(at, 99) if s.message.event_id == f"Ev{n}")


async def decided(
    database: Database, n: int = 1, *, at: float = NOW, outcome: Reason | Reply = Reason.DAILY_CAP
) -> None:
    suspect = await stored(database, n, at=at)
    await SqlInbox(database).decide(suspect, SEEN, outcome, now=at, playbook="p")


async def nudged(database: Database, *, at: float = NOW) -> Post:
    """A question that is queued since then."""
    await decided(database, at=at, outcome=REPLY)
    (post,) = await SqlOutbox(database).ready(at, 9)
    return post


async def said(database: Database, *, at: float = NOW) -> Post:
    """A question that stands in its thread since then."""
    out, post = SqlOutbox(database), await nudged(database, at=at)
    await out.begin(post, now=at, doubt_until=at + 15)
    await out.sent(post, "1760000002.000100", now=at)
    return post


async def rows(database: Database, table: Table) -> list[Any]:
    async with database.begin() as connection:
        return list(await connection.execute(select(table)))


async def test_old_text_goes_and_says_why(database: Database) -> None:
    """A message that waited for a day loses its text and is decided as too old."""
    await stored(database)

    assert await tidy(database, LIMITS, NOW + 24 * HOUR) == 1
    (row,) = await rows(database, inbox)
    assert (row.text, row.reason, row.decided_at) == (None, Reason.TOO_OLD, NOW + 24 * HOUR)
    assert await SqlInbox(database).next_due() is None


async def test_younger_text_stays(database: Database) -> None:
    """A message that waited for less than a day waits on, word for word."""
    suspect = await stored(database)

    assert await tidy(database, LIMITS, NOW + 24 * HOUR - 1) == 0
    assert await SqlInbox(database).due(NOW, 9) == [suspect]


async def test_putting_off_does_not_keep_text(database: Database) -> None:
    """Tries that were put off, and edits, don't lengthen a text's day."""
    box = SqlInbox(database)
    await box.postpone(await stored(database), NOW + 30 * HOUR)
    edited = dataclasses.replace(message(words="newer"), version="1760080000.000100")
    await box.amend(edited, due_at=NOW + 30 * HOUR, now=NOW + 23 * HOUR)
    await tidy(database, LIMITS, NOW + 24 * HOUR)

    assert [r.text for r in await rows(database, inbox)] == [None]


async def test_too_old_is_too_late_to_decide(database: Database) -> None:
    """A decision that was under way when the text went is not taken."""
    suspect = await stored(database)
    await tidy(database, LIMITS, NOW + 24 * HOUR)

    late = SqlInbox(database).decide(suspect, SEEN, REPLY, now=NOW + 24 * HOUR, playbook="p")
    assert not await late
    assert await rows(database, outbox) == []


async def test_old_decisions_go(database: Database) -> None:
    """After ninety days nothing is left of a decision and of a question that was said."""
    await said(database)
    await decided(database, 2)
    await tidy(database, LIMITS, NOW + END)

    for table in (inbox, findings, outbox):
        assert await rows(database, table) == []


async def test_younger_decisions_stay(database: Database) -> None:
    """Until then all of it stays as it was."""
    await said(database)
    await decided(database, 2)
    before = [await rows(database, t) for t in (inbox, findings, outbox)]

    assert await tidy(database, LIMITS, NOW + END - 1) == 0
    assert [await rows(database, t) for t in (inbox, findings, outbox)] == before


async def test_old_and_young_are_told_apart(database: Database) -> None:
    """Only what is past its time goes."""
    await decided(database, 1, at=NOW)
    await decided(database, 2, at=NOW + DAY)
    await tidy(database, LIMITS, NOW + END)

    assert [r.event_id for r in await rows(database, inbox)] == ["Ev2"]
    assert [r.created_at for r in await rows(database, findings)] == [NOW + DAY]


@pytest.mark.parametrize("trying", [False, True])
async def test_an_unsent_question_is_not_lost(database: Database, trying: bool) -> None:
    """A question that is queued, or in doubt, outlives every tidying."""
    out, post = SqlOutbox(database), await nudged(database)
    if trying:
        await out.begin(post, now=NOW, doubt_until=NOW + 15)
    for hour in range(3):
        await tidy(database, LIMITS, NOW + END + hour * HOUR)

    (still,) = await out.ready(NOW + END, 9)
    assert (still.key, still.body) == (post.key, post.body)


async def test_an_unsent_retraction_is_not_lost(database: Database) -> None:
    """A nudge that is still to be taken away is known until that is done."""
    post = await said(database)
    at = NOW + END - HOUR
    await SqlPeople(database).answer(
        post.key,
        "U1",
        Feedback.WRONG,
        now=at,
        words=WORDS,
        mute_until=at + DAY,
        pause_until=at + DAY,
    )
    await tidy(database, LIMITS, NOW + END)

    ready = await SqlOutbox(database).ready(NOW + END, 9)
    targets = [p.target for p in ready if p.kind is PostKind.RETRACT]
    assert targets == ["1760000002.000100"]


async def test_expired_mutes_go(database: Database) -> None:
    """A mute goes when its time is over, and not before."""
    who = {"team": "T1", "user": "U1"}
    async with database.begin() as connection:
        await connection.execute(
            insert(mutes),
            [who | {"trap": "blame", "until": NOW}, who | {"trap": "fixing", "until": NOW + 1}],
        )

    assert await tidy(database, LIMITS, NOW) == 1
    assert [r.trap for r in await rows(database, mutes)] == ["fixing"]


async def test_the_spans_are_settings(database: Database) -> None:
    """Shorter spans erase sooner."""
    await decided(database, 1)
    await stored(database, 2)
    short = dataclasses.replace(LIMITS, text_hours=1, retention_days=0.5)
    await tidy(database, short, NOW + 12 * HOUR)

    assert [(r.event_id, r.text) for r in await rows(database, inbox)] == [("Ev2", None)]


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
async def test_tidied_text_is_in_no_file(database: Database, tmp_path: Path) -> None:
    """What was tidied stands neither in the database nor in the files beside it."""
    box = SqlInbox(database)
    await box.accept(message(1, "zanzibar quince " * 1_000), due_at=NOW, now=NOW)
    await box.accept(message(2, "medlar sorbet"), due_at=NOW + DAY, now=NOW + DAY)
    assert b"zanzibar" in every_byte(tmp_path)
    await tidy(database, LIMITS, NOW + DAY)

    assert b"zanzibar" not in every_byte(tmp_path)
    assert b"medlar" in every_byte(tmp_path)


def every_byte(folder: Path) -> bytes:
    """All files of the database: the file itself, write-ahead, shared memory, lock."""
    return b"".join(f.read_bytes() for f in folder.iterdir() if f.is_file())
