"""The figures of a team's week: computed once, and the same for whoever looks afterward."""

from __future__ import annotations

from bot.core.digest_stats import Blur, Chance, DigestFigures, figures_for
from bot.core.team_policy import TeamLimits
from bot.core.weekly_slot import last_iso_week
from bot.flows.ports.rendering import DigestContent
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import UnitOfWork
from bot.flows.weekly_reflection import trap_of_the_week


class DigestFiguresOnce:
    """Computes what may be told of a team's week, the first time that anybody needs it.

    If it were computed again, after a member was removed or with another blur, the difference
    would tell something about one person.

    Args:
        chance: where the blur comes from; nobody may be able to guess it.
        limits: the bands and the blur.
    """

    def __init__(self, chance: Chance, limits: TeamLimits) -> None:
        self._chance = chance
        self._limits = limits

    async def last_week(self, uow: UnitOfWork, team: SalesTeam, now: float) -> DigestContent:
        """Return the digest about the last full week before ``now`` (Unix seconds)."""
        week, start, end = last_iso_week(now)
        await uow.serialize(team.workspace_id, "digests")  # a seller is counted by one team only
        figures = await uow.digests.saved(team.workspace_id, team.id, week)
        if figures is None:
            blur = Blur.draw(self._chance, self._limits)
            counts, counted = await uow.digests.counts(team, start=start, end=end, week=week)
            before = await uow.digests.saved(team.workspace_id, team.id, last_iso_week(start)[0])
            figures = figures_for(counts, before, blur, self._limits)
            await uow.digests.save(team, week, figures, counted, now=now)
        return digest_about(team, week, figures)


def digest_about(team: SalesTeam, week: str, figures: DigestFigures) -> DigestContent:
    """Return what the digest of a week shows, as the team may see it."""
    return DigestContent(team=team, week=week, figures=figures, article=trap_of_the_week(week))
