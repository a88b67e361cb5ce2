"""What is kept, and for how long, on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, event, select
from sqlalchemy.engine import Engine

from bot.core.digest_stats import DigestFigures
from bot.core.model import Trap
from bot.core.policy import DAY, HOUR, Limits, utc_day
from bot.flows.ports.asks import Ask, AskKind, ReplyPlace
from bot.flows.ports.channels import ChannelFigures
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.people import Topic, WrongLabel
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.weekly import DueFollowUp, WeeklyKind
from bot.store.database import Database
from bot.store.retention import purge_expired
from bot.store.tables import (
    asks,
    channel_figures,
    channel_pacing,
    channel_tests,
    digest_members,
    digests,
    findings,
    follow_ups,
    inbox,
    labels,
    llm_calls,
    mutes,
    named_people,
    outbox,
    reflections,
    sales_teams,
    topics,
    weekly_runs,
)
from tests.contracts.examples import join
from tests.store.examples import (
    NOW,
    add,
    claim,
    claim_post,
    decide,
    every_byte,
    message,
    store_of,
)

LIMITS = Limits()
END = 90 * DAY


async def nudged(database: Database) -> str:
    """A question that is queued; its key."""
    return await decide(store_of(database), reason=None)


async def sent(database: Database) -> str:
    """A question that stands in its thread; its key."""
    key = await nudged(database)
    post = await claim_post(store_of(database))
    async with store_of(database).begin() as uow:
        await uow.outbox.mark_sending(post, now=NOW, unconfirmed_until=NOW + 15)
        await uow.outbox.mark_sent(post, "1760000002.000100", now=NOW)
        await uow.outbox.hold_channel("T1", "C1", until=NOW)
    return key


async def rows(database: Database, table: Table) -> list[Any]:
    async with database.begin() as connection:
        return list(await connection.execute(select(table)))


async def test_old_text_goes_and_says_why(database: Database) -> None:
    """A message that waited for a day loses its text and is decided as too old."""
    await add(store_of(database))

    assert await purge_expired(database, LIMITS, NOW + 24 * HOUR) == 1
    (row,) = await rows(database, inbox)
    assert (row.sealed_text, row.reason, row.decided_at) == (None, "too_old", NOW + 24 * HOUR)
    async with store_of(database).begin() as uow:
        assert await uow.inbox.next_due() is None


async def test_nobody_waits_for_a_whole_purge(database: Database) -> None:
    """What comes in meanwhile gets its turn after each statement. All in one transaction, they
    kept the one connection of SQLite for longer than an event waits for it, if the bot had just
    started and many came at once; those were not acknowledged."""
    longest, since_commit = 0, 0

    def note_statement(*_: object) -> None:
        nonlocal longest, since_commit
        since_commit += 1
        longest = max(longest, since_commit)

    def note_commit(_: object) -> None:
        nonlocal since_commit
        since_commit = 0

    event.listen(Engine, "before_cursor_execute", note_statement)
    event.listen(Engine, "commit", note_commit)
    try:
        await purge_expired(database, LIMITS, NOW)
    finally:
        event.remove(Engine, "before_cursor_execute", note_statement)
        event.remove(Engine, "commit", note_commit)
    assert longest <= 3  # one that begins, and two about workspaces that are gone


async def test_younger_text_stays(database: Database) -> None:
    """A message that waited for less than a day waits on, word for word."""
    await add(store_of(database))

    assert await purge_expired(database, LIMITS, NOW + 24 * HOUR - 1) == 0
    assert (await claim(store_of(database))).message == message()


async def test_putting_off_does_not_keep_text(database: Database) -> None:
    """Tries that were put off, and edits, don't lengthen a text's day."""
    store = store_of(database)
    await add(store)
    candidate = await claim(store)
    edited = dataclasses.replace(message(words="newer"), version="1760080000.000100")
    async with store.begin() as uow:
        assert await uow.inbox.release(candidate, due_at=NOW + 30 * HOUR, attempts=1)
        assert await uow.inbox.replace_waiting(NewMessage(edited, NOW + 30 * HOUR))
    await purge_expired(database, LIMITS, NOW + 24 * HOUR)

    assert [r.sealed_text for r in await rows(database, inbox)] == [None]


async def test_too_old_is_too_late_to_decide(database: Database) -> None:
    """A decision that was under way when the text went is not taken."""
    store = store_of(database)
    await add(store)
    candidate = await claim(store)
    await purge_expired(database, LIMITS, NOW + 24 * HOUR)

    async with store.begin() as uow:
        assert not await uow.inbox.decide(candidate, None, now=NOW + 24 * HOUR)


async def test_old_decisions_go(database: Database) -> None:
    """After ninety days nothing is left of a decision and of a question that was sent."""
    await sent(database)
    await decide(store_of(database), 2)
    await purge_expired(database, LIMITS, NOW + END)

    for table in (inbox, findings, outbox):
        assert await rows(database, table) == []


async def test_younger_decisions_stay(database: Database) -> None:
    """Until then all of it stays as it was."""
    await sent(database)
    await decide(store_of(database), 2)
    tables = (inbox, findings, outbox)
    before = [await rows(database, table) for table in tables]

    await purge_expired(database, LIMITS, NOW + END - 1)
    assert [await rows(database, table) for table in tables] == before


async def test_old_and_young_are_told_apart(database: Database) -> None:
    """Only what is past its time goes."""
    await decide(store_of(database), 1, at=NOW)
    await decide(store_of(database), 2, at=NOW + DAY)
    await purge_expired(database, LIMITS, NOW + END)

    assert [r.event_id for r in await rows(database, inbox)] == ["Ev2"]
    assert [r.created_at for r in await rows(database, findings)] == [NOW + DAY]


@pytest.mark.parametrize("trying", [False, True])
async def test_an_unsent_question_is_not_lost(database: Database, trying: bool) -> None:
    """A question that is queued, or unconfirmed, outlives every purge."""
    store, key = store_of(database), await nudged(database)
    if trying:
        async with store.begin() as uow:
            (post,) = await uow.outbox.claim_ready(now=NOW, limit=1, owner="w", lease_until=NOW)
            await uow.outbox.mark_sending(post, now=NOW, unconfirmed_until=NOW + 15)
    for hour in range(3):
        await purge_expired(database, LIMITS, NOW + END + hour * HOUR)

    still = await claim_post(store, at=NOW + END)
    assert (still.message.key, still.message.content) == (key, {"question": "What?"})


async def test_an_unsent_deletion_is_not_lost(database: Database) -> None:
    """A nudge that is still to be taken away is known until that is done."""
    key = await sent(database)
    deletion = OutgoingMessage("delete", MessageKind.DELETE, "T1", "C1", about_key=key)
    elsewhere = dataclasses.replace(deletion, workspace_id="T2")
    async with store_of(database).begin() as uow:
        await uow.outbox.enqueue(deletion, now=NOW + END - HOUR)
        await uow.outbox.enqueue(elsewhere, now=NOW + END - HOUR)
    await purge_expired(database, LIMITS, NOW + END)

    post = await claim_post(store_of(database), at=NOW + END)
    assert (post.message, post.target_ts) == (deletion, "1760000002.000100")


async def test_expired_mutes_go(database: Database) -> None:
    """A mute goes when its time is over, and not before."""
    async with store_of(database).begin() as uow:
        await uow.people.mute("T1", "U1", Trap.BLAME, until=NOW)
        await uow.people.mute("T1", "U1", Trap.FIXING, until=NOW + 1)

    assert await purge_expired(database, LIMITS, NOW) == 1
    assert [r.trap for r in await rows(database, mutes)] == ["fixing"]


async def test_tests_go_when_they_end(database: Database) -> None:
    """Nobody can see later who tried the bot out."""
    async with store_of(database).begin() as uow:
        await uow.channels.start_test("T1", "C1", "U1", until=NOW)
        await uow.channels.start_test("T1", "C1", "U2", until=NOW + 1)

    assert await purge_expired(database, LIMITS, NOW) == 1
    assert [r.user_id for r in await rows(database, channel_tests)] == ["U2"]


async def test_topics_and_pacing_go_within_hours(database: Database) -> None:
    """A topic serves follow-up talk for an hour, a hold on a channel much less."""
    async with store_of(database).begin() as uow:
        await uow.people.set_topic("T1", "U1", Topic(Trap.BLAME, ("demo",), NOW))
        await uow.outbox.hold_channel("T1", "C1", until=NOW)
    await purge_expired(database, LIMITS, NOW + LIMITS.topic_seconds - 1)
    assert [len(await rows(database, t)) for t in (topics, channel_pacing)] == [1, 1]
    await purge_expired(database, LIMITS, NOW + LIMITS.topic_seconds)

    assert [len(await rows(database, t)) for t in (topics, channel_pacing)] == [0, 0]


@pytest.mark.fault_case(54)
async def test_asks_go_after_a_day(database: Database) -> None:
    """54: no words of an ask are older than a day, answered or not."""
    ask = Ask("k", AskKind.ADVICE, "T1", "U1", ReplyPlace.RESPONSE, "https://x", "canary")
    async with store_of(database).begin() as uow:
        await uow.asks.add(ask, now=NOW)
    await purge_expired(database, LIMITS, NOW + DAY - 1)
    assert len(await rows(database, asks)) == 1
    await purge_expired(database, LIMITS, NOW + DAY)

    assert await rows(database, asks) == []


async def test_old_days_of_the_budget_go(database: Database) -> None:
    """Counts of calls are kept as long as labels."""
    async with store_of(database).begin() as uow:
        for at in (NOW - 100 * DAY, NOW):
            await uow.llm_usage.add_call("T1", utc_day(at), at_most=7)
    await purge_expired(database, LIMITS, NOW)

    assert [r.day for r in await rows(database, llm_calls)] == ["2025-10-09"]


@pytest.mark.fault_case(54)
async def test_all_that_is_weekly_goes_in_time(database: Database) -> None:
    """54: ninety days later nothing weekly is left, and no label without words."""
    team, week = SalesTeam("G1", "T1", "boss", "Harbor", "mon 09:00"), "2025-W41"
    async with store_of(database).begin() as uow:
        await uow.weekly.record_run(WeeklyKind.DIGEST, "T1", "G1", week, skipped=None, now=NOW)
        await uow.weekly.add_follow_up(DueFollowUp("T1", "U1", "k", "q"), now=NOW)
        await uow.reflections.save("T1", "U1", week, {}, now=NOW)
        await uow.digests.save(team, week, DigestFigures(), frozenset({"U1"}), now=NOW)
        await uow.channels.save_figures("T1", "C1", week, ChannelFigures(), now=NOW)
        await join(uow, team, ["U1"], accepted=NOW)
        await join(uow, replace(team, id="G2"), ["U1"], accepted=NOW)
        await uow.sales_teams.end("T1", "G1", now=NOW)
        for key in ("k1", "k2", "k3"):
            await uow.people.add_label(WrongLabel(key, "T1", "U1", Trap.FIXING), now=NOW)
        await uow.people.explain_label("T1", "k2", "U1", reason="fact", words="mine", now=NOW)
        await uow.people.explain_label("T1", "k3", "U1", reason="fact", words="", now=NOW)
    tables = (weekly_runs, follow_ups, reflections, digests, digest_members, channel_figures)
    kept = (labels, sales_teams, named_people)  # what still has a meaning, and a live team
    await purge_expired(database, LIMITS, NOW + 89 * DAY)
    assert [len(await rows(database, t)) for t in tables] == [1] * 6
    assert [len(await rows(database, t)) for t in kept] == [3, 2, 2]
    await purge_expired(database, LIMITS, NOW + 100 * DAY)

    assert [len(await rows(database, t)) for t in tables] == [0] * 6
    assert [len(await rows(database, t)) for t in kept] == [1] * 3


async def test_the_spans_are_settings(database: Database) -> None:
    """Shorter spans erase sooner."""
    await decide(store_of(database), 1)
    await add(store_of(database), 2)
    short = dataclasses.replace(LIMITS, text_hours=1, retention_days=0.5)
    await purge_expired(database, short, NOW + 12 * HOUR)

    assert [(r.event_id, r.sealed_text) for r in await rows(database, inbox)] == [("Ev2", None)]


@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
async def test_purged_words_are_in_no_file(database: Database, tmp_path: Path) -> None:
    """What was purged stands neither in the database nor in the files beside it, sealed though it
    was; and never did in readable words."""
    store = store_of(database)
    await add(store, 1, words="zanzibar quince " * 1_000)
    await add(store, 2, words="medlar sorbet", at=NOW + DAY)
    old, young = [row.sealed_text[:200].encode() for row in await rows(database, inbox)]
    assert old in every_byte(tmp_path)
    await purge_expired(database, LIMITS, NOW + DAY)

    assert old not in every_byte(tmp_path)
    assert young in every_byte(tmp_path)
    assert b"zanzibar" not in every_byte(tmp_path)
    assert b"medlar" not in every_byte(tmp_path)
