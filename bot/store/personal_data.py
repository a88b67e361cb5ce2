"""All that is kept about one person, for that person, and its erasure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import changed
from bot.store.encryption import Encryptor
from bot.store.erasures import Erasures
from bot.store.label_words import open_words
from bot.store.marks import SqlMarks
from bot.store.removals import erase_rows_of
from bot.store.tables import (
    asked_questions,
    asks,
    channel_pacing,
    channel_tests,
    channels,
    digest_members,
    digests,
    findings,
    follow_ups,
    inbox,
    labels,
    metadata,
    mutes,
    named_people,
    outbox,
    preferences,
    reflections,
    retractions,
    sales_team_members,
    sales_teams,
    topics,
    weekly_runs,
    workspace_admins,
)
from bot.store.words import Words

OWNERS: dict[str, Column[Any]] = {
    column.table.name: column
    for column in (
        findings.c.author_id,  # before the inbox, whose rows they refer to
        inbox.c.author_id,
        retractions.c.author_id,
        asks.c.user_id,
        asked_questions.c.user_id,
        channel_tests.c.user_id,
        digest_members.c.user_id,
        follow_ups.c.user_id,
        mutes.c.user_id,
        preferences.c.user_id,
        reflections.c.user_id,
        sales_team_members.c.user_id,
        sales_teams.c.manager_id,
        topics.c.user_id,
        weekly_runs.c.subject_id,
        workspace_admins.c.user_id,
        outbox.c.recipient_id,
        channel_pacing.c.channel_id,  # a direct message goes to a person's id
    )
}
"""Every table that holds rows of one person, and the column that names the person. ``labels`` has
only a mark, and is looked for by it.

Rows go in this order: what was asked of us before what was noted about it, as decisions and answers
lock them. In another order they and an erasure would wait for each other."""


_NOT_THEIRS: dict[str, Column[Any]] = {
    "channels": channels.c.inviter_id,
    "named_people": named_people.c.user_id,
}
"""What names a person, but is about something else: a channel, whose inviter is emptied; and whom a
manager has named. If that went too, the manager would see in the form of the team who erased
themselves, and could have them asked without end."""


_COUNT_UP = dict.fromkeys(("asks", "findings", "inbox", "outbox"), ("id", "inbox_id"))


class SqlPersonalData:
    """Personal data over SQL; implements ``bot.flows.ports.personal_data.PersonalData``."""

    def __init__(
        self,
        connection: AsyncConnection,
        erasures: Erasures,
        words: Words,
        encryptor: Encryptor,
    ) -> None:
        self._connection = connection
        self._erasures = erasures
        self._words = words
        self._encryptor = encryptor

    async def export(self, workspace_id: str, user_id: str) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for name, owner in (*OWNERS.items(), *_NOT_THEIRS.items()):
            rows = await self._connection.execute(
                select(owner.table)
                .where(_owned(owner, workspace_id, user_id))
                .order_by(*owner.table.primary_key)  # two exports of the same rows read the same
            )
            found[name] = [self._readable(name, dict(row)) for row in rows.mappings()]
        mine = await self._is_label_of(workspace_id, user_id)
        by_time = select(labels).where(mine).order_by(labels.c.created_at, labels.c.mark)
        found["labels"] = [
            self._label(dict(row)) for row in (await self._connection.execute(by_time)).mappings()
        ]
        return found

    async def erase(self, workspace_id: str, user_id: str) -> int:
        count = await self._erase_from_managed_teams(workspace_id, user_id)
        for owner in OWNERS.values():
            gone = delete(owner.table).where(_owned(owner, workspace_id, user_id))
            count += await changed(self._connection, gone)
        mine = await self._is_label_of(workspace_id, user_id)
        count += await changed(self._connection, delete(labels).where(mine))
        invited = update(channels).where(_owned(channels.c.inviter_id, workspace_id, user_id))
        await self._connection.execute(invited.values(inviter_id=None))
        self._erased((*OWNERS, labels.name))
        return count

    async def erase_workspace(self, workspace_id: str) -> int:
        count = await erase_rows_of(self._connection, workspace_id)
        self._erased(table.name for table in metadata.sorted_tables if "workspace_id" in table.c)
        return count

    async def _erase_from_managed_teams(self, workspace_id: str, manager_id: str) -> int:
        """Erase what belongs to teams that go with their manager."""
        managed = select(sales_teams.c.workspace_id, sales_teams.c.id).where(
            _owned(sales_teams.c.manager_id, workspace_id, manager_id)
        )
        count = 0
        for table in (named_people, sales_team_members, digests, digest_members):
            in_team = tuple_(table.c.workspace_id, table.c.sales_team_id).in_(managed)
            count += await changed(self._connection, delete(table).where(in_team))
        return count

    async def _is_label_of(self, workspace_id: str, user_id: str) -> ColumnElement[bool]:
        """Return what finds a person's labels, which don't name the person."""
        mark = await SqlMarks(self._connection).known_of_person(workspace_id, user_id)
        return and_(labels.c.workspace_id == workspace_id, labels.c.person_mark == mark)

    def _readable(self, table: str, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row with its words, with JSON in place of text that holds JSON, and without
        numbers that count up: they say how many messages others got in between, and so what they
        answered."""
        row = self._words.open_in(table, row)
        row = {name: value for name, value in row.items() if name not in _COUNT_UP.get(table, ())}
        if isinstance(row.get("content"), str):
            row["content"] = json.loads(row["content"])
        return row

    def _label(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a label without its marks, and with its words; those that need a key that isn't
        set stay encrypted, so their person sees that there are some."""
        kept = row["words"]
        opened = open_words(self._encryptor, kept, row["workspace_id"], row["mark"])
        words = kept if opened.lacks_key else opened.text
        shown = {name: row[name] for name in ("trap", "reason", "created_at")}
        return shown | {"words": words}

    def _erased(self, tables: Iterable[str]) -> None:
        self._erasures.text = True
        self._erasures.tables.update(tables)


def _owned(owner: Column[Any], workspace_id: str, user_id: str) -> ColumnElement[bool]:
    return and_(owner.table.c.workspace_id == workspace_id, owner == user_id)
