"""What can be wrong with the settings, seen without any network: for ``doctor`` and ``run``."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import SecretStr

from bot import settings as bot_settings
from bot.cli.check import NOT_OK, OFF, OK, WARNING, Check
from bot.cli.combination_checks import check_combinations
from bot.cli.problems import sentence
from bot.flows.errors import SettingsError
from bot.setting_values import misplaced_token, odd_signing_secret
from bot.settings import Settings

_OTHERS = 0o077  # what a group and everybody else may do with a file


def check_settings(settings: Settings) -> list[Check]:
    """Check names of settings, the form of tokens, whether events can come in, and whether a
    setting lacks another one."""
    return [
        _check_names(),
        *_check_old_names(),
        *check_values(settings),
        *check_combinations(settings),
    ]


def check_values(settings: Settings) -> list[Check]:
    """Check the form of tokens, and whether events can come in."""
    return [*_check_tokens(settings), *_check_transport(settings)]


def check_env_file(file: Path = Path(".env")) -> list[Check]:
    """Check that a file with tokens is for this user alone; nothing if there is none."""
    if os.name != "posix" or not file.is_file() or not file.stat().st_mode & _OTHERS:
        return []
    return [
        Check(".env", WARNING, "other users of this machine can read it", sentence("fix_env_file"))
    ]


def refuse_misplaced_tokens(settings: Settings) -> None:
    """Stop before Slack is asked with a token that can't be the right one.

    Raises:
        SettingsError: one is in the wrong place; says where it belongs.
    """
    for name, why in _misplaced(settings).items():
        raise SettingsError(name, why)


def _check_names() -> Check:
    unknown = bot_settings.unknown_names()
    if unknown:
        detail = f"no such setting: {', '.join(unknown)}"
        return Check("settings", NOT_OK, detail, sentence("fix_unknown_setting"))
    return Check("settings", OK, "every name is known")


def _check_old_names() -> list[Check]:
    return [
        Check(old, WARNING, "has another name now", sentence("fix_old_name", name=new))
        for old, new in sorted(bot_settings.old_names().items())
    ]


def _check_tokens(settings: Settings) -> list[Check]:
    wrong = [
        Check(name, NOT_OK, why, sentence("fix_misplaced_token", name=name))
        for name, why in _misplaced(settings).items()
    ]
    secret = settings.slack_signing_secret
    if secret and "SLACK_SIGNING_SECRET" not in _misplaced(settings):
        odd = odd_signing_secret(secret.get_secret_value())
        fix = sentence("fix_signing_secret") if odd else ""
        what = odd or "has the form of Slack's; whether it is the right one, its requests show"
        wrong.append(Check("SLACK_SIGNING_SECRET", WARNING if odd else OK, what, fix))
    return wrong


def _check_transport(settings: Settings) -> list[Check]:
    if not settings.slack_bot_token:
        return []
    if settings.slack_app_token:
        return [Check("events", OK, "come by Socket Mode")]
    if settings.slack_signing_secret:
        detail = (
            f"are awaited over HTTP at http://{settings.host}:{settings.port}/slack/events; "
            "whether Slack gets there, the app's Event Subscriptions page says"
        )
        return [Check("events", OFF, detail)]
    detail = "can't come in: neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set"
    return [Check("events", NOT_OK, detail, sentence("fix_no_transport"))]


def _misplaced(settings: Settings) -> dict[str, str]:
    """Return by setting why its token can't be the right one."""
    tokens: dict[str, SecretStr | None] = {
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_APP_TOKEN": settings.slack_app_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
    }
    found = {n: misplaced_token(n, t.get_secret_value()) for n, t in tokens.items() if t}
    return {name: why for name, why in found.items() if why}
