"""The way from version 0.1 with data in it, and back: nothing is lost, on both databases."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from alembic import command
from bot.core.digest_stats import DigestFigures, Theme
from bot.core.model import Delivery, Feedback, Preferences, Trap
from bot.flows.ports.channels import ChannelSettings, Probation
from bot.flows.ports.findings import NudgeRecord
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.outbox import ClaimedMessage, MessageKind, OutgoingMessage
from bot.flows.ports.sales_teams import Membership, NamedPerson, SalesTeam
from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.labels import KeptLabel, kept_labels
from bot.store.unit_of_work import SqlStore
from tests.once import made_once
from tests.postgres import Postgres
from tests.store.examples import NOW, message, store_of
from tests.store.landed import NUDGE, as_stored, everything, fill
from tests.store.test_migrations import Stopped, ask, differences, downgrade, scripts, stopping

CopyOf = Callable[[Callable[[str], None]], str]

LANDED = "0004"
STRIDE = 8
HOUR = 3_600.0
FIGURES = DigestFigures((Theme(Trap.BLAME, 5, 1),))


async def upgrade(database: Database, to: str) -> None:
    config = scripts()

    def forward(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, to)

    async with database.begin() as connection:
        await connection.run_sync(forward)


def land(address: str) -> None:
    """Make a database of version 0.1 with data in it."""
    _in_a_loop(address, is_upgraded=False)


def land_and_upgrade(address: str) -> None:
    """The same, after the upgrade."""
    _in_a_loop(address, is_upgraded=True)


def _in_a_loop(address: str, *, is_upgraded: bool) -> None:
    async def make() -> None:
        database = Database(address)
        await upgrade(database, LANDED)
        await ask(database, fill)
        if is_upgraded:
            await database.migrate()
        await database.close()

    with ThreadPoolExecutor(1) as thread:  # the calling test may have a running event loop
        thread.submit(asyncio.run, make()).result()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def copy_of(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CopyOf]:
    """Yield what returns the address of a copy of a database, which is made once."""
    with contextlib.ExitStack() as stack:

        def copy(make: Callable[[str], None]) -> str:
            if request.param == "postgres":
                server: Postgres = request.getfixturevalue("postgres")
                return stack.enter_context(server.database(like=make))
            made = made_once(
                tmp_path_factory, make.__name__, lambda folder: make(f"sqlite:///{folder}/made.db")
            )
            shutil.copy(made / "made.db", tmp_path / f"{make.__name__}.db")
            return f"sqlite:///{tmp_path}/{make.__name__}.db"

        yield copy


@pytest.fixture
async def landed(copy_of: CopyOf) -> AsyncIterator[Database]:
    """Yield a database of version 0.1 with data in it."""
    database = Database(copy_of(land))
    yield database
    await database.close()


@pytest.fixture
async def upgraded(copy_of: CopyOf) -> AsyncIterator[Database]:
    """Yield the same after the upgrade."""
    database = Database(copy_of(land_and_upgrade))
    yield database
    await database.close()


@pytest.fixture
async def store(upgraded: Database) -> SqlStore:
    """Return a store over it, after the upgrade."""
    return store_of(upgraded)


async def posts(store: SqlStore, now: float = NOW + HOUR) -> dict[int, ClaimedMessage]:
    async with store.begin() as uow:
        claimed = await uow.outbox.claim_ready(now=now, limit=99, owner="w", lease_until=now + 9)
    return {c.id: c for c in claimed}


async def test_no_row_is_lost(landed: Database) -> None:
    """Every table has as many rows after the upgrade, and it arrives at the models.

    Members of teams were named by the manager, which has a table of its own by now.
    """
    before = sum(len(rows) for rows in (await ask(landed, everything)).values())
    await landed.migrate()

    after = await ask(landed, everything)
    named = after.pop("named_people")
    assert [row["workspace_id"] for row in after.pop("workspace_secrets")] == ["T1"]  # for marks
    assert len(named) == len(after["sales_team_members"]) > 0
    assert sum(len(rows) for rows in after.values()) == before
    assert await ask(landed, differences) == []


async def test_a_downgrade_restores_every_value(landed: Database) -> None:
    """There and back, all rows are as version 0.1 wrote them, but labels, which name nobody by now,
    and words: what waits is fetched or asked for again, and what was said is said."""
    before = await ask(landed, everything)
    await landed.migrate()
    await downgrade(landed, LANDED)

    for rows in ((after := await ask(landed, everything)), before):
        for row in rows["outbox"]:
            row["body"] = json.loads(row["body"]) if row["done_at"] is None else {}
        for row in (*rows["inbox"], *rows["asks"]):
            row["text"] = None
    assert after.pop("labels") == []
    assert len(before.pop("labels")) == 1
    assert after == before


async def test_what_was_queued_is_sent(store: SqlStore) -> None:
    """Each kind of message is claimable after the upgrade, with all that it holds."""
    found = await posts(store)

    nudge = OutgoingMessage("nudge-C1-4.5", MessageKind.NUDGE, "T1", "C4", "U1", "1.5", NUDGE)
    assert found[4].message == nudge
    assert (found[4].attempts, found[4].sending_since) == (0, None)  # claimed, but not tried
    unconfirmed = found[3]
    assert unconfirmed.message.kind is MessageKind.EPHEMERAL_NUDGE
    assert (unconfirmed.sending_since, unconfirmed.claim_number) == (NOW, 2)
    deletion = found[6]
    assert (deletion.message.key, deletion.message.kind) == (
        "delete-nudge-C1-2.5",
        MessageKind.DELETE,
    )
    assert (deletion.message.about_key, deletion.target_ts) == ("nudge-C1-2.5", "77.5")
    line = found[8].message
    assert (line.kind, line.key) == (MessageKind.EPHEMERAL, "line-helpful-U1-nudge-C1-2.5")
    assert (line.about_key, line.topic) == ("nudge-C1-2.5", "helpful")
    assert line.content == {
        "line": "Thanks",
        "topic": "helpful",
        "key": "nudge-C1-2.5",
        "offer": "reflect",
    }
    rendered = found[10].message
    assert (rendered.kind, rendered.channel_id) == (MessageKind.MESSAGE, "U1")
    assert rendered.content == {
        "text": "A look \u201cback\u201d",
        "blocks": [{"type": "section", "text": {"text": "a"}}],
        "plain_blocks": [{"type": "divider"}],
    }
    assert found[12].message.content == NUDGE | {"finding": "nudge-C1-3.5"}
    assert found[20].message.content == {"text": "Hello", "blocks": []}
    assert set(found) == {3, 4, 6, 8, 10, 12, 20}


async def test_a_try_under_way_is_not_repeated_early(store: SqlStore) -> None:
    """What was being sent stays unconfirmed until its time."""
    assert 3 not in await posts(store, NOW + 14)


async def test_a_deletion_still_waits_for_its_nudge(store: SqlStore) -> None:
    """Once the queued nudge is sent, its deletion is claimable; a late one can be canceled."""
    nudge = (await posts(store))[4]
    async with store.begin() as uow:
        await uow.outbox.mark_sent(nudge, "99.5", now=NOW + HOUR)

    deletion = (await posts(store))[7]
    assert (deletion.message.about_key, deletion.target_ts) == ("nudge-C1-4.5", "99.5")


async def test_what_was_sent_is_remembered(store: SqlStore) -> None:
    """Replies find their message, double clicks their line."""
    async with store.begin() as uow:
        assert await uow.outbox.key_of_sent("T1", "U1", "88.5") == "followup-k"
        assert await uow.outbox.enqueued_at("T1", "nudge-C1-2.5", "U1", "why") == [NOW]
        assert await uow.outbox.is_live("T1", "nudge-C1-2.5")
        assert not await uow.outbox.is_live("T1", "nudge-C1-5.5")


async def test_decisions_are_kept(store: SqlStore) -> None:
    """With situations and privacy, which version 0.1 kept in the outbox."""
    async with store.begin() as uow:
        assert await uow.findings.nudge("T1", "nudge-C1-2.5") == NudgeRecord(
            key="nudge-C1-2.5",
            workspace_id="T1",
            channel_id="C1",
            thread_ts="2.5",
            author_id="U1",
            trap=Trap.FIXING,
            question_id="fixing-01",
            situations=("demo", "price"),
            is_private=False,
        )
        private = await uow.findings.nudge("T1", "nudge-C1-3.5")
        past = await uow.findings.past_nudges_to("T1", "U1")
        recent = await uow.findings.recent_nudges("T1", "U1", since=0)
        assert await uow.findings.count_decisions("T1", "U1") == 6
    assert private is not None
    assert (private.is_private, private.situations) == (True, ())
    assert [(n.observed, n.dropped) for n in past] == [
        (False, False), (False, False), (False, False), (False, True), (True, False),
    ]  # fmt: skip
    assert [n.feedback for n in recent] == [Feedback.HELPFUL, None, None, None]


async def test_what_waited_is_claimed(store: SqlStore) -> None:
    """A message, an ask, a person and a team that are due. Words that version 0.1 left readable are
    gone: the message is fetched again from Slack, and the ask is answered with that."""
    claim: dict[str, Any] = {"now": NOW, "limit": 9, "owner": "w", "lease_until": NOW + 9}
    async with store.begin() as uow:
        (candidate,) = await uow.inbox.claim_due(**claim)
        (asked,) = await uow.asks.claim_due(**claim)
        (person,) = await uow.weekly.claim_due_reflections(**claim)
        (team,) = await uow.weekly.claim_due_digests(**claim)
        assert await uow.inbox.decide(candidate, None, now=NOW)
        assert await uow.asks.complete(asked, now=NOW)
    assert (candidate.text_is_lost, candidate.message.event_id) == (True, "Ev1")
    assert (asked.words_are_lost, asked.ask.address, asked.ask.thread_ts) == (True, "D1", "1.5")
    assert (person.user_id, person.slot, person.time_zone) == ("U1", "thu 16:00", "Europe/Berlin")
    assert team.team == SalesTeam("G1", "T1", "boss", "Harbor", "mon 09:00", "C9")


async def test_choices_are_kept(store: SqlStore, upgraded: Database) -> None:
    """Preferences, mutes, channels, probation, labels, teams and digests are as they were."""
    async with store.begin() as uow:
        chosen = await uow.people.preferences("T1", "U1")
        assert await uow.people.preferences("T1", "U2") == Preferences()
        assert await uow.people.muted_until("T1", "U1", Trap.BLAME) == NOW
        assert await uow.people.asked_questions("T1", "U1") == {"fixing-01": NOW}
        assert await uow.channels.settings("T1", "C1") == ChannelSettings(
            "C1", Delivery.OBSERVE, "U1", NOW, "is_archived", NOW
        )
        assert await uow.channels.probation("T1", Trap.BLAME) == Probation(since=NOW)
        (membership,) = await uow.sales_teams.memberships("T1", "U1")
        assert membership == Membership(
            SalesTeam("G1", "T1", "boss", "Harbor", "mon 09:00", "C9"), accepted=True
        )
        assert await uow.sales_teams.people("T1", "G1") == [
            NamedPerson(u, is_named=True, invitations=1, is_open=True) for u in ("U1", "U2")
        ]
        assert await uow.digests.saved("T1", "G1", "2026-W48") == FIGURES
        kept = (await uow.personal_data.export("T1", "U1"))["follow_ups"]
    assert chosen == Preferences(
        paused_until=NOW,
        resumed_at=NOW - 1,
        delivery=Delivery.PRIVATE,
        daily_limit=0,
        quiet_hours="off",
        weekly_reflection=True,
        reflection_slot="thu 16:00",
        greeted=True,
    )
    assert {row["key"]: row["outcome"] for row in kept} == {
        "k": "learned", "k2": "asked", "k3": None,
    }  # fmt: skip
    assert await kept_labels(upgraded, Encryptor()) == [KeptLabel("fixing", "fact", "mine")]


async def test_ids_go_on(store: SqlStore) -> None:
    """The id of a row that was deleted before the upgrade is not used again after it."""
    async with store.begin() as uow:
        for n in (40, 41):
            await uow.outbox.enqueue(
                OutgoingMessage(f"k{n}", MessageKind.NUDGE, "T9", f"C{n}"), now=NOW
            )
        claimed = await uow.outbox.claim_ready(now=NOW, limit=99, owner="w", lease_until=NOW)
        new = [c.id for c in claimed if c.message.workspace_id == "T9"]
        row = (await uow.inbox.claim_due(now=NOW, limit=1, owner="w", lease_until=NOW))[0]
        await uow.inbox.release(row, due_at=NOW + HOUR, attempts=1)
        await uow.personal_data.erase("T1", "U1")
        await uow.inbox.add(NewMessage(message(99), NOW), now=NOW)
        (candidate,) = await uow.inbox.claim_due(now=NOW, limit=9, owner="w", lease_until=NOW)

    assert min(new) > 20
    assert candidate.id > 30


@pytest.mark.fault_case(55)
async def test_55_stopped_upgrades_lose_nothing(landed: Database) -> None:
    """55: wherever the upgrade stops, version 0.1 finds its rows, and a re-run completes."""
    before = await ask(landed, as_stored)
    stopped, place = 0, 1
    while await stops(landed, place):
        assert await ask(landed, as_stored) == before
        stopped, place = stopped + 1, place + STRIDE
    await landed.migrate()

    assert stopped > 10
    assert await ask(landed, differences) == []
    assert 4 in await posts(store_of(landed))


async def stops(database: Database, before: int) -> bool:
    """Whether the upgrade came as far as its n-th change, where it was stopped."""
    async with stopping(database, before):
        try:
            await database.migrate()
        except Stopped:
            return True
    return False
