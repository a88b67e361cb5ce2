"""Installations in memory."""

from __future__ import annotations

from bot.flows.errors import NoEncryptionKeyError
from bot.flows.ports.installations import BotTokens, Installation
from tests.fakes.state import InstallationRow, Keys, State


class MemoryInstallations:
    """In-memory twin of ``bot.flows.ports.installations.Installations``."""

    def __init__(self, state: State, keys: Keys) -> None:
        self._state = state
        self._keys = keys

    async def save(self, installation: Installation, *, now: float) -> None:
        if self._keys.shared is None:
            raise NoEncryptionKeyError
        row = InstallationRow(installation, self._keys.shared)
        self._state.installations[installation.workspace_id,] = row

    async def get(self, workspace_id: str) -> Installation | None:
        row = self._state.installations.get((workspace_id,))
        return row.installation if row and row.sealed_by == self._keys.shared else None

    async def count(self) -> int:
        return len(self._state.installations)

    async def claim_refresh(
        self, workspace_id: str, *, expires_at: float, owner: str, now: float, until: float
    ) -> bool:
        row = self._state.installations.get((workspace_id,))
        if row is None or row.installation.tokens.expires_at != expires_at:
            return False
        if row.refresh_until is not None and row.refresh_until > now:
            return False
        row.refresh_owner, row.refresh_until = owner, until
        return True

    async def replace_tokens(self, workspace_id: str, tokens: BotTokens, *, owner: str) -> bool:
        row = self._state.installations.get((workspace_id,))
        if row is None or row.refresh_owner != owner:
            return False
        row.replace(tokens)
        return True

    async def release_refresh(self, workspace_id: str, *, owner: str) -> None:
        row = self._state.installations.get((workspace_id,))
        if row is not None and row.refresh_owner == owner:
            row.refresh_owner = row.refresh_until = None


class MemoryInstallStates:
    """In-memory twin of ``bot.flows.ports.installations.InstallStates``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, mark: str, *, expires_at: float) -> None:
        self._state.install_states.setdefault(mark, expires_at)

    async def take(self, mark: str, *, now: float) -> bool:
        return self._state.install_states.pop(mark, 0.0) > now

    async def count(self, *, now: float) -> int:
        states = self._state.install_states
        for mark in [m for m, ends in states.items() if ends <= now]:
            del states[mark]
        return len(states)
