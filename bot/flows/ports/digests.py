"""The port to figures about teams: what is counted, and what past digests said."""

from __future__ import annotations

from typing import Protocol

from bot.core.digest_stats import Counts, DigestFigures
from bot.core.weekly_slot import Period
from bot.flows.ports.sales_teams import SalesTeam


class Digests(Protocol):
    """The one place that counts, and what past digests said.

    Every number counts distinct sellers who agreed before the last week of a period began, the
    manager not among them, and is zero if fewer than the floor stand behind it. The queries hold
    that floor, not their callers (promise 6 of the design).
    """

    async def counts(self, team: SalesTeam, period: Period) -> tuple[Counts, frozenset[str]]:
        """Count a team's period.

        What a seller did counts from the first full week after they agreed. A seller is counted
        in the team that they agreed to last before the period's last week began, unless another
        team counted them in that period, or an earlier version did in one of its weeks; and for
        one trap, the one they met most often.

        Returns:
            The counts, and the user ids of everyone counted.
        """

    async def saved(self, workspace_id: str, team_id: str, period: str) -> DigestFigures | None:
        """Return what is kept under the name of a period or a week; None if nothing is."""

    async def save(
        self,
        team: SalesTeam,
        period: str,
        figures: DigestFigures,
        counted: frozenset[str],
        *,
        now: float,
    ) -> None:
        """Keep figures under the name of a period or a week, and who was counted. What was kept
        first stays."""
