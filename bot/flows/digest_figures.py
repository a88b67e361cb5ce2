"""The figures of a team's four weeks: computed once, and the same for whoever looks afterward."""

from __future__ import annotations

from dataclasses import replace

from bot.core.digest_stats import Blur, Chance, DigestFigures, figures_for
from bot.core.team_policy import TeamLimits
from bot.core.weekly_slot import Period, last_iso_week, week_end
from bot.core.weekly_theme import theme_of_the_week
from bot.flows.ports.rendering import DigestContent
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import UnitOfWork


class DigestFiguresOnce:
    """Computes what may be told of a team's four weeks, the first time that anybody needs it.

    If it were computed again, after a member was removed or with another blur, the difference
    would tell something about one person. The digests of four weeks tell the same figures; only
    the theme moves on.

    Args:
        chance: where the blur comes from; nobody may be able to guess it.
        limits: the bands, the blur, and how many weeks the figures cover.
    """

    def __init__(self, chance: Chance, limits: TeamLimits) -> None:
        self._chance = chance
        self._limits = limits

    async def last_week(self, uow: UnitOfWork, team: SalesTeam, now: float) -> DigestContent:
        """Return the digest of the last full week before ``now`` (Unix seconds)."""
        week, _, _ = last_iso_week(now)
        period = _period_of(week, self._limits)
        await uow.serialize(team.workspace_id, "digests")  # a seller is counted by one team only
        figures = await uow.digests.saved(team.workspace_id, team.id, period.name)
        if figures is None:
            blur = Blur.draw(self._chance, self._limits)
            counts, counted = await uow.digests.counts(team, period)
            before = await uow.digests.saved(team.workspace_id, team.id, period.before.name)
            figures = figures_for(counts, before, blur, self._limits)
            await uow.digests.save(team, period.name, figures, counted, now=now)
        # Under the week's own name: that its digest was told. The figures stand with the period.
        await uow.digests.save(team, week, DigestFigures(), frozenset(), now=now)
        return _digest(team, week, period, figures)

    async def saved(self, uow: UnitOfWork, team: SalesTeam, week: str) -> DigestContent | None:
        """Return the digest of a week as it was told; see ``saved_digest``."""
        return await saved_digest(uow, team, week, self._limits)


async def saved_digest(
    uow: UnitOfWork, team: SalesTeam, week: str, limits: TeamLimits
) -> DigestContent | None:
    """Return the digest of a week as it was told; None if it never was.

    Args:
        uow: in a transaction.
        team: whose.
        week: its ISO name.
        limits: how many weeks the figures cover.
    """
    if await uow.digests.saved(team.workspace_id, team.id, week) is None:
        return None
    period = _period_of(week, limits)
    figures = await uow.digests.saved(team.workspace_id, team.id, period.name)
    return None if figures is None else _digest(team, week, period, figures)


def sample_digest(
    team: SalesTeam, now: float, figures: DigestFigures, *, for_manager: bool
) -> DigestContent:
    """Return a digest with figures that somebody made up; nobody's data is read.

    Args:
        team: whose it pretends to be. now: Unix seconds. figures: invented.
        for_manager: whether its reader manages the team.
    """
    week, _, _ = last_iso_week(now)
    content = _digest(team, week, _period_of(week, TeamLimits()), figures)
    return replace(content, for_manager=for_manager)


def _period_of(week: str, limits: TeamLimits) -> Period:
    """Return the period whose figures the digest of a week tells: the last one over by then."""
    return Period.last_before(week_end(week), limits.digest_weeks)


def _digest(team: SalesTeam, week: str, period: Period, figures: DigestFigures) -> DigestContent:
    return DigestContent(
        team=team,
        week=week,
        theme=theme_of_the_week(week, figures),
        figures=figures,
        figures_until=period.end,
    )
