"""What sellers write for themselves, encrypted. Only its author can read it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.encryption import Encryptor
from bot.store.tables import reflections
from bot.store.upsert import upsert


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
        return self._decrypted(
            await self._connection.scalar(
                select(reflections.c.encrypted_answers).where(
                    reflections.c.workspace_id == workspace_id,
                    reflections.c.user_id == user_id,
                    reflections.c.week == week,
                )
            )
        )

    async def latest_answers(self, workspace_id: str, user_id: str) -> Mapping[str, str]:
        mine = and_(reflections.c.workspace_id == workspace_id, reflections.c.user_id == user_id)
        return self._decrypted(
            await self._connection.scalar(
                select(reflections.c.encrypted_answers)
                .where(mine)
                .order_by(reflections.c.week.desc())
                .limit(1)
            )
        )

    async def save(
        self, workspace_id: str, user_id: str, week: str, answers: Mapping[str, str], *, now: float
    ) -> None:
        text = json.dumps(dict(answers), ensure_ascii=False)
        await upsert(
            self._connection,
            reflections,
            {"workspace_id": workspace_id, "user_id": user_id, "week": week},
            {
                "encrypted_answers": self._encryptor.encrypt(text) if answers else None,
                "created_at": now,
            },
        )

    def _decrypted(self, kept: str | None) -> Mapping[str, str]:
        answers: dict[str, str] = json.loads(self._encryptor.decrypt(kept) or "{}")
        return answers
