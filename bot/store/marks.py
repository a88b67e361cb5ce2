"""Marks over SQL: keyed hashes with a time."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import MutableMapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Any

from cachetools import LRUCache
from sqlalchemy import String, and_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import marks, workspace_secrets
from bot.store.upsert import insert_once

_HEX_DIGITS = 40
_PERSON = "person"
_REMEMBERED = 1_024  # workspaces
_HERE = workspace_secrets.c.workspace_id == bindparam("workspace_id")
_SECRET = select(workspace_secrets.c.secret).where(_HERE)

Secrets = MutableMapping[str, str]
"""What marks are keyed with, by workspace."""


def remembered_secrets() -> Secrets:
    """Return where a process remembers secrets. A workspace that comes back has another one, so
    none is believed that the same statement doesn't confirm."""
    return LRUCache(_REMEMBERED)


class SqlMarks:
    """Marks over SQL; implements ``bot.flows.ports.marks.Marks``.

    Args:
        connection: in a transaction.
        remembered: as ``remembered_secrets`` returned it; None for nothing.
    """

    def __init__(self, connection: AsyncConnection, remembered: Secrets | None = None) -> None:
        self._connection = connection
        self._remembered: Secrets = {} if remembered is None else remembered
        self._secrets: dict[str, str] = {}  # of this transaction

    async def add(self, workspace_id: str, *parts: str, at: float) -> None:
        row = {"workspace_id": workspace_id, "mark": await self.of(workspace_id, *parts), "at": at}
        await insert_once(self._connection, marks, row)

    async def times(self, workspace_id: str, *parts: str) -> list[float]:
        return (await self.times_of(workspace_id, [parts])).get(parts, [])

    async def known(
        self, workspace_id: str, keys: Sequence[tuple[str, ...]]
    ) -> set[tuple[str, ...]]:
        return set(await self.times_of(workspace_id, keys))

    async def times_of(
        self, workspace_id: str, keys: Sequence[tuple[str, ...]]
    ) -> dict[tuple[str, ...], list[float]]:
        secret = self._remembered.get(workspace_id, "")
        while True:
            by_mark = {hash_of(secret, *key): key for key in keys}
            values = {"workspace_id": workspace_id}
            values |= {f"mark_{number}": mark for number, mark in enumerate(by_mark)}
            rows = (await self._connection.execute(_find(len(by_mark)), values)).all()
            if not rows:
                return {}  # nothing was ever marked here
            if rows[0].secret == secret:
                break
            secret = self._remembered[workspace_id] = rows[0].secret
        found: dict[tuple[str, ...], list[float]] = {}
        for row in rows:
            if row.mark is not None:
                found.setdefault(by_mark[row.mark], []).append(row.at)
        return found

    async def of(self, workspace_id: str, *parts: str) -> str:
        """Return the hash that stands for something in a workspace."""
        return hash_of(await self._secret(workspace_id), *parts)

    async def of_person(self, workspace_id: str, user_id: str) -> str:
        """Return the hash that stands for a person beside words to learn from."""
        return await self.of(workspace_id, _PERSON, user_id)

    async def known_of(self, workspace_id: str, *parts: str) -> str:
        """Return the same as ``of``, to look for something; empty if nothing was ever marked in the
        workspace. To look for something leaves nothing behind."""
        secret = await self._connection.scalar(_SECRET, {"workspace_id": workspace_id})
        return "" if secret is None else hash_of(secret, *parts)

    async def known_of_person(self, workspace_id: str, user_id: str) -> str:
        """Return the same as ``of_person``, to look for it, as ``known_of`` does."""
        return await self.known_of(workspace_id, _PERSON, user_id)

    async def _secret(self, workspace_id: str) -> str:
        if workspace_id in self._secrets:
            return self._secrets[workspace_id]
        here = {"workspace_id": workspace_id}
        found: str | None = await self._connection.scalar(_SECRET, here)
        if found is None:
            row = {**here, "secret": secrets.token_hex(16)}
            await insert_once(self._connection, workspace_secrets, row)
            found = await self._connection.scalar(_SECRET, here)
        self._secrets[workspace_id] = found or ""
        return self._secrets[workspace_id]


@cache  # to build a statement takes longer than to run it
def _find(count: int) -> Any:
    """Return the statement that finds so many marks, with the secret of their workspace."""
    named = [bindparam(f"mark_{number}", type_=String) for number in range(count)]
    mine = and_(marks.c.workspace_id == workspace_secrets.c.workspace_id, marks.c.mark.in_(named))
    return (
        select(workspace_secrets.c.secret, marks.c.mark, marks.c.at)
        .outerjoin(marks, mine)
        .where(_HERE)
        .order_by(marks.c.at)
    )


def hash_of(secret: str, *parts: str) -> str:
    """Return the keyed hash of some parts, in hexadecimal digits."""
    message = "\0".join(parts).encode()
    return hmac.new(secret.encode(), message, sha256).hexdigest()[:_HEX_DIGITS]
