"""The port to sales teams: whom a manager named, and who agreed to be counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SalesTeam:
    """A manager's group of sellers.

    Attributes:
        id: unique in its workspace.
        slot: when its digest comes, ``mon 09:00`` in the manager's time zone.
        channel_id: to share digests with; empty for none.
        next_manager_id: who is asked to take it over; empty for nobody.
        created_at: Unix seconds; 0 if it isn't stored yet.
    """

    id: str
    workspace_id: str
    manager_id: str
    name: str
    slot: str
    channel_id: str = ""
    next_manager_id: str = ""
    created_at: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Membership:
    """A sales team that a person was invited to, and whether they accepted."""

    team: SalesTeam
    accepted: bool


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person whom a manager has named at some time. Not for the manager's eyes.

    Attributes:
        is_named: whether the manager names them now.
        invitations: how often they were asked.
        is_open: whether they have the invitation, or said yes; not if they said no or left.
    """

    user_id: str
    is_named: bool
    invitations: int
    is_open: bool


class SalesTeams(Protocol):
    """Sales teams and their members. Times in Unix seconds.

    A team that has ended is in no answer any more.
    """

    async def save(self, team: SalesTeam, *, digest_due: float, now: float) -> None:
        """Insert a team, or change its name, slot and channel."""

    async def get(self, workspace_id: str, team_id: str) -> SalesTeam | None:
        """Return one team."""

    async def managed_by(self, workspace_id: str, manager_id: str) -> list[SalesTeam]:
        """Return the teams that a person manages, oldest first."""

    async def all(self, workspace_id: str | None = None) -> list[SalesTeam]:
        """Return every team, or every team of a workspace, oldest first."""

    async def end(self, workspace_id: str, team_id: str, *, now: float) -> bool:
        """End a team for good, and everybody's membership. False: there is none."""

    async def offer(self, team: SalesTeam, user_id: str) -> None:
        """Note who is asked to take a team over; empty for nobody."""

    async def hand_over(self, team: SalesTeam, user_id: str, *, digest_due: float) -> bool:
        """Make the person who was asked the manager. False: they are not asked any more."""

    async def named(self, workspace_id: str, team_id: str) -> list[str]:
        """Return everyone the manager names, whatever they answered or have done since."""

    async def people(self, workspace_id: str, team_id: str) -> list[NamedPerson]:
        """Return everyone the manager has ever named, for deciding whom to invite."""

    async def set_named(self, team: SalesTeam, user_ids: Collection[str], *, now: float) -> None:
        """Keep whom the manager names from now on, and remove everyone else from the team."""

    async def count_named_since(self, workspace_id: str, manager_id: str, since: float) -> int:
        """Count the people whom a manager has named newly since then, in all of their teams."""

    async def invite(self, team: SalesTeam, user_id: str) -> bool:
        """Note that a person whom the manager names is asked. False: they are asked already."""

    async def remove_member(self, workspace_id: str, team_id: str, user_id: str) -> None:
        """Remove one member; the manager goes on naming them."""

    async def accept(self, workspace_id: str, team_id: str, user_id: str, *, now: float) -> bool:
        """Note that a person agrees to be counted. False: the manager doesn't name them."""

    async def memberships(self, workspace_id: str, user_id: str) -> list[Membership]:
        """Return the teams that a person was invited to, oldest first."""

    async def accepted(self, workspace_id: str, team_id: str) -> list[str]:
        """Return who agreed to be counted, for writing to them; nobody else may learn it."""
