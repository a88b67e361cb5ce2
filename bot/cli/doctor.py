"""``reframe doctor``: whether everything is in order, and what is kept."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from bot import settings as house
from bot import wiring
from bot.core.policy import DAY
from bot.flows.ports import ChatBusy, ChatDown, ChatRefused, StoreDown
from bot.settings import Settings
from bot.slack import app as slack
from bot.slack.gateway import Gateway
from bot.store.database import Database
from bot.store.previews import holdings

_FINE, _BAD, _OPEN = "ok", "not ok", "-"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: how it is (ok, not ok, -), and what to do or know."""

    what: str
    how: str
    told: str


def examine() -> int:
    """Looks at settings, words, database, Slack and what is kept; prints a table.

    Returns:
        0 where all is in order, else 1.
    """
    checks = asyncio.run(_every(house.load()))
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for check in checks:
        table.add_row(check.what, check.how, check.told)
    Console(highlight=False).print(table)
    return 1 if any(check.how == _BAD for check in checks) else 0


async def _every(settings: Settings) -> list[Check]:
    playbook = wiring.voice_of(settings)
    questions = sum(len(t.questions) for t in playbook.traps.values())
    checks = [
        Check("words", _FINE, f"version {playbook.version}, {questions} questions"),
        *await _database(settings),
        await _slack(settings),
        _model(settings),
    ]
    sealed = bool(settings.seal_keys)
    told = "weekly answers are kept, sealed" if sealed else "REFRAME_SEAL_KEY is not set: not kept"
    return [*checks, Check("weekly answers", _FINE if sealed else _OPEN, told)]


async def _database(settings: Settings) -> list[Check]:
    database = Database(settings.database_url.get_secret_value())
    file = database.url.database if database.is_sqlite else None
    try:
        if file and not Path(file).exists():  # looking must not make it
            raise StoreDown("no file")
        held = await holdings(database)
    except StoreDown:
        told = f"{database.name} can't be read, or has no tables yet: reframe migrate makes them"
        return [Check("database", _BAD, told)]
    finally:
        await database.close()
    rows = ", ".join(f"{name} {count}" for name, count in held.rows.items() if count) or "empty"
    now, limits = time.time(), settings.limits
    text = 0.0 if held.oldest_text is None else (now - held.oldest_text) / 3_600
    label = 0.0 if held.oldest_decision is None else (now - held.oldest_decision) / DAY
    # the purge runs once an hour, so an hour more is no fault
    text_fine = text <= limits.text_hours + 1
    label_fine = label <= limits.retention_days + 1 / 24
    return [
        Check("database", _FINE, f"{database.name}: {rows}"),
        Check(
            "oldest text",
            _FINE if text_fine else _BAD,
            f"{text:.1f} hours; the limit is {limits.text_hours:g}",
        ),
        Check(
            "oldest label",
            _FINE if label_fine else _BAD,
            f"{label:.1f} days; the limit is {limits.retention_days:g}",
        ),
    ]


async def _slack(settings: Settings) -> Check:
    if settings.slack_bot_token is None:
        return Check("Slack", _OPEN, "SLACK_BOT_TOKEN is not set; reframe demo needs none")
    token = settings.slack_bot_token.get_secret_value()
    timeout = settings.limits.post_timeout_seconds
    async with aiohttp.ClientSession() as session:
        client = slack.client(token, settings.slack_api_url, timeout, session)
        try:
            me = await Gateway(client, {}, time.time).who_am_i()
        except ChatRefused as refused:
            return Check("Slack", _BAD, f"the bot token is refused: {refused.code}")
        except (ChatBusy, ChatDown) as down:
            return Check("Slack", _BAD, f"{settings.slack_api_url} does not answer: {down}")
    return Check("Slack", _FINE, f"workspace {me.team}, bot {me.user}, app {me.app or 'unknown'}")


def _model(settings: Settings) -> Check:
    if not settings.openai_model:
        return Check("model", _OPEN, "OPENAI_MODEL is not set: nothing is sent anywhere")
    told = f"{settings.openai_model}; sees: {settings.judge}; writes: {settings.words}"
    return Check("model", _FINE, told)
