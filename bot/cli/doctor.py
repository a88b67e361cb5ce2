"""``reframe doctor``: checks that everything is in order, and shows what is stored."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from bot import settings as bot_settings
from bot.cli.check import NOT_OK, OFF, OK, Check
from bot.cli.model_checks import check_model, check_model_usage
from bot.core.policy import DAY, HOUR
from bot.flows.errors import (
    RateLimitedError,
    SlackRefusedError,
    SlackUnavailableError,
    StoreUnavailableError,
)
from bot.playbook import load_playbook
from bot.settings import Settings
from bot.slack.clients import web_client
from bot.slack.identity import OPTIONAL_SCOPES, ORG_WIDE, missing_scopes, who_am_i
from bot.store.database import Database
from bot.store.inspection import StoredData, stored_data
from bot.store.keyring import count_locked


def run_checks() -> int:
    """Check settings, words, database, Slack and the model; print a table.

    Returns:
        0 if all is in order, else 1.
    """
    checks = asyncio.run(_check_all(bot_settings.load()))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for check in checks:
        table.add_row(check.name, check.state, check.detail)
    Console(highlight=False).print(table)
    return 1 if any(check.state == NOT_OK for check in checks) else 0


async def _check_all(settings: Settings) -> list[Check]:
    playbook = load_playbook(settings.prompts_dir, settings.language)
    questions = sum(len(content.questions) for content in playbook.traps.values())
    return [
        _check_names(),
        Check("words", OK, f"version {playbook.version}, {questions} questions"),
        *await _check_database(settings),
        await _check_slack(settings),
        await check_model(settings, playbook),
    ]


def _check_names() -> Check:
    unknown = bot_settings.unknown_names()
    if unknown:
        return Check("settings", NOT_OK, f"no such setting: {', '.join(unknown)}")
    return Check("settings", OK, "every REFRAME_ name is known")


async def _check_database(settings: Settings) -> list[Check]:
    database = Database(settings.database_url.get_secret_value())
    file = database.url.database if database.is_sqlite else None
    try:
        if file and not Path(file).exists():  # checking must not create it
            raise StoreUnavailableError("no file")
        stored = await stored_data(database)
        encrypted = await _check_encryption(settings, database)
        model = await check_model_usage(settings, database, time.time())
    except StoreUnavailableError:
        detail = f"{database.name} can't be read, or has no tables yet; run reframe migrate"
        return [Check("database", NOT_OK, detail)]
    finally:
        await database.close()
    rows = ", ".join(f"{name} {count}" for name, count in stored.rows.items() if count) or "empty"
    return [
        Check("database", OK, f"{database.name}: {rows}"),
        *_check_ages(settings, stored),
        encrypted,
        *model,
    ]


def _check_ages(settings: Settings, stored: StoredData) -> list[Check]:
    """Check that nothing is older than its limit. The purge runs hourly, so an hour more is ok."""
    now, limits = time.time(), settings.limits
    hours = 0.0 if stored.oldest_text is None else (now - stored.oldest_text) / HOUR
    days = 0.0 if stored.oldest_decision is None else (now - stored.oldest_decision) / DAY
    return [
        Check(
            "oldest text",
            OK if hours <= limits.text_hours + 1 else NOT_OK,
            f"{hours:.1f} hours; the limit is {limits.text_hours:g}",
        ),
        Check(
            "oldest decision",
            OK if days <= limits.retention_days + 1 / 24 else NOT_OK,
            f"{days:.1f} days; the limit is {limits.retention_days:g}",
        ),
    ]


async def _check_slack(settings: Settings) -> Check:
    if not settings.bot_token:
        return Check("Slack", OFF, "SLACK_BOT_TOKEN is not set; reframe demo needs none")
    timeout = settings.limits.post_timeout_seconds
    async with aiohttp.ClientSession() as session:
        client = web_client(settings.bot_token, settings.slack_api_url, timeout, session)
        try:
            me = await who_am_i(client)
            missing = await missing_scopes(client)
        except SlackRefusedError as refused:
            why = f"Slack refuses the bot token: {refused.code}"
            if refused.code == ORG_WIDE:
                why = "the app is installed org-wide; install it in one workspace (docs/setup.md)"
            return Check("Slack", NOT_OK, why)
        except (RateLimitedError, SlackUnavailableError) as down:
            return Check("Slack", NOT_OK, f"{settings.slack_api_url} does not answer: {down}")
    detail = f"workspace {me.workspace_id}, bot {me.user_id}, app {me.app_id or 'unknown'}"
    if missing:
        lacks = f"{detail}; lacks the scopes {', '.join(missing)}: add them and reinstall the app"
        if OPTIONAL_SCOPES.issuperset(missing):
            return Check("Slack", OK, f"{lacks}, or private channels stay silent")
        return Check("Slack", NOT_OK, lacks)
    return Check("Slack", OK, detail)


async def _check_encryption(settings: Settings, database: Database) -> Check:
    current, old = settings.encryption_keys, settings.old_encryption_keys
    if locked := await count_locked(database, current, old):
        detail = (
            f"{locked} can't be opened with the keys that are set; if you have the key, set it as "
            "REFRAME_ENCRYPTION_KEY_OLD. Without it nobody can read them"
        )
        return Check("weekly answers", NOT_OK, detail)
    if not current:
        return Check("weekly answers", OFF, "not kept: REFRAME_ENCRYPTION_KEY is not set")
    return Check("weekly answers", OK, "kept, encrypted")
