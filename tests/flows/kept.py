"""Reads the work that stands in a store, whichever it is; for the state machine."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from bot.flows.ports.unit_of_work import Store
from bot.store.database import Database
from bot.store.encryption import Encryptor, ScryptCost, derive_key
from bot.store.tables import (
    asks,
    follow_ups,
    inbox,
    outbox,
    preferences,
    sales_teams,
    weekly_runs,
)
from bot.store.unit_of_work import SqlStore
from tests.fakes.memory_store import MemoryStore


@dataclass(frozen=True)
class Kept:
    """One row of work.

    Attributes:
        table: which. key: of the row; for a message its channel and ts.
        is_open: whether work is left.
        outcome: ``speak``, ``sent``, ``done``, ``due``, or why there was silence; None if none.
        is_leased: whether somebody holds it.
    """

    table: str
    key: str
    is_open: bool
    outcome: str | None
    is_leased: bool


class KeptSqlStore(SqlStore):
    """The store that ships, with a way to look at its rows."""

    def __init__(self, database: Database) -> None:
        super().__init__(
            database, Encryptor(derive_key("a-secret-of-sixteen", b"", ScryptCost(2, 8, 1)))
        )
        self.database = database


async def read_kept(store: Store) -> list[Kept]:
    """Return all messages, outgoing messages, asks and weekly rows of a store."""
    if isinstance(store, MemoryStore):
        return _read_memory(store)
    assert isinstance(store, KeptSqlStore)
    found: list[Kept] = []
    async with store.database.begin() as connection:
        for row in await connection.execute(select(inbox)):
            outcome = "speak" if row.state == "decided" and row.reason is None else row.reason
            is_open = row.state == "waiting"
            key = f"{row.channel_id}-{row.ts}"
            found.append(Kept("inbox", key, is_open, outcome, row.lease_until is not None))
        for row in await connection.execute(select(outbox)):
            outcome = "sent" if row.state == "sent" else row.reason
            is_open = row.state in ("queued", "sending")
            found.append(Kept("outbox", row.key, is_open, outcome, row.lease_until is not None))
        for row in await connection.execute(select(asks)):
            is_done = row.state == "done"
            outcome = "done" if is_done else None
            found.append(Kept("asks", row.key, not is_done, outcome, row.lease_until is not None))
        for row in await connection.execute(select(preferences)):
            is_leased = row.lease_until is not None
            found.append(Kept("reflections", row.user_id, False, "due", is_leased))
        for row in await connection.execute(select(sales_teams)):
            found.append(Kept("digests", row.id, False, "due", row.lease_until is not None))
        for row in await connection.execute(select(weekly_runs)):
            key = f"{row.kind}-{row.subject_id}-{row.week}"
            found.append(Kept("weekly_runs", key, False, row.skipped or "sent", False))
        for row in await connection.execute(select(follow_ups)):
            found.append(Kept("follow_ups", row.key, False, "sent", False))
    return found


def _read_memory(store: MemoryStore) -> list[Kept]:
    state = store.state
    messages = [
        Kept(
            "inbox",
            f"{row.message.channel_id}-{row.message.ts}",
            row.outcome is None,
            row.outcome,
            row.lease_until is not None,
        )
        for row in state.inbox
    ]
    outgoing = [
        Kept(
            "outbox",
            row.message.key,
            row.state in ("queued", "sending"),
            "sent" if row.state == "sent" else row.reason,
            row.lease_until is not None,
        )
        for row in state.outbox
    ]
    asked = [
        Kept("asks", row.ask.key, not row.done, "done" if row.done else None,
             row.lease_until is not None)
        for row in state.asks
    ]  # fmt: skip
    weekly = [
        *(
            Kept("reflections", user_id, False, "due", person.lease_until is not None)
            for (_, user_id), person in state.people.items()
        ),
        *(
            Kept("digests", team_id, False, "due", team.lease_until is not None)
            for (_, team_id), team in state.sales_teams.items()
        ),
        *(
            Kept("weekly_runs", f"{kind}-{subject_id}-{week}", False, skipped or "sent", False)
            for (_, kind, subject_id, week), (skipped, _) in state.weekly_runs.items()
        ),
        *(Kept("follow_ups", key, False, "sent", False) for _, key in state.follow_ups),
    ]
    return [*messages, *outgoing, *asked, *weekly]
