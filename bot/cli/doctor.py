"""``reframe doctor``: checks that everything is in order, and shows what is stored."""

from __future__ import annotations

import asyncio
import sys

from rich.console import Console

from bot import settings as bot_settings
from bot.cli.check import NOT_OK, OK, Check, as_json, is_fine, print_table
from bot.cli.database_checks import check_database
from bot.cli.model_checks import check_model
from bot.cli.problems import sentence
from bot.cli.setting_checks import check_env_file, check_settings
from bot.cli.slack_checks import check_slack
from bot.flows.errors import PlaybookError, SettingsError
from bot.playbook import load_playbook
from bot.settings import Settings
from bot.telemetry.logs import set_up_log


def run_checks(*, json: bool = False) -> int:
    """Check settings, words, database, Slack and the model; print a table, or JSON.

    Returns:
        0 if nothing keeps the bot from working, else 1.
    """
    return 0 if is_fine(show_checks(json=json)) else 1


def show_checks(*, json: bool = False) -> list[Check]:
    """Check the same, print it, and return it."""
    checks = _check()
    if json:
        sys.stdout.write(as_json(checks) + "\n")
    else:
        print_table(checks, Console(highlight=False))
    return checks


def _check() -> list[Check]:
    set_up_log("CRITICAL")  # what it finds is told in the table
    try:
        settings = bot_settings.load()
    except SettingsError as wrong:
        detail = f"{wrong.name} can't be used: {wrong.why}"
        return [Check("settings", NOT_OK, detail, sentence("fix_setting", name=wrong.name))]
    return asyncio.run(_check_all(settings))


async def _check_all(settings: Settings) -> list[Check]:
    try:
        playbook = load_playbook(settings.prompts_dir, settings.language)
    except PlaybookError as wrong:
        detail = f"{wrong.file}, line {wrong.line}: {wrong.why}"
        return [Check("words", NOT_OK, detail, "Fix it there, or unset REFRAME_PROMPTS_DIR.")]
    names = [f"{name} ({code})" for code, name in playbook.languages.names.items()]
    languages = f"usually in {playbook.strings['language']['name']}; installed: {', '.join(names)}"
    questions = sum(len(content.questions) for content in playbook.traps.values())
    return [
        *check_settings(settings),
        *check_env_file(),
        Check("words", OK, f"version {playbook.version}, {questions} questions, {languages}"),
        *await check_database(settings, playbook.languages),
        *await check_slack(settings),
        await check_model(settings, playbook),
    ]
