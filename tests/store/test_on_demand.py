"""Asks, records, channels and probation, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.core.model import Delivery, Feedback, Message, Reason, Reply, Trap, Verdict, Wishes
from bot.core.policy import DAY, Limits
from bot.flows.ask_ports import AskKind, Place
from bot.flows.ports import PostKind
from bot.store.asks import SqlAsks
from bot.store.channels import SqlChannels
from bot.store.database import Database
from bot.store.inbox import SqlInbox
from bot.store.outbox import SqlOutbox
from bot.store.people import SqlPeople
from bot.store.record import SqlRecord
from bot.store.tables import asks, metadata, outbox, people
from bot.store.tidy import tidy

NOW = 1_760_000_000.0
SEEN = Verdict(Trap.FIXING, 0.97, suspicious=True, sure=True, detector="test")
REPLY = Reply("fixing-01", "A gap is in view.", "What did they say?", "Idea", scenes=("demo",))
SAID = {"text": "said", "blocks": "[]"}


async def ask(store: SqlAsks, key: str = "k", **changes: Any) -> bool:
    given: dict[str, Any] = {
        "team": "T1",
        "user": "U1",
        "text": "canary words",
        "place": Place.RESPONSE,
        "address": "https://hooks.example/1",
        "now": NOW,
    }
    return await store.accept(key, AskKind.ADVICE, **(given | changes))


async def nudge(
    database: Database, number: int = 1, *, user: str = "U1", outcome: Reason | Reply = REPLY
) -> str:
    """One decided message of a user, whose nudge is out; returns the nudge's key."""
    box, out = SqlInbox(database), SqlOutbox(database)
    ts = f"176000{number:04}.000100"
    await box.accept(Message(f"Ev{number}", "T1", "C1", ts, user, "w"), due_at=NOW, now=NOW)
    (suspect,) = await box.due(NOW, 1)
    await box.decide(suspect, SEEN, outcome, now=NOW, playbook="p")
    for post in await out.ready(NOW, 9):
        await out.begin(post, now=NOW, doubt_until=NOW + 15)
        await out.sent(post, f"{ts}-bot", now=NOW)
    return f"nudge-C1-{ts}"


async def test_an_ask_is_taken_once(database: Database) -> None:
    """However often it is delivered, also at the same time, an ask is there once."""
    store = SqlAsks(database)
    taken = await asyncio.gather(*(ask(store) for _ in range(8)))

    assert sorted(taken) == [False] * 7 + [True]
    (waiting,) = await store.due(NOW, 9)
    assert (waiting.text, waiting.place, waiting.kind) == (
        "canary words",
        Place.RESPONSE,
        AskKind.ADVICE,
    )
    assert "canary" not in repr(waiting)


async def test_what_is_answered_is_erased(database: Database) -> None:
    """With the answer words and address go; its questions are remembered; it is done once."""
    store = SqlAsks(database)
    await ask(store)
    (waiting,) = await store.due(NOW, 9)
    await store.done(waiting, now=NOW, questions=["blame-01", "blame-02"])
    await store.done(waiting, now=NOW + 5, questions=["blame-03"])

    async with database.begin() as connection:
        row = (await connection.execute(select(asks))).one()
    assert (row.text, row.address, row.done_at) == (None, None, NOW)
    assert await store.asked("T1", "U1") == {"blame-01": NOW, "blame-02": NOW}
    assert await store.asked("T1", "U2") == {}
    assert await store.due(NOW + 9, 9) == []
    assert not await ask(store)


async def test_an_answer_for_a_conversation_goes_through_the_outbox(database: Database) -> None:
    """The answer is queued in the same transaction, once, and its body goes when it is said."""
    store, out = SqlAsks(database), SqlOutbox(database)
    await ask(store, place=Place.DIRECT, address="D1", ts="1.5")
    (waiting,) = await store.due(NOW, 9)
    for _ in range(2):
        await store.done(waiting, now=NOW, post=SAID)

    (post,) = await out.ready(NOW, 9)
    assert (post.kind, post.channel, post.thread_ts, post.target) == (
        PostKind.SAY, "D1", "1.5", "U1",
    )  # fmt: skip
    assert post.body == SAID
    await out.begin(post, now=NOW, doubt_until=NOW)
    await out.sent(post, "2.5", now=NOW)
    async with database.begin() as connection:
        assert (await connection.execute(select(outbox.c.body))).scalars().all() == ["{}"]


