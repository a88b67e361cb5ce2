"""What each person chose, was asked, and asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Delivery, Preferences, Trap
from bot.flows.ports.people import Topic, WrongLabel
from bot.store.columns import joined, separated
from bot.store.database import changed
from bot.store.encryption import Encryptor
from bot.store.label_words import seal_words
from bot.store.marks import SqlMarks
from bot.store.tables import asked_questions, labels, mutes, preferences, topics
from bot.store.upsert import insert_once, upsert

PREFERENCES = tuple(field.name for field in fields(Preferences))

_LABEL = "label"


class SqlPeople:
    """People over SQL; implements ``bot.flows.ports.people.People``.

    Args:
        connection: in a transaction.
        encryptor: for what somebody types after "That's wrong".
    """

    def __init__(self, connection: AsyncConnection, encryptor: Encryptor) -> None:
        self._connection = connection
        self._encryptor = encryptor
        self.keeps_words = bool(encryptor)
        self._marks = SqlMarks(connection)

    async def preferences(self, workspace_id: str, user_id: str) -> Preferences:
        person = {"workspace_id": workspace_id, "user_id": user_id}
        row = (await self._connection.execute(_CHOSEN, person)).mappings().first()
        return preferences_of(dict(row)) if row else Preferences()

    async def update(self, workspace_id: str, user_id: str, **changes: Any) -> None:
        if unknown := changes.keys() - set(PREFERENCES):
            raise TypeError(f"no such preference: {', '.join(sorted(unknown))}")
        if changes:
            await self._put(preferences, workspace_id, user_id, changes)

    async def muted_until(self, workspace_id: str, user_id: str, trap: Trap) -> float | None:
        until: float | None = await self._connection.scalar(
            select(mutes.c.until).where(_person(mutes, workspace_id, user_id), mutes.c.trap == trap)
        )
        return until

    async def mutes(self, workspace_id: str, user_id: str) -> dict[Trap, float]:
        rows = select(mutes.c.trap, mutes.c.until).where(_person(mutes, workspace_id, user_id))
        return {Trap(r.trap): r.until for r in await self._connection.execute(rows)}

    async def mute(self, workspace_id: str, user_id: str, trap: Trap, *, until: float) -> None:
        key = {"workspace_id": workspace_id, "user_id": user_id, "trap": trap}
        await upsert(self._connection, mutes, key, {"until": until})

    async def asked_questions(self, workspace_id: str, user_id: str) -> dict[str, float]:
        person = {"workspace_id": workspace_id, "user_id": user_id}
        rows = await self._connection.execute(_ASKED, person)
        return {r.question_id: r.asked_at for r in rows}

    async def note_question(
        self, workspace_id: str, user_id: str, question_id: str, *, at: float
    ) -> None:
        key = {"workspace_id": workspace_id, "user_id": user_id, "question_id": question_id}
        await upsert(self._connection, asked_questions, key, {"asked_at": at})

    async def topic(self, workspace_id: str, user_id: str) -> Topic | None:
        latest = select(topics).where(_person(topics, workspace_id, user_id))
        row = (await self._connection.execute(latest)).mappings().first()
        if row is None:
            return None
        trap = Trap(row["trap"]) if row["trap"] else None
        return Topic(trap, separated(row["situations"]), row["noted_at"])

    async def set_topic(self, workspace_id: str, user_id: str, topic: Topic) -> None:
        values = {
            "trap": topic.trap,
            "situations": joined(topic.situations),
            "noted_at": topic.at,
        }
        await self._put(topics, workspace_id, user_id, values)

    async def add_label(self, label: WrongLabel, *, now: float) -> None:
        row = {
            "workspace_id": label.workspace_id,
            "mark": await self._marks.of(label.workspace_id, _LABEL, label.key),
            "person_mark": await self._marks.of_person(label.workspace_id, label.user_id),
            "trap": label.trap,
            "created_at": now,
        }
        await insert_once(self._connection, labels, row)

    async def explain_label(
        self, workspace_id: str, key: str, user_id: str, *, reason: str, words: str, now: float
    ) -> bool:
        mark = await self._marks.known_of(workspace_id, _LABEL, key)
        mine = update(labels).where(
            labels.c.workspace_id == workspace_id,
            labels.c.mark == mark,
            labels.c.person_mark == await self._marks.known_of_person(workspace_id, user_id),
        )
        sealed = seal_words(self._encryptor, words, workspace_id, mark)
        explained = mine.values(reason=reason, words=sealed, created_at=now)
        return await changed(self._connection, explained) > 0

    async def _put(
        self, table: Table, workspace_id: str, user_id: str, values: Mapping[str, Any]
    ) -> None:
        key = {"workspace_id": workspace_id, "user_id": user_id}
        await upsert(self._connection, table, key, values)


def _person(table: Table, workspace_id: str, user_id: str) -> ColumnElement[bool]:
    return and_(table.c.workspace_id == workspace_id, table.c.user_id == user_id)


def preferences_of(row: Mapping[str, Any]) -> Preferences:
    """Return what a row holds; its ``user_id`` is None if the person has chosen nothing."""
    chosen = dict(row)
    if chosen.pop("user_id", "") is None:
        return Preferences()
    delivery = chosen["delivery"]
    return Preferences(**{**chosen, "delivery": Delivery(delivery) if delivery else None})


# Built once: to build a statement takes as long as to run it.
def _bound(table: Table) -> ColumnElement[bool]:
    return and_(*(table.c[name] == bindparam(name) for name in ("workspace_id", "user_id")))


_CHOSEN = select(*(preferences.c[name] for name in PREFERENCES)).where(_bound(preferences))
_ASKED = select(asked_questions.c.question_id, asked_questions.c.asked_at).where(
    _bound(asked_questions)
)
