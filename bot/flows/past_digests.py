"""A digest is shown again: to its manager, to a member, or to whoever runs the bot."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from bot.core.weekly_slot import last_iso_week
from bot.flows.digest_figures import DigestFiguresOnce
from bot.flows.house_rules import HouseRules
from bot.flows.ports.clock import Clock
from bot.flows.ports.rendering import Content, Renderer
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store


class PastDigests:
    """Shows digests.

    Args:
        store, clock: the ports. rules: of each workspace. renderer: how they look.
        figures: computes what wasn't computed.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        rules: HouseRules,
        renderer: Renderer,
        figures: DigestFiguresOnce,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._renderer = renderer
        self._figures = figures

    async def latest(self, workspace_id: str, user_id: str) -> Content | None:
        """Return the latest digest that this person may see; None if none is of the last two weeks.

        It is the digest of a team that they manage, or of one in which they agreed to be counted.
        For most of the week, the digest of a Sunday is about the week before last.
        """
        last, start, _ = last_iso_week(self._clock())
        async with self._store.begin() as uow:
            managed = await uow.sales_teams.managed_by(workspace_id, user_id)
            memberships = await uow.sales_teams.memberships(workspace_id, user_id)
            teams = managed + [m.team for m in memberships if m.accepted]
            for week, team in product((last, last_iso_week(start)[0]), teams):
                content = await self._figures.saved(uow, team, week)
                if content is not None:
                    is_manager = user_id == team.manager_id
                    strings = await self._rules.strings(uow, workspace_id)
                    return self._renderer.digest(strings, replace(content, for_manager=is_manager))
        return None

    async def preview(self, team: SalesTeam) -> Content:
        """Return what a team's manager would be sent now; its figures stay as they are."""
        async with self._store.begin() as uow:
            content = await self._figures.last_week(uow, team, self._clock())
            strings = await self._rules.strings(uow, team.workspace_id)
        return self._renderer.digest(strings, replace(content, for_manager=True))