async def test_another_try_and_the_count(database: Database) -> None:
    """A try can be put off; asks of one person in a span are counted."""
    store = SqlAsks(database)
    await ask(store)
    await ask(store, "k2", user="U2")
    first, second = await store.due(NOW, 9)
    await store.again(first, at=NOW + 7)

    assert await store.due(NOW, 9) == [second]
    assert await store.next_due() == NOW
    await store.done(second, now=NOW)
    assert await store.next_due() == NOW + 7
    assert (await store.due(NOW + 7, 9))[0].attempts == 1
    assert await store.recent("T1", "U1", NOW - 60) == 1
    assert await store.recent("T1", "U1", NOW) == 0


async def test_asks_go_after_a_day(database: Database) -> None:
    """54: no words of an ask are older than a day, answered or not."""
    store = SqlAsks(database)
    await ask(store)
    await tidy(database, Limits(), NOW + DAY)

    async with database.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(asks)) == 0


async def test_wishes_come_back(database: Database) -> None:
    """What was wished is read back; what was not is the house's."""
    record = SqlRecord(database)
    assert await record.wishes("T1", "U1") == Wishes()
    await record.wish("T1", "U1", delivery=Delivery.PRIVATE, daily_limit=0, quiet="off")
    await record.wish("T1", "U1", reflect=True, reflect_at="thu 16:00", daily_limit=None)

    assert await record.wishes("T1", "U1") == Wishes(
        delivery=Delivery.PRIVATE, quiet="off", reflect=True, reflect_at="thu 16:00"
    )
    assert await record.wishes("T1", "U2") == Wishes()


async def test_wishes_reach_the_decision(database: Database) -> None:
    """Policy sees the person's wishes, the channel's mode and a probation."""
    await SqlRecord(database).wish("T1", "U1", daily_limit=3)
    await SqlChannels(database).watch("T1", "C1", Delivery.OBSERVE)
    later = Message("Ev9", "T1", "C1", "1760009999.000100", "U1", "w")
    past = await SqlInbox(database).past(later, Trap.FIXING, now=NOW, cool_down_seconds=0)

    assert past.wishes.daily_limit == 3
    assert past.delivery is Delivery.OBSERVE
    assert (past.ignored, past.on_probation) == (0, False)


async def test_the_unanswered_in_a_row(database: Database) -> None:
    """Questions older than a day that nobody answered count, from the last answer or resume on."""
    box, store = SqlInbox(database), SqlPeople(database)
    keys = [await nudge(database, n) for n in (1, 2, 3)]
    later = Message("Ev9", "T1", "C9", "1760009999.000100", "U1", "w")

    async def ignored(now: float) -> int:
        return (await box.past(later, Trap.FIXING, now=now, cool_down_seconds=0)).ignored

    assert await ignored(NOW + DAY - 1) == 0
    assert await ignored(NOW + DAY) == 3
    await store.tell(keys[1], "U1", "why", "line", now=NOW + 5, gap_seconds=3)
    assert await ignored(NOW + DAY) == 1
    await store.resume("T1", "U1", now=NOW + 6)
    assert await ignored(NOW + DAY) == 0


async def test_what_was_only_counted_counts_against_the_caps(database: Database) -> None:
    """Observing shows what speaking would be like, so its findings use up the caps too."""
    await nudge(database, outcome=Reason.OBSERVED)
    later = Message("Ev9", "T1", "C1", "1760009999.000100", "U1", "w")
    past = await SqlInbox(database).past(later, Trap.FIXING, now=NOW, cool_down_seconds=DAY)

    assert (past.nudged_at, past.cooling, past.ignored) == ([NOW], True, 0)


async def test_everything_and_the_end_of_it(database: Database) -> None:
    """Each table with a person in it is in the export, and is empty after the erasure."""
    record, store = SqlRecord(database), SqlPeople(database)
    key = await nudge(database)
    await nudge(database, 2, user="U2")
    await SqlPeople(database).answer(
        key, "U1", Feedback.WRONG, now=NOW, words={f: f for f in Feedback} | {"only_author": "x"},
        mute_until=NOW + DAY, pause_until=NOW,
    )  # fmt: skip
    await store.label(key, "U1", reason="fact", words="mine", now=NOW)
    await record.wish("T1", "U1", daily_limit=1)
    await ask(SqlAsks(database))
    await SqlChannels(database).invited(
        "T1", "C7", inviter="U1", key="Ev7", notice=SAID, hello=SAID, now=NOW
    )
    found = await record.everything("T1", "U1")

    assert {name for name, rows in found.items() if rows} == {
        "asked", "asks", "channels", "findings", "inbox", "labels", "mutes", "outbox", "people",
    }  # fmt: skip
    count, paused = await record.erase("T1", "U1", now=NOW)
    assert (count > 8, paused) == (True, False)
    assert not any((await record.everything("T1", "U1")).values())
    assert (await record.everything("T1", "U2"))["findings"]


