"""Opens the database and builds the store over it. Used by ``bot.wiring`` alone."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.flows.roles import Role
from bot.settings import Settings
from bot.store.database import Database
from bot.store.keyring import open_encryptor
from bot.store.unit_of_work import SqlStore

if TYPE_CHECKING:  # it takes 11 MB, and on SQLite nothing is handed out
    from bot.store.job_queue import JobQueue

log = logging.getLogger(__name__)


async def open_database(settings: Settings, role: Role = "all") -> Database:
    """Take the database for this process, or for all that have a role; bring it up to date.

    Raises:
        DatabaseError: another process has it, or it can't be reached or written.
    """
    database = Database(settings.database_url.get_secret_value())
    await database.open(role)
    try:
        await database.migrate()
    except BaseException:
        await database.close()
        raise
    log.info("database %s is ready", database.name)
    return database


async def build_store(
    settings: Settings, database: Database, now: float, jobs: JobQueue | None = None
) -> SqlStore:
    """Build the store over an open database, and derive the keys for it.

    Args:
        settings: with the keys. database: an open one. now: Unix seconds.
        jobs: hands out what is stored to other processes; None if this one does it.
    """
    current, old = settings.encryption_keys, settings.old_encryption_keys
    return SqlStore(database, await open_encryptor(database, current, old, now=now), jobs)
