"""Checks what somebody answers to ``reframe init``, by asking Slack about it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp

from bot.cli.problems import sentence
from bot.flows.errors import (
    RateLimitedError,
    SettingsError,
    SlackRefusedError,
    SlackUnavailableError,
)
from bot.setting_values import (
    is_on_this_machine,
    listed,
    misplaced_token,
    odd_signing_secret,
    user_ids,
)
from bot.settings import Settings
from bot.slack.clients import Client, web_client
from bot.slack.identity import NOT_INSTALLED, Identity, missing_scopes, who_am_i
from bot.slack.installation import app_of, connect_once, why_no_admin

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Usable:
    """An answer that can be used.

    Attributes:
        found: what was found out about it; may be empty.
        if_taken: what else to say once it is taken; empty for one that looks right. With it,
            Enter doesn't keep the answer.
    """

    found: str = ""
    if_taken: str = ""


AnswerCheck = Callable[[str], Coroutine[Any, Any, Usable]]
"""Takes an answer; raises ``SettingsError`` if it can't be used, and nothing about Slack."""


class AnswerChecks:
    """Checks of answers, in the order in which they are asked: the later ones need the bot token.

    Args:
        settings: where Slack is, and how long a call may take.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bot_token = ""
        self._me: Identity | None = None

    async def bot_token(self, token: str) -> Usable:
        """Ask Slack who the token belongs to, and which scopes it has."""
        _refuse_misplaced("SLACK_BOT_TOKEN", token)
        self._bot_token = token
        async with self._client() as client:
            self._me = await self._ask("SLACK_BOT_TOKEN", who_am_i(client))
            missing = await self._ask("SLACK_BOT_TOKEN", missing_scopes(client))
        good = sentence("init_bot_token_good", what=self._me.workspace_id)
        scopes = sentence("init_scopes", what=", ".join(missing)) if missing else ""
        return Usable(f"{good} {scopes}".strip())

    async def app_token(self, token: str) -> Usable:
        """Connect by Socket Mode once."""
        _refuse_misplaced("SLACK_APP_TOKEN", token)
        other = app_of(token)
        if self._me and other and self._me.app_id and other != self._me.app_id:
            raise SettingsError("SLACK_APP_TOKEN", sentence("init_other_app", what=other))
        async with self._client() as client:
            await self._ask("SLACK_APP_TOKEN", connect_once(client, token))
        return Usable(sentence("init_app_token_good"))

    async def signing_secret(self, secret: str) -> Usable:
        """Look at its form: Slack has no call that tries one."""
        _refuse_misplaced("SLACK_SIGNING_SECRET", secret)
        odd = odd_signing_secret(secret)
        if len(secret.split()) > 1:
            raise SettingsError("SLACK_SIGNING_SECRET", odd)
        if not odd:
            return Usable()
        return Usable(sentence("init_secret_odd", why=odd), sentence("init_secret_taken"))

    async def admins(self, ids: str) -> Usable:
        """Look each of them up."""
        try:
            ids = user_ids(ids)
        except ValueError as wrong:
            raise SettingsError("REFRAME_ADMINS", str(wrong)) from None
        async with self._client() as client:
            for user_id in listed(ids):
                if why := await self._ask("REFRAME_ADMINS", why_no_admin(client, user_id)):
                    raise SettingsError("REFRAME_ADMINS", f"{user_id}: {why}")
        return Usable()

    async def _ask(self, name: str, call: Coroutine[Any, Any, Result]) -> Result:
        """Return what Slack answers.

        Raises:
            SettingsError: it refuses the token, or can't be asked now; says what to do.
        """
        try:
            return await call
        except SlackRefusedError as refused:
            known = ("missing_scope", "not_allowed_token_type", "org_wide_installation")
            kind = f"init_{refused.code}" if refused.code in known else "init_refused"
            if refused.code in NOT_INSTALLED and name != "SLACK_APP_TOKEN":
                kind = "init_not_installed"
            raise SettingsError(name, sentence(kind, what=str(refused), name=name)) from None
        except (RateLimitedError, SlackUnavailableError) as away:
            slack = self._settings.slack_api_url
            kind = "init_practice_away" if is_on_this_machine(slack) else "init_slack_away"
            raise SettingsError(name, sentence(kind, what=str(away), name=slack)) from None

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Client]:
        """Open a client with the bot token for one check."""
        timeout = self._settings.limits.post_timeout_seconds
        async with aiohttp.ClientSession() as session:
            yield web_client(self._bot_token, self._settings.slack_api_url, timeout, session)


def _refuse_misplaced(name: str, token: str) -> None:
    if why := misplaced_token(name, token):
        raise SettingsError(name, why)
