"""Marks over SQL: keyed hashes with a time."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import marks, workspace_secrets
from bot.store.upsert import insert_once

_HEX_DIGITS = 40


class SqlMarks:
    """Marks over SQL; implements ``bot.flows.ports.marks.Marks``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._secrets: dict[str, str] = {}  # of this transaction

    async def add(self, workspace_id: str, *parts: str, at: float) -> None:
        row = {"workspace_id": workspace_id, "mark": await self.of(workspace_id, *parts), "at": at}
        await insert_once(self._connection, marks, row)

    async def times(self, workspace_id: str, *parts: str) -> list[float]:
        mark = await self.of(workspace_id, *parts)
        mine = select(marks.c.at).where(marks.c.workspace_id == workspace_id, marks.c.mark == mark)
        return [row.at for row in await self._connection.execute(mine.order_by(marks.c.at))]

    async def known(
        self, workspace_id: str, keys: Sequence[tuple[str, ...]]
    ) -> set[tuple[str, ...]]:
        secret = await self._secret(workspace_id)
        by_mark = {hash_of(secret, *key): key for key in keys}
        found = select(marks.c.mark).where(
            marks.c.workspace_id == workspace_id, marks.c.mark.in_(list(by_mark))
        )
        return {by_mark[mark] for mark in (await self._connection.execute(found)).scalars()}

    async def of(self, workspace_id: str, *parts: str) -> str:
        """Return the hash that stands for something in a workspace."""
        return hash_of(await self._secret(workspace_id), *parts)

    async def of_person(self, workspace_id: str, user_id: str) -> str:
        """Return the hash that stands for a person beside words to learn from."""
        return await self.of(workspace_id, "person", user_id)

    async def _secret(self, workspace_id: str) -> str:
        if workspace_id in self._secrets:
            return self._secrets[workspace_id]
        known = select(workspace_secrets.c.secret).where(
            workspace_secrets.c.workspace_id == workspace_id
        )
        found: str | None = await self._connection.scalar(known)
        if found is None:
            row = {"workspace_id": workspace_id, "secret": secrets.token_hex(16)}
            await insert_once(self._connection, workspace_secrets, row)
            found = await self._connection.scalar(known)
        self._secrets[workspace_id] = found or ""
        return self._secrets[workspace_id]


def hash_of(secret: str, *parts: str) -> str:
    """Return the keyed hash of some parts, in hexadecimal digits."""
    message = "\0".join(parts).encode()
    return hmac.new(secret.encode(), message, sha256).hexdigest()[:_HEX_DIGITS]
