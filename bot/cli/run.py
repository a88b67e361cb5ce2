"""``reframe run`` and ``reframe labels``."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path
from typing import TextIO

from bot import event_loop, wiring
from bot import settings as bot_settings
from bot.cli.check import WARNING
from bot.cli.setting_checks import check_values, refuse_misplaced_tokens
from bot.flows.roles import Role
from bot.health import Transport
from bot.store.database import Database
from bot.store.keyring import read_keys
from bot.store.labels import kept_labels
from bot.telemetry.logs import set_up_log

log = logging.getLogger(__name__)


def run_bot(transport: Transport | None, clock: Path | None, role: Role) -> None:
    """Run the bot until it is stopped.

    Args:
        transport: how events come in; None to choose by which tokens are set.
        clock: the shared clock of a fake Slack; None for the real one.
        role: what this process does.
    """
    settings = bot_settings.load()
    set_up_log(settings.log_level, settings.log_format)
    for name in bot_settings.unknown_names():
        log.warning("%s is not a setting of Reframe, so it has no effect", name)
    refuse_misplaced_tokens(settings)
    for check in check_values(settings):
        if check.state == WARNING:
            log.warning("%s: %s. %s", check.name, check.detail, check.fix)
    if clock is None:
        event_loop.run(wiring.run(settings, transport, time.time, role))
        return
    from bot.sandbox.clock import SharedClock

    event_loop.run(wiring.run(settings, transport, SharedClock(clock), role))


def print_labels(out: TextIO) -> None:
    """Write what sellers called wrong as labeled messages; works while the bot runs.

    Args:
        out: gets one JSON line per label that has words.
    """

    async def write() -> None:
        settings = bot_settings.load()
        database = Database(settings.database_url.get_secret_value())
        try:
            encryptor = await read_keys(
                database, settings.encryption_keys, settings.old_encryption_keys, now=time.time()
            )
            found = await kept_labels(database, encryptor)
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
        locked = sum(label.is_locked for label in found)
        without = len(found) - len(with_words) - locked
        needs_key = f", {locked} that need a key that isn't set" if locked else ""
        sys.stderr.write(f"{len(with_words)} with words, {without} without{needs_key}\n")

    asyncio.run(write())
