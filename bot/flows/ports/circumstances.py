"""The port to what was chosen for where and to whom something may be said, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.model import Preferences, Trap
from bot.core.workspace_rules import WorkspaceChoices
from bot.flows.ports.channels import ChannelSettings, Probation


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What was chosen for a place and a person.

    Attributes:
        choices: of the workspace's admins.
        channel: how the channel is watched.
        preferences: the person's.
        muted_until: until when they get no question about the trap, Unix seconds; None if they do.
        probation: of the trap.
    """

    choices: WorkspaceChoices
    channel: ChannelSettings
    preferences: Preferences
    muted_until: float | None
    probation: Probation


class CircumstancesReader(Protocol):
    """Reads together what each decision and each post has to know."""

    async def of(
        self, workspace_id: str, channel_id: str, user_id: str, trap: Trap | None
    ) -> Circumstances:
        """Return what was chosen, with what holds where nobody has chosen anything.

        Args:
            workspace_id, channel_id, user_id: where, and for whom.
            trap: which one it is about; None for none, which is neither muted nor on probation.
        """
