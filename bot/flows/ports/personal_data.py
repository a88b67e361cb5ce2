"""The port to all that is kept about one person, or about one workspace."""

from __future__ import annotations

from typing import Any, Protocol


class PersonalData(Protocol):
    """Export and erasure."""

    async def export(self, workspace_id: str, user_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return all rows about a person, by the name of their table."""

    async def erase(self, workspace_id: str, user_id: str) -> int:
        """Erase all rows about a person; return how many."""

    async def erase_workspace(self, workspace_id: str) -> int:
        """Erase everything about a workspace; return how many rows."""
