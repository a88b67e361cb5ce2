"""``reframe run``, ``reframe migrate`` and ``reframe labels``."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path
from typing import TextIO

from bot import settings as house
from bot import wiring
from bot.store.database import Database
from bot.store.labels import kept_labels

_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"
_TALKATIVE = (
    *("slack_bolt", "slack_sdk", "aiohttp", "asyncio", "alembic", "sqlalchemy"),
    *("openai", "httpx2", "httpcore2"),
)


def set_up_log(level: str) -> None:
    """One line an event, on stderr. The libraries may only speak of what is badly wrong: at lower
    levels they print bodies and texts (reliability.md 5.1, 5.2)."""
    logging.basicConfig(level=logging.WARNING, format=_LINE)
    logging.getLogger("bot").setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("reframe.slack_libraries").setLevel(logging.CRITICAL)


def run_bot(way: wiring.Way | None, clock: Path | None) -> None:
    """Runs until it is stopped."""
    settings = house.load()
    set_up_log(settings.log_level)
    if clock is None:
        asyncio.run(wiring.run(settings, way, time.time))
        return
    from bot.sandbox.clock import SharedClock

    asyncio.run(wiring.run(settings, way, SharedClock(clock)))


def migrate_database() -> None:
    """Opens the database, which brings it up to date, and closes it."""
    settings = house.load()
    set_up_log(settings.log_level)

    async def migrate() -> None:
        database = await wiring.opened(settings)
        await database.close()

    asyncio.run(migrate())


def print_labels(out: TextIO) -> None:
    """Writes what sellers called wrong as labelled messages; beside a bot that runs, too."""

    async def every() -> None:
        database = Database(house.load().database_url.get_secret_value())
        try:
            found = await kept_labels(database)
        finally:
            await database.close()
        with_words = [label for label in found if label.words]
        for number, label in enumerate(with_words, 1):
            row = {
                "id": f"wrong-{number:04}",
                "text": label.words,
                "trap": "none",
                "kind": label.reason or "wrong",
            }
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
        silent = len(found) - len(with_words)
        sys.stderr.write(f"{len(with_words)} with words, {silent} without\n")

    asyncio.run(every())
