"""The ports to installations: in which workspaces the bot is, and with which tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BotTokens:
    """What calls Slack for the bot of a workspace. Its repr shows no token.

    Attributes:
        token: the bot token.
        refresh_token: gets the next one, once; None if tokens don't expire in this app
            (docs.slack.dev/authentication/using-token-rotation).
        expires_at: when the token ends, Unix seconds; None for never.
    """

    token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """The bot in one workspace.

    Attributes:
        workspace_id: the workspace (``T...``).
        bot_user_id: the bot's user (``U...``). bot_id: as messages carry it (``B...``).
        app_id: the app (``A...``).
    """

    workspace_id: str
    bot_user_id: str
    bot_id: str | None
    app_id: str | None
    tokens: BotTokens


class Installations(Protocol):
    """The workspaces that have installed the bot."""

    async def save(self, installation: Installation, *, now: float) -> None:
        """Keep an installation, in place of an earlier one of the workspace. Its tokens are
        encrypted.

        Raises:
            NoEncryptionKeyError: there is no key to encrypt them with.
        """

    async def get(self, workspace_id: str) -> Installation | None:
        """Return an installation; None if there is none, or its tokens can't be opened."""

    async def count(self) -> int:
        """Return how many workspaces have installed the bot."""

    async def claim_refresh(
        self, workspace_id: str, *, expires_at: float, owner: str, now: float, until: float
    ) -> bool:
        """Claim the exchange of the refresh token, which Slack takes once.

        Args:
            workspace_id: whose.
            expires_at: of the token that is to be replaced; nothing is claimed if it has been.
            owner: who claims. now, until: from when to when, Unix seconds.

        Returns:
            Whether it was claimed; False if another one holds it.
        """

    async def replace_tokens(self, workspace_id: str, tokens: BotTokens, *, owner: str) -> bool:
        """Keep new tokens and end the claim; False if the claim is no longer this owner's."""

    async def release_refresh(self, workspace_id: str, *, owner: str) -> None:
        """End a claim without new tokens."""


class Removals(Protocol):
    """Workspaces that have removed the app. Work on their behalf may still be under way; as long as
    they are named here and have no installation, the store leaves out every row about them that
    somebody writes, as if it were there already."""

    async def add(self, workspace_id: str, *, now: float) -> None:
        """Note that a workspace removes the app, Unix seconds, if an installation of it is kept.
        Its rows are erased in the same transaction, afterward."""

    async def withdraw(self, workspace_id: str) -> None:
        """Note that a workspace has the app, again or still."""


class InstallStates(Protocol):
    """Proofs that an installation that comes back from Slack began here
    (docs.slack.dev/authentication/installing-with-oauth, ``state``)."""

    async def add(self, mark: str, *, expires_at: float) -> None:
        """Keep the mark of a state until a moment, Unix seconds."""

    async def take(self, mark: str, *, now: float) -> bool:
        """Return whether a mark is here and has not expired; it is gone afterward."""

    async def count(self, *, now: float) -> int:
        """Return how many have not expired; those that have are erased."""


class TokenExchange(Protocol):
    """Gets new tokens from Slack."""

    async def refresh(self, workspace_id: str, refresh_token: str) -> BotTokens:
        """Exchange a refresh token, which Slack takes once.

        Raises:
            SlackRefusedError: it was used before, or the app was removed.
            RateLimitedError, SlackUnavailableError: not now.
        """
