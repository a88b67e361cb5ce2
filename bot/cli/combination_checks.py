"""What is wrong with settings that are right one by one: one lacks another, or makes it idle."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.cli.check import NOT_OK, WARNING, Check
from bot.cli.problems import sentence
from bot.settings import Settings

_NEEDS_A_KEY = "openai.com"  # and every host below it; another server may need none


def check_combinations(settings: Settings) -> list[Check]:
    """Check which settings are set without another one that they need."""
    return [
        *_check_slack_tokens(settings),
        *_check_many_workspaces(settings),
        *_check_old_key(settings),
        *_check_idle_model(settings),
    ]


def missing_model_key(settings: Settings) -> Check | None:
    """Return that the model's server takes no request without a key, and none is set; else None."""
    if not settings.openai_model or settings.judge_key or not _is_openai(settings.openai_base_url):
        return None
    detail = f"OPENAI_API_KEY is not set, and OpenAI answers nothing for {settings.openai_model}"
    return Check("model", NOT_OK, f"{detail} without one", sentence("fix_model_no_key"))


def _check_slack_tokens(settings: Settings) -> list[Check]:
    """Check that a way for events to come in has a bot token to answer with."""
    if settings.slack_bot_token or settings.serves_many_workspaces:
        return []
    ways = {
        "SLACK_APP_TOKEN": settings.slack_app_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
    }
    found = [name for name, value in ways.items() if value]
    if not found:
        return []
    detail = f"is not set, but {' and '.join(found)} {'are' if len(found) > 1 else 'is'}"
    return [Check("SLACK_BOT_TOKEN", NOT_OK, detail, sentence("fix_no_bot_token"))]


def _check_many_workspaces(settings: Settings) -> list[Check]:
    """Check that nothing is set that a bot for many workspaces never looks at."""
    if not settings.serves_many_workspaces or not settings.slack_app_token:
        return []
    detail = "is not used: SLACK_CLIENT_ID lets any workspace install the bot, over HTTP alone"
    return [Check("SLACK_APP_TOKEN", WARNING, detail, sentence("fix_unused_app_token"))]


def _check_old_key(settings: Settings) -> list[Check]:
    if not settings.old_encryption_keys or settings.encryption_keys:
        return []
    detail = "is set, but REFRAME_ENCRYPTION_KEY isn't, so nothing new can be encrypted"
    return [Check("REFRAME_ENCRYPTION_KEY_OLD", WARNING, detail, sentence("fix_only_old_key"))]


def _check_idle_model(settings: Settings) -> list[Check]:
    """Check that a model which is set may do anything."""
    if not settings.openai_model:
        return []
    if settings.judge_daily_calls == 0:
        detail = "is 0, so the model in OPENAI_MODEL is never asked"
        return [Check("REFRAME_JUDGE_DAILY_CALLS", WARNING, detail, sentence("fix_no_model_calls"))]
    if settings.judge == "off" and settings.llm_writes == "nothing":
        detail = "is set, but REFRAME_JUDGE=off and REFRAME_LLM_WRITES=nothing leave it no work"
        return [Check("OPENAI_MODEL", WARNING, detail, sentence("fix_idle_model"))]
    return []


def _is_openai(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    return not base_url or host == _NEEDS_A_KEY or host.endswith(f".{_NEEDS_A_KEY}")
