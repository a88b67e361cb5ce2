"""What sellers write for themselves, encrypted. Only its author can read it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ports.weekly import WrittenReflection
from bot.store.encryption import Encryptor, Opened, Place
from bot.store.tables import reflections
from bot.store.upsert import upsert

log = logging.getLogger(__name__)

_LATEST = 20  # weeks to look back over rows that are not their owner's


def place_of(workspace_id: str, user_id: str, week: str) -> Place:
    """Return where a person's answers of a week belong; they open nowhere else."""
    return ("reflections", "encrypted_answers", workspace_id, user_id, week)


class SqlReflections:
    """Reflections over SQL; implements ``bot.flows.ports.weekly.Reflections``.

    Args:
        connection: in a transaction.
        encryptor: for the answers.
    """

    def __init__(self, connection: AsyncConnection, encryptor: Encryptor) -> None:
        self._connection = connection
        self._encryptor = encryptor
        self.keeps_answers = bool(encryptor)

    async def answers(self, workspace_id: str, user_id: str, week: str) -> Mapping[str, str]:
        kept = await self._kept(workspace_id, user_id, week)
        return _parsed(self._opened(kept, workspace_id, user_id, week).text)

    async def latest_answers(
        self, workspace_id: str, user_id: str, *, before: str
    ) -> Mapping[str, str]:
        mine = and_(
            reflections.c.workspace_id == workspace_id,
            reflections.c.user_id == user_id,
            reflections.c.week < before,
        )
        rows = await self._connection.execute(
            select(reflections.c.week, reflections.c.encrypted_answers)
            .where(mine)
            .order_by(reflections.c.week.desc())
            .limit(_LATEST)
        )
        for week, kept in rows.all():
            opened = self._opened(kept, workspace_id, user_id, week)
            if kept is None or opened.lacks_key or opened.text is not None:
                return _parsed(opened.text)
        return {}

    async def written(self, workspace_id: str, user_id: str) -> list[WrittenReflection]:
        mine = and_(reflections.c.workspace_id == workspace_id, reflections.c.user_id == user_id)
        rows = await self._connection.execute(
            select(reflections).where(mine).order_by(reflections.c.week)
        )
        found = []
        for row in rows.all():
            opened = self._opened(row.encrypted_answers, workspace_id, user_id, row.week)
            found.append(
                WrittenReflection(
                    row.week, row.created_at, _parsed(opened.text), is_locked=opened.lacks_key
                )
            )
        return found

    async def save(
        self, workspace_id: str, user_id: str, week: str, answers: Mapping[str, str], *, now: float
    ) -> bool:
        kept = await self._kept(workspace_id, user_id, week)
        if self._opened(kept, workspace_id, user_id, week).lacks_key:
            return False
        text = json.dumps(dict(answers), ensure_ascii=False)
        place = place_of(workspace_id, user_id, week)
        await upsert(
            self._connection,
            reflections,
            {"workspace_id": workspace_id, "user_id": user_id, "week": week},
            {
                "encrypted_answers": self._encryptor.encrypt(text, place) if answers else None,
                "created_at": now,
            },
        )
        return True

    async def _kept(self, workspace_id: str, user_id: str, week: str) -> str | None:
        found: str | None = await self._connection.scalar(
            select(reflections.c.encrypted_answers).where(
                reflections.c.workspace_id == workspace_id,
                reflections.c.user_id == user_id,
                reflections.c.week == week,
            )
        )
        return found

    def _opened(self, kept: str | None, workspace_id: str, user_id: str, week: str) -> Opened:
        if not kept:
            return Opened()
        opened = self._encryptor.decrypt(kept, place_of(workspace_id, user_id, week))
        if opened.text is None and not opened.lacks_key:
            log.warning(
                "workspace=%s an answer of %s was not written where it stands, or was changed; "
                "it is treated as absent",
                workspace_id,
                week,
            )
        return opened


def _parsed(text: str | None) -> Mapping[str, str]:
    answers: dict[str, str] = json.loads(text or "{}")
    return answers