def test_no_table_with_people_is_forgotten() -> None:
    """Whoever adds a table that names a person has to add it to the record, or say here why not."""
    from bot.store.record import _OWNER

    naming = {
        t.name
        for t in metadata.sorted_tables
        if {"user", "author", "reader", "inviter", "manager", "member"} & set(t.c.keys())
    }
    assert naming - set(_OWNER) == {"channels"}  # holds who invited, which is emptied


async def test_a_pause_that_lasts_is_kept(database: Database) -> None:
    """Of an erased person only a pause that still lasts is kept."""
    record, store = SqlRecord(database), SqlPeople(database)
    await store.pause("T1", "U1", until=NOW + DAY)
    await record.wish("T1", "U1", daily_limit=1)

    assert (await record.erase("T1", "U1", now=NOW))[1] is True
    assert await record.wishes("T1", "U1") == Wishes(paused_until=NOW + DAY)
    assert (await record.erase("T1", "U1", now=NOW + 2 * DAY))[1] is False
    async with database.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(people)) == 0


async def test_probation_by_ratings(database: Database) -> None:
    """A tenth of thirty: put there once, told to the admins, and cleared with a clean slate."""
    channels = SqlChannels(database)
    words = {str(f): str(f) for f in Feedback} | {"only_author": "x"}
    for n in range(1, 31):
        key = await nudge(database, n)
        given = Feedback.WRONG if n <= 3 else Feedback.HELPFUL
        await SqlPeople(database).answer(
            key, "U1", given, now=NOW + n, words=words, mute_until=NOW, pause_until=NOW
        )

    async def review(now: float) -> bool:
        return await channels.review(
            "T1",
            Trap.FIXING,
            useless=lambda bad, rated: rated >= 30 and bad * 10 >= rated,
            told=lambda bad, rated: {"text": f"{bad}/{rated}", "blocks": "[]"},
            admins=["UA", "UB"],
            now=now,
        )

    assert [await review(NOW + 100), await review(NOW + 101)] == [True, False]
    told = [p for p in await SqlOutbox(database).ready(NOW + 200, 99) if p.kind is PostKind.SAY]
    assert [(p.channel, p.body["text"]) for p in told] == [("UA", "3/30"), ("UB", "3/30")]
    await channels.clear("T1", Trap.FIXING, now=NOW + 300)
    assert await review(NOW + 301) is False


async def test_an_invitation_is_told_once(database: Database) -> None:
    """The same event twice makes one hello and one notice; the inviter is remembered."""
    channels, out = SqlChannels(database), SqlOutbox(database)
    told = [
        await channels.invited(
            "T1", "C7", inviter="U1", key="Ev7", notice=SAID, hello=SAID, now=NOW
        )
        for _ in range(2)
    ]

    assert told == [True, False]
    assert [p.channel for p in await out.ready(NOW, 9)] == ["U1", "C7"]
    assert (await channels.channel("T1", "C7", since=0)).inviter == "U1"
    assert await channels.inviters("T1") == ["U1"]


async def test_the_whole_way_of_a_private_nudge(database: Database) -> None:
    """A private nudge is known by its key, and comes into its thread once."""
    store, out = SqlPeople(database), SqlOutbox(database)
    private = Reply(
        "fixing-01",
        "A gap is in view.",
        "What did they say?",
        "Idea",
        private=True,
        scenes=("demo",),
    )
    key = await nudge(database, outcome=private)
    known = await store.nudged(key)
    assert known is not None
    assert (known.private, known.scenes, known.trap) == (True, ("demo",), Trap.FIXING)

    assert [await store.to_thread(key, "done", now=NOW) for _ in range(2)] == [True, False]
    kinds = {p.kind: p for p in await out.ready(NOW, 9)}
    assert set(kinds) == {PostKind.NUDGE, PostKind.WHISPER}
    assert kinds[PostKind.NUDGE].body["finding"] == key


@pytest.mark.parametrize("gap", [0.0, 2.9, 3.0])
async def test_a_double_click_tells_once(database: Database, gap: float) -> None:
    """Within three seconds the same is told once; later it is told again."""
    store = SqlPeople(database)
    key = await nudge(database)
    first = await store.tell(key, "U1", "why", "a", now=NOW, gap_seconds=3)
    second = await store.tell(key, "U1", "why", "b", now=NOW + gap, gap_seconds=3)

    assert (first, second) == (True, gap >= 3)
