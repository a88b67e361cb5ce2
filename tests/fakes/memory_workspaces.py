"""What was chosen for each workspace, in memory."""

from __future__ import annotations

from dataclasses import replace

from bot.core.workspace_rules import WorkspaceChoices
from tests.fakes.state import State, of_workspace


class MemoryWorkspaceSettings:
    """In-memory twin of ``bot.flows.ports.workspace_settings.WorkspaceSettings``."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def get(self, workspace_id: str) -> WorkspaceChoices:
        chosen = self._state.workspace_settings.get((workspace_id,), WorkspaceChoices())
        named = of_workspace(self._state.workspace_admins, workspace_id)
        return replace(chosen, admins=frozenset(key[1] for key in named))

    async def save(self, workspace_id: str, choices: WorkspaceChoices) -> None:
        for key in of_workspace(self._state.workspace_admins, workspace_id):
            del self._state.workspace_admins[key]
        for user_id in choices.admins:
            self._state.workspace_admins[workspace_id, user_id] = None
        self._state.workspace_settings.pop((workspace_id,), None)
        settings = replace(choices, admins=frozenset())
        if settings != WorkspaceChoices():
            self._state.workspace_settings[workspace_id,] = settings
