"""The port to what the admins of each workspace have chosen for it."""

from __future__ import annotations

from typing import Protocol

from bot.core.workspace_rules import WorkspaceChoices


class WorkspaceSettings(Protocol):
    """One set of choices per workspace."""

    async def get(self, workspace_id: str) -> WorkspaceChoices:
        """Return what was chosen; nothing for a workspace in which nobody has chosen yet."""

    async def save(self, workspace_id: str, choices: WorkspaceChoices) -> None:
        """Keep choices in place of all earlier ones; without any, the workspace has no row."""
