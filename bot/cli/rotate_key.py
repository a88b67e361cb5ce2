"""``reframe rotate-key``: moves stored answers to the current encryption key.

It may be stopped at any moment and started again, and may run beside the bot.
"""

from __future__ import annotations

import asyncio
import sys
import time

from bot import settings as bot_settings
from bot.flows.errors import SettingsError
from bot.store.database import Database
from bot.store.keyring import Moved, move_to_current_key, read_keys


def rotate() -> int:
    """Move all answers that an older key opens, and say what is left.

    Returns:
        0 if every answer is encrypted with the current key, else 1.

    Raises:
        SettingsError: there is no current key.
        StoreUnavailableError: the database can't be read, or has no tables yet.
    """
    settings = bot_settings.load()
    if not settings.encryption_keys:
        raise SettingsError("REFRAME_ENCRYPTION_KEY", "it is not set, so nothing can be encrypted")

    async def move() -> Moved:
        database = Database(settings.database_url.get_secret_value())
        try:
            encryptor = await read_keys(
                database, settings.encryption_keys, settings.old_encryption_keys, now=time.time()
            )
            return await move_to_current_key(database, encryptor, on_batch=_show)
        finally:
            await database.close()

    moved = asyncio.run(move())
    sys.stdout.write(_summary(moved))
    return 1 if moved.locked or moved.displaced else 0


def _show(moved: Moved) -> None:
    if moved.done:
        sys.stderr.write(f"{moved.done} moved\n")


def _summary(moved: Moved) -> str:
    lines = [f"Answers moved to the current key: {moved.done}."]
    if moved.locked:
        lines.append(
            f"Answers that need a key that isn't set: {moved.locked}. They are kept; if "
            "you have the key, set it as REFRAME_ENCRYPTION_KEY_OLD and run this again."
        )
    if moved.displaced:
        lines.append(
            f"Answers not written where they stand, or damaged: {moved.displaced}. Nobody gets to "
            "see them; they go with the retention time."
        )
    if not (moved.locked or moved.displaced):
        lines.append("No answer needs an older key: REFRAME_ENCRYPTION_KEY_OLD can be removed.")
    return "\n".join(lines) + "\n"
