"""Which workspaces are served, and who calls Slack in each."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from cachetools import LRUCache, TTLCache

from bot.flows.concurrency import SharedCalls
from bot.flows.errors import SlackRefusedError, SlackUnavailableError, StoreUnavailableError
from bot.flows.ports.clock import Clock
from bot.flows.workspace_tokens import WorkspaceTokens
from bot.slack.clients import Client, ClientProvider, MethodHolds, SharesHolds
from bot.slack.identity import Identity
from bot.slack.state import TOKEN_REFUSED, SlackState

UNKNOWN = "unknown_workspace"
_REMEMBERED = 1_024  # workspaces; a client is some kilobytes
_REMEMBERED_SECONDS = 60.0  # after which a token that another process got is seen here


class Workspaces(ClientProvider, Protocol):
    """Knows the bot in each workspace that has installed it.

    Attributes:
        app_id: the app that is served (``A...``); None if that isn't known, or is proven by the
            signature. described: where the bot is installed, for the log.
    """

    @property
    def app_id(self) -> str | None:
        """The app that is served."""

    @property
    def described(self) -> str:
        """Where the bot is installed, for the log."""

    async def identity(self, workspace_id: str) -> Identity | None:
        """Return the bot in a workspace; None if it isn't installed there.

        Raises:
            StoreUnavailableError: that can't be looked up now.
        """

    def forget(self, workspace_id: str) -> None:
        """Look a workspace up again: it was installed anew, or removed the app."""


class SingleWorkspace:
    """The set-up with one token in the settings. Implements ``Workspaces``.

    Args:
        identity: the bot in the workspace that the token belongs to.
        client: with this token.
    """

    def __init__(self, identity: Identity, client: Client) -> None:
        self._identity = identity
        self._client = client

    @property
    def app_id(self) -> str | None:
        """The app that is served."""
        return self._identity.app_id

    @property
    def described(self) -> str:
        """Where the bot is installed, for the log."""
        return f"{self._identity.workspace_id} alone"

    async def client(self, workspace_id: str) -> Client:
        """Return the one client.

        Raises:
            SlackRefusedError: it is asked for another workspace.
        """
        if workspace_id != self._identity.workspace_id:
            raise SlackRefusedError(UNKNOWN)
        return self._client

    def leave_alone(self, workspace_id: str, method: str, seconds: float) -> None:
        """Leave a method alone, if it is this workspace's."""
        if workspace_id == self._identity.workspace_id:
            self._client.leave_alone(method, seconds)

    async def identity(self, workspace_id: str) -> Identity | None:
        """Return the bot in the one workspace."""
        return self._identity if workspace_id == self._identity.workspace_id else None

    def forget(self, workspace_id: str) -> None:
        """Do nothing: the token stands in the settings."""


class _TokenWatch:
    """Told by a client what Slack answers; implements ``bot.slack.clients.NotesAnswers``.

    A refused token may have been replaced in another process, so it is looked up again.
    """

    def __init__(self, slack: SlackState, on_refused: Callable[[], None]) -> None:
        self._slack = slack
        self._on_refused = on_refused

    def note_answer(self, code: str) -> None:
        """Look the workspace up again if its token is refused."""
        if code in TOKEN_REFUSED:
            self._on_refused()

    def note_time(self, slack_time: float) -> None:
        """Pass on what time it is at Slack, Unix seconds."""
        self._slack.note_time(slack_time)


class InstalledWorkspaces:
    """The set-up in which any workspace may install the bot. Implements ``Workspaces``.

    Who isn't installed is looked up each time, since it may be in a moment. Events that come
    together share one look into the database.

    Args:
        tokens: each workspace's, exchanged before they expire.
        new_client: builds a client for a token. slack: is told what time it is at Slack.
        shared: lets other processes know what Slack says to leave alone. clock: Unix seconds.
    """

    def __init__(
        self,
        *,
        tokens: WorkspaceTokens,
        new_client: Callable[[str], Client],
        slack: SlackState,
        shared: SharesHolds,
        clock: Clock,
    ) -> None:
        self._shared = shared
        self._tokens = tokens
        self._new_client = new_client
        self._slack = slack
        self._holds: LRUCache[str, MethodHolds] = LRUCache(_REMEMBERED)
        self._known: TTLCache[str, tuple[Identity, Client]] = TTLCache(
            _REMEMBERED, _REMEMBERED_SECONDS, timer=clock
        )
        self._reads: SharedCalls[tuple[Identity, Client] | None] = SharedCalls()

    @property
    def app_id(self) -> str | None:
        """The app that is served."""
        return None  # only this app's payloads carry its signature

    @property
    def described(self) -> str:
        """Where the bot is installed, for the log."""
        return "other workspaces"

    async def client(self, workspace_id: str) -> Client:
        """Return the client with the workspace's current token.

        Raises:
            SlackRefusedError, SlackUnavailableError, RateLimitedError: as ``ClientProvider`` says.
        """
        try:
            found = await self._find(workspace_id)
        except StoreUnavailableError as down:
            raise SlackUnavailableError("the token can't be read") from down
        if found is None:
            raise SlackRefusedError(UNKNOWN)
        return found[1]

    def leave_alone(self, workspace_id: str, method: str, seconds: float) -> None:
        """Leave a method of a workspace alone, whichever token it has by then."""
        self._holds_of(workspace_id).add(method, seconds)

    async def identity(self, workspace_id: str) -> Identity | None:
        """Return the bot in a workspace; None if it isn't installed there."""
        found = await self._find(workspace_id)
        return found[0] if found else None

    def forget(self, workspace_id: str) -> None:
        """Look a workspace up again when it is asked for next."""
        self._known.pop(workspace_id, None)
        self._reads.drop(workspace_id)

    async def _find(self, workspace_id: str) -> tuple[Identity, Client] | None:
        known = self._known.get(workspace_id)
        if known is not None or not workspace_id:
            return known
        return await self._reads.result_of(workspace_id, partial(self._read, workspace_id))

    async def _read(self, workspace_id: str) -> tuple[Identity, Client] | None:
        installed = await self._tokens.current(workspace_id)
        if installed is None:
            return None
        client = self._new_client(installed.tokens.token)
        client.holds = self._holds_of(workspace_id)
        client.state = _TokenWatch(self._slack, lambda: self.forget(workspace_id))
        identity = Identity(workspace_id, installed.bot_user_id, installed.bot_id, installed.app_id)
        self._known[workspace_id] = identity, client
        return identity, client

    def _holds_of(self, workspace_id: str) -> MethodHolds:
        """Return what is left alone in a workspace; it outlives the clients, which are built anew
        every minute."""
        holds = self._holds.get(workspace_id)
        if holds is None:
            holds = self._holds[workspace_id] = MethodHolds(workspace_id, self._shared)
        return holds
