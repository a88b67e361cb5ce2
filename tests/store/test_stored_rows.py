"""The rows as they are shown to a person: every column, and nothing opened."""

from __future__ import annotations

from bot.store.database import Database
from bot.store.stored_rows import Sealed, stored_rows
from bot.store.tables import findings, inbox
from tests.store.examples import NOW, add, decide, message, store_of


async def test_sealed_words_show_as_their_size(database: Database) -> None:
    """A waiting message shows each column, its text only as a number of bytes; then it is gone."""
    store = store_of(database)
    await decide(store, 1, at=NOW)
    await add(store, 2, at=NOW)
    rows = await stored_rows(database, message(1).workspace_id)
    decided, waiting = (row.values for row in rows if row.table == "inbox")

    assert list(waiting) == [column.name for column in inbox.columns]
    assert isinstance(waiting["sealed_text"], Sealed)
    assert waiting["sealed_text"].size > 40
    assert decided["sealed_text"] is None
    assert message(2).text not in str(rows)
    assert [list(r.values) for r in rows if r.table == "findings"] == [
        [column.name for column in findings.columns]
    ]


async def test_other_workspaces_are_left_out(database: Database) -> None:
    """Rows of another workspace are not shown."""
    await add(store_of(database), 1, at=NOW)

    assert await stored_rows(database, "T-other") == []
