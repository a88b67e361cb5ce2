"""The port to figures about teams: what is counted, and what past digests said."""

from __future__ import annotations

from typing import Protocol

from bot.core.digest_stats import Counts, DigestFigures
from bot.flows.ports.sales_teams import SalesTeam


class Digests(Protocol):
    """The one place that counts, and what past digests said.

    Every number counts distinct sellers who agreed before the week began, the manager not among
    them, and is zero if fewer than the floor stand behind it. The queries hold that floor, not
    their callers (promise 6 of the design).
    """

    async def counts(
        self, team: SalesTeam, *, start: float, end: float, week: str
    ) -> tuple[Counts, frozenset[str]]:
        """Count a team's week.

        A seller is counted in the team that they agreed to last before the week began, unless
        another team counted them in that week; and for one trap, the one they met most often.

        Args:
            team: whose.
            start, end: of the week, Unix seconds.
            week: its ISO name, ``2026-W48``.

        Returns:
            The counts, and the user ids of everyone counted.
        """

    async def saved(self, workspace_id: str, team_id: str, week: str) -> DigestFigures | None:
        """Return what a week's digest said; None if it was not computed yet."""

    async def save(
        self,
        team: SalesTeam,
        week: str,
        figures: DigestFigures,
        counted: frozenset[str],
        *,
        now: float,
    ) -> None:
        """Keep what a digest says, and who was counted. What was kept first stays."""
