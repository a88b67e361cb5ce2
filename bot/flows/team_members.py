"""A seller agrees to be counted in a sales team, declines, or leaves; nobody else is told."""

from __future__ import annotations

from bot.core.languages import Section
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_if_known
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store, UnitOfWork


class TeamMembers:
    """Takes members' answers.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
    """

    def __init__(self, *, store: Store, chat: Chat, clock: Clock, rules: HouseRules) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits.teams

    async def answer_invitation(
        self, workspace_id: str, team_id: str, user_id: str, *, accepts: bool
    ) -> str:
        """Take a member's answer; return the line to show."""
        if not accepts:
            async with self._store.begin() as uow:
                await uow.sales_teams.remove_member(workspace_id, team_id, user_id)
                return (await self._words(uow, workspace_id))["declined"]
        within = self._limits.lookup_seconds
        person = await person_if_known(self._chat, workspace_id, user_id, within_seconds=within)
        async with self._store.begin() as uow:
            words = await self._words(uow, workspace_id)
            if person is None or not person.is_colleague:
                return words["guests" if person else "slack_is_away"]
            known = await uow.sales_teams.accept(workspace_id, team_id, user_id, now=self._clock())
        return words["agreed" if known else "gone"]

    async def leave_all(self, workspace_id: str, user_id: str) -> str:
        """Leave every team; return the line to show."""
        async with self._store.begin() as uow:
            memberships = await uow.sales_teams.memberships(workspace_id, user_id)
            for membership in memberships:
                await uow.sales_teams.remove_member(workspace_id, membership.team.id, user_id)
            words = await self._words(uow, workspace_id)
        return words["left" if memberships else "not_in"]

    async def _words(self, uow: UnitOfWork, workspace_id: str) -> Section:
        return (await self._rules.strings(uow, workspace_id))["team"]
