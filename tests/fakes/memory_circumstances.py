"""What was chosen for a place and a person, in memory."""

from __future__ import annotations

from bot.core.model import Trap
from bot.flows.ports.channels import Probation
from bot.flows.ports.circumstances import Circumstances
from tests.fakes.memory_people import MemoryChannels, MemoryPeople
from tests.fakes.memory_workspaces import MemoryWorkspaceSettings
from tests.fakes.state import State


class MemoryCircumstances:
    """In-memory twin of ``bot.flows.ports.circumstances.CircumstancesReader``."""

    def __init__(self, state: State) -> None:
        self._people = MemoryPeople(state, keeps_words=False)
        self._channels = MemoryChannels(state)
        self._workspaces = MemoryWorkspaceSettings(state)

    async def of(
        self, workspace_id: str, channel_id: str, user_id: str, trap: Trap | None
    ) -> Circumstances:
        muted_until, probation = None, Probation()
        if trap is not None:
            muted_until = await self._people.muted_until(workspace_id, user_id, trap)
            probation = await self._channels.probation(workspace_id, trap)
        return Circumstances(
            choices=await self._workspaces.get(workspace_id),
            channel=await self._channels.settings(workspace_id, channel_id),
            preferences=await self._people.preferences(workspace_id, user_id),
            muted_until=muted_until,
            probation=probation,
        )
