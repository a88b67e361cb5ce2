"""``reframe run`` as one of several processes on one PostgreSQL database.

What a user starts refuses to be a second bot, and takes all claims over at its start. This program
does neither: its claims end by their lease alone, shortened so that a test need not wait minutes.
"""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from unittest import mock

from bot import event_loop, wiring
from bot import settings as bot_settings
from bot.core.policy import Batches, Limits
from bot.flows.roles import Role
from bot.settings import Settings
from bot.store.database import Database
from bot.store.unit_of_work import SqlStore

LEASE_SECONDS = 4.0


async def open_shared(settings: Settings, role: Role | None = None) -> Database:
    """Open the database without the lock of the one bot. Its tables must exist."""
    return Database(settings.database_url.get_secret_value())


async def keep_the_claims_of_others(store: SqlStore) -> None:
    """Take nothing over: another process may be working on it."""


def main() -> None:
    """Serve until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings = bot_settings.load(os.environ)
    limits: Limits = settings.limits
    shorter = replace(limits, batches=Batches(lease_seconds=LEASE_SECONDS))
    with (
        mock.patch.object(Settings, "limits", property(lambda _: shorter)),
        mock.patch.object(SqlStore, "release_all_leases", keep_the_claims_of_others),
        mock.patch.object(wiring, "open_database", open_shared),
    ):
        event_loop.run(wiring.run(settings, "http"))


if __name__ == "__main__":
    main()
