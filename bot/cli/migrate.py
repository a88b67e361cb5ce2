"""``reframe migrate``: brings the database up to date, and checks before that what ``run`` needs.

Whoever starts containers runs it once and waits for it. What is wrong then ends here, with the
reason, and no bot is started that would only be restarted again and again.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import aiohttp

from bot import settings as bot_settings
from bot import store_wiring, workspace_wiring
from bot.cli.setting_checks import refuse_misplaced_tokens
from bot.flows.errors import DatabaseError
from bot.flows.roles import Role
from bot.playbook import load_playbook
from bot.settings import Settings
from bot.slack.clients import web_client
from bot.store.database import Database
from bot.store.migrations import newest_revision
from bot.telemetry.logs import set_up_log

log = logging.getLogger(__name__)


def migrate_database(*, checks_first: bool = False, role: Role = "all") -> None:
    """Bring the database up to date, and close it. One that is up to date is left alone, so the
    bot may run meanwhile.

    Args:
        checks_first: whether what ``run`` needs is checked before: settings, words, and tokens.
        role: that ``run`` will be given.

    Raises:
        SettingsError, PlaybookError, SetupError: with what to do next.
    """
    settings = bot_settings.load()
    set_up_log(settings.log_level, settings.log_format)

    async def migrate() -> None:
        if checks_first:
            await _check_set_up(settings, role)
        await bring_up_to_date(settings)

    asyncio.run(migrate())


async def bring_up_to_date(settings: Settings) -> None:
    """Create or change the tables of the database, if need be, and close it.

    Raises:
        DatabaseError: with what to do next.
    """
    if await _is_up_to_date(settings):
        log.info("the database is up to date")
        return
    database = await store_wiring.open_database(settings)
    await database.close()


async def _check_set_up(settings: Settings, role: Role) -> None:
    """Check what the bot needs to start but for its database.

    Raises:
        SettingsError, PlaybookError, SlackSetupError: with what to do next.
    """
    refuse_misplaced_tokens(settings)
    transport = workspace_wiring.choose_transport(settings, None, role)
    workspace_wiring.check_role(settings, role)
    load_playbook(settings.prompts_dir, settings.language)
    if settings.serves_many_workspaces:
        return  # each workspace brings its token
    timeout = settings.limits.post_timeout_seconds
    async with aiohttp.ClientSession() as session:
        client = web_client(settings.bot_token, settings.slack_api_url, timeout, session)
        await workspace_wiring.identify(client, settings)
        if transport == "socket" and settings.slack_app_token:
            app_token = settings.slack_app_token.get_secret_value()
            await workspace_wiring.check_app_token(client, app_token)


async def _is_up_to_date(settings: Settings) -> bool:
    """Return whether the database has the tables of this version. Takes no lock, creates nothing.

    One that can't be asked is left to ``open_database``, which waits for it and says what is wrong.
    """
    database = Database(settings.database_url.get_secret_value())
    if database.is_sqlite and not Path(str(database.url.database)).exists():
        return False
    try:
        return await database.revision() == newest_revision()
    except DatabaseError:
        return False
    finally:
        await database.close()
