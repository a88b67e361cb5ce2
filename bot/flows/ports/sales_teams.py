"""The port to sales teams: who agreed to be counted, what is counted, and past digests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from bot.core.digest_stats import Counts, DigestFigures


@dataclass(frozen=True, slots=True)
class SalesTeam:
    """A manager's group of sellers.

    Attributes:
        id: unique in its workspace.
        slot: when its digest comes, ``mon 09:00`` in the manager's time zone.
        channel_id: to share digests with; empty for none.
    """

    id: str
    workspace_id: str
    manager_id: str
    name: str
    slot: str
    channel_id: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    """A sales team that a person was invited to, and whether they accepted."""

    team: SalesTeam
    accepted: bool


class SalesTeams(Protocol):
    """Sales teams and their members. Times in Unix seconds."""

    async def save(self, team: SalesTeam, *, digest_due: float, now: float) -> None:
        """Insert a team, or change its name, slot and channel."""

    async def get(self, workspace_id: str, team_id: str) -> SalesTeam | None:
        """Return one team."""

    async def managed_by(self, workspace_id: str, manager_id: str) -> list[SalesTeam]:
        """Return the teams that a person manages, oldest first."""

    async def all(self, workspace_id: str | None = None) -> list[SalesTeam]:
        """Return every team, or every team of a workspace, oldest first."""

    async def members(self, workspace_id: str, team_id: str) -> list[str]:
        """Return everyone who was invited; who accepted is not disclosed."""

    async def add_member(self, team: SalesTeam, user_id: str) -> bool:
        """Add an invited member. False: they are in already."""

    async def keep_members(self, team: SalesTeam, user_ids: Collection[str]) -> None:
        """Remove everyone else."""

    async def remove_member(self, workspace_id: str, team_id: str, user_id: str) -> None:
        """Remove one member."""

    async def accept(self, workspace_id: str, team_id: str, user_id: str, *, now: float) -> bool:
        """Note that a member agrees to be counted. False: nobody invited them."""

    async def memberships(self, workspace_id: str, user_id: str) -> list[Membership]:
        """Return the teams that a person was invited to, oldest first."""


class Digests(Protocol):
    """The one place that counts, and what past digests said.

    Every number counts distinct sellers who agreed before the week began, the manager not among
    them, and is zero if fewer than the floor stand behind it. The queries hold that floor, not
    their callers (promise 6 of the design).
    """

    async def counts(
        self, team: SalesTeam, *, start: float, end: float, week: str, now: float
    ) -> tuple[Counts, frozenset[str]]:
        """Count a team's week.

        Args:
            team: whose.
            start, end: of the week, Unix seconds.
            week: its ISO name, ``2026-W48``.
            now: Unix seconds, for pauses that still last.

        Returns:
            The counts, and the user ids of everyone counted.
        """

    async def saved(
        self, workspace_id: str, team_id: str, week: str
    ) -> tuple[DigestFigures | None, frozenset[str]]:
        """Return what a week's digest said, and who had been counted."""

    async def counted_in_other_teams(
        self, workspace_id: str, team_id: str, week: str
    ) -> list[frozenset[str]]:
        """Return who was counted in each other digest of a week that shares a member."""

    async def save(
        self,
        team: SalesTeam,
        week: str,
        figures: DigestFigures,
        counted: frozenset[str],
        *,
        now: float,
    ) -> None:
        """Keep what a digest says, and who was counted in it."""
