"""Installations over SQL: each workspace's tokens, encrypted, and exchanged by one at a time."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.errors import NoEncryptionKeyError
from bot.flows.ports.installations import BotTokens, Installation
from bot.store.database import changed
from bot.store.encryption import Encryptor, Place
from bot.store.tables import install_states, installations
from bot.store.upsert import insert_once, upsert

log = logging.getLogger(__name__)

_NO_CLAIM = {"refresh_owner": None, "refresh_until": None}


class SqlInstallations:
    """Implements ``bot.flows.ports.installations.Installations``.

    Args:
        connection: in a transaction. encryptor: for the tokens.
    """

    def __init__(self, connection: AsyncConnection, encryptor: Encryptor) -> None:
        self._connection = connection
        self._encryptor = encryptor

    async def save(self, installation: Installation, *, now: float) -> None:
        values = {
            "bot_user_id": installation.bot_user_id,
            "bot_id": installation.bot_id,
            "app_id": installation.app_id,
            "installed_at": now,
            **self._sealed(installation.workspace_id, installation.tokens),
        }
        key = {"workspace_id": installation.workspace_id}
        await upsert(self._connection, installations, key, values)

    async def get(self, workspace_id: str) -> Installation | None:
        found = await self._connection.execute(
            select(installations).where(installations.c.workspace_id == workspace_id)
        )
        row = found.one_or_none()
        tokens = self._opened(row) if row else None
        if row is None or tokens is None:
            return None
        return Installation(row.workspace_id, row.bot_user_id, row.bot_id, row.app_id, tokens)

    async def count(self) -> int:
        return await self._connection.scalar(select(func.count()).select_from(installations)) or 0

    async def claim_refresh(
        self, workspace_id: str, *, expires_at: float, owner: str, now: float, until: float
    ) -> bool:
        free = or_(installations.c.refresh_until.is_(None), installations.c.refresh_until <= now)
        claim = (
            update(installations)
            .where(
                installations.c.workspace_id == workspace_id,
                installations.c.expires_at == expires_at,
                free,
            )
            .values(refresh_owner=owner, refresh_until=until)
        )
        return bool(await changed(self._connection, claim))

    async def replace_tokens(self, workspace_id: str, tokens: BotTokens, *, owner: str) -> bool:
        replace = update(installations).where(_claimed(workspace_id, owner))
        sealed = self._sealed(workspace_id, tokens)
        return bool(await changed(self._connection, replace.values(sealed)))

    async def release_refresh(self, workspace_id: str, *, owner: str) -> None:
        release = update(installations).where(_claimed(workspace_id, owner))
        await self._connection.execute(release.values(_NO_CLAIM))

    def _sealed(self, workspace_id: str, tokens: BotTokens) -> dict[str, object]:
        text = json.dumps([tokens.token, tokens.refresh_token])
        sealed = self._encryptor.encrypt(text, _place(workspace_id))
        if sealed is None:
            raise NoEncryptionKeyError("the tokens of a workspace can't be encrypted")
        return {"sealed_tokens": sealed, "expires_at": tokens.expires_at, **_NO_CLAIM}

    def _opened(self, row: Row[tuple[object, ...]]) -> BotTokens | None:
        opened = self._encryptor.decrypt(row.sealed_tokens, _place(row.workspace_id))
        if opened.text is None:
            log.error(
                "workspace=%s its tokens can't be decrypted (lacks key: %s); install the app there "
                "again, or set the key that they were encrypted with",
                row.workspace_id,
                opened.lacks_key,
            )
            return None
        token, refresh_token = json.loads(opened.text)
        return BotTokens(token, refresh_token, row.expires_at)


@dataclass(slots=True)
class MovedTokens:
    """What became of tokens that were not encrypted with the current key. Attributes: done: moved
    to it. locked: nobody here can open them; untouched."""

    done: int = 0
    locked: int = 0


async def move_tokens(connection: AsyncConnection, encryptor: Encryptor) -> MovedTokens:
    """Encrypt with the current key the tokens that an older key encrypted.

    Args:
        connection: in a transaction. encryptor: one that can encrypt.
    """
    moved = MovedTokens()
    column = installations.c.sealed_tokens
    older = select(installations).where(~column.startswith(encryptor.current_prefix))
    for row in (await connection.execute(older)).all():
        opened = encryptor.decrypt(row.sealed_tokens, _place(row.workspace_id))
        if opened.text is None:
            moved.locked += 1
            continue
        again = encryptor.encrypt(opened.text, _place(row.workspace_id))
        same = and_(installations.c.workspace_id == row.workspace_id, column == row.sealed_tokens)
        replace = update(installations).where(same).values(sealed_tokens=again)
        moved.done += await changed(connection, replace)
    return moved


class SqlInstallStates:
    """Implements ``bot.flows.ports.installations.InstallStates``."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, mark: str, *, expires_at: float) -> None:
        row = {"mark": mark, "expires_at": expires_at}
        await insert_once(self._connection, install_states, row)

    async def take(self, mark: str, *, now: float) -> bool:
        taken = delete(install_states).where(install_states.c.mark == mark)
        found = await self._connection.execute(taken.returning(install_states.c.expires_at))
        expires_at = found.scalar()
        return expires_at is not None and expires_at > now

    async def count(self, *, now: float) -> int:
        expired = delete(install_states).where(install_states.c.expires_at <= now)
        await self._connection.execute(expired)
        return await self._connection.scalar(select(func.count()).select_from(install_states)) or 0


def _claimed(workspace_id: str, owner: str) -> ColumnElement[bool]:
    return and_(
        installations.c.workspace_id == workspace_id, installations.c.refresh_owner == owner
    )


def _place(workspace_id: str) -> Place:
    return ("installations", "sealed_tokens", workspace_id)
