"""What the commands see that look at a database without working on it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from bot.core.model import Reason, Trap
from bot.flows.ports.people import WrongLabel
from bot.store.database import Database
from bot.store.inspection import Outcome, outcomes, stored_data
from bot.store.labels import KeptLabel, kept_labels
from bot.store.tables import labels
from tests.store.examples import KEYS, NOW, add, decide, message, store_of


async def test_an_empty_database_holds_nothing(database: Database) -> None:
    """No row, and so no oldest one."""
    found = await stored_data(database)

    assert set(found.rows.values()) == {0}
    assert (found.oldest_text, found.oldest_decision) == (None, None)


async def test_rows_and_ages_are_told(database: Database) -> None:
    """How many rows each table has, and how old the oldest text and decision are."""
    store = store_of(database)
    await decide(store, 1, at=NOW)
    await add(store, 2, at=NOW + 5)
    await add(store, 3, at=NOW + 9)
    found = await stored_data(database)

    assert (found.rows["inbox"], found.rows["findings"]) == (3, 1)
    assert (found.oldest_text, found.oldest_decision) == (NOW + 5, NOW)


async def test_each_message_has_its_outcome(database: Database) -> None:
    """Spoken, silent or waiting, in its own workspace alone."""
    store = store_of(database)
    await decide(store, 1, reason=None)
    await decide(store, 2, reason=Reason.DAILY_CAP)
    await add(store, 3)

    assert await outcomes(database, "T1") == {
        ("C1", message(1).ts): Outcome("fixing", None, True, "queued"),
        ("C1", message(2).ts): Outcome("fixing", "daily_cap", False, None),
        ("C1", message(3).ts): Outcome(None, None, False, None),
    }
    assert await outcomes(database, "T2") == {}


async def test_labels_are_listed_without_a_name(database: Database) -> None:
    """All of them, or those of one workspace, oldest first."""
    async with store_of(database).begin() as uow:
        for n, workspace_id in ((2, "T2"), (1, "T1")):
            label = WrongLabel("k", workspace_id, f"U{n}", Trap.FIXING)
            await uow.people.add_label(label, now=NOW + n)
        await uow.people.explain_label("T1", "k", "U1", reason="fact", words="w", now=NOW)

    first, second = KeptLabel("fixing", "fact", "w"), KeptLabel("fixing", "", "")
    assert await kept_labels(database, KEYS) == [first, second]
    assert await kept_labels(database, KEYS, "T2") == [second]


async def test_labels_are_stored_without_a_name(database: Database) -> None:
    """No row leads to the person or the question; the person's erasure still finds it."""
    label = WrongLabel("nudge-C1-7.5", "T1", "U0CANARY", Trap.FIXING)
    async with store_of(database).begin() as uow:
        await uow.people.add_label(label, now=NOW)
        await uow.people.add_label(replace(label, workspace_id="T2"), now=NOW)
        assert await uow.people.explain_label(
            "T1", label.key, label.user_id, reason="fact", words="mine", now=NOW
        )
    async with database.begin() as connection:
        rows = [dict(row) for row in (await connection.execute(select(labels))).mappings()]
    assert len(rows) == 2
    stored = {str(value) for row in rows for value in row.values()}
    assert not {"U0CANARY", "nudge-C1-7.5", "C1", "7.5"} & stored
    assert len({row["person_mark"] for row in rows}) == 2  # as many as workspaces

    async with store_of(database).begin() as uow:
        await uow.personal_data.erase("T1", "U0CANARY")
    assert await kept_labels(database, KEYS) == [KeptLabel("fixing", "", "")]
