"""``reframe jobs``: lists work that failed for good, and hands it out again.

It may run beside the bot. Only processes with a role have jobs.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC
from typing import TypeVar

from bot import settings as bot_settings
from bot.cli.problems import sentence
from bot.store.database import Database
from bot.store.dead_letters import DeadLetter, dead_letters, retry_dead_letters

Result = TypeVar("Result")

_COLUMNS = ("id", "kind", "workspace", "channel", "failed (UTC)", "tries", "error")
_ALL = "all"


def list_failed() -> int:
    """Print each job that failed for good: ids, times and the type of its error, and no text.

    Returns:
        0 if there are none, else 1, as a check would.

    Raises:
        DatabaseError: the database is SQLite.
        StoreUnavailableError: it can't be read, or has no tables yet.
    """
    found = asyncio.run(_with_database(dead_letters))
    if not found:
        sys.stdout.write(sentence("no_dead_letters") + "\n")
        return 0
    sys.stdout.write(_table(found) + "\n" + sentence("dead_letters_next") + "\n")
    return 1


def retry_failed(which: str) -> int:
    """Hand out again what failed.

    Args:
        which: the id of a job, or ``all``.

    Returns:
        0 if there was something to hand out, or nothing at all; 2 if there is no such job.

    Raises:
        DatabaseError: the database is SQLite.
        StoreUnavailableError: it can't be written, or has no tables yet.
    """

    async def retry(database: Database) -> tuple[bool, int]:
        known = [letter.id for letter in await dead_letters(database)]
        wanted = known if which == _ALL else [job_id for job_id in known if str(job_id) == which]
        return bool(known), len(await retry_dead_letters(database, wanted, time.time))

    had_any, count = asyncio.run(_with_database(retry))
    if count:
        sys.stdout.write(sentence("dead_letters_retried", what=str(count)) + "\n")
    elif which == _ALL or not had_any:
        sys.stdout.write(sentence("no_dead_letters") + "\n")
    if count or which == _ALL:
        return 0
    sys.stderr.write(sentence("no_such_dead_letter", what=which) + "\n")
    return 2


async def _with_database(step: Callable[[Database], Awaitable[Result]]) -> Result:
    settings = bot_settings.load()
    database = Database(settings.database_url.get_secret_value())
    try:
        return await step(database)
    finally:
        await database.close()


def _table(letters: list[DeadLetter]) -> str:
    rows = [_COLUMNS, *map(_row, letters)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        + "\n"
        for row in rows
    )


def _row(letter: DeadLetter) -> tuple[str, ...]:
    at = letter.failed_at
    return (
        str(letter.id),
        letter.kind,
        letter.workspace_id or "-",
        letter.channel_id or "-",
        at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if at else "-",
        str(letter.tries),
        letter.error or "-",
    )
