"""A seller agrees to be counted in a sales team, declines, or leaves; nobody else is told."""

from __future__ import annotations

from bot.core.playbook_model import Playbook
from bot.core.team_policy import TeamLimits
from bot.flows.people_in_slack import person_if_known
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store


class TeamMembers:
    """Takes members' answers.

    Args:
        store, chat, clock, limits: the ports and the caps. playbook: the words.
    """

    def __init__(
        self, *, store: Store, chat: Chat, clock: Clock, limits: TeamLimits, playbook: Playbook
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._playbook = playbook

    async def answer_invitation(
        self, workspace_id: str, team_id: str, user_id: str, *, accepts: bool
    ) -> str:
        """Take a member's answer; return the line to show."""
        if not accepts:
            async with self._store.begin() as uow:
                await uow.sales_teams.remove_member(workspace_id, team_id, user_id)
            return self._playbook.text("team", "declined")
        within = self._limits.lookup_seconds
        person = await person_if_known(self._chat, workspace_id, user_id, within_seconds=within)
        if person is None or not person.is_colleague:
            return self._playbook.text("team", "guests" if person else "slack_is_away")
        async with self._store.begin() as uow:
            known = await uow.sales_teams.accept(workspace_id, team_id, user_id, now=self._clock())
        return self._playbook.text("team", "agreed" if known else "gone")

    async def leave_all(self, workspace_id: str, user_id: str) -> str:
        """Leave every team; return the line to show."""
        async with self._store.begin() as uow:
            memberships = await uow.sales_teams.memberships(workspace_id, user_id)
            for membership in memberships:
                await uow.sales_teams.remove_member(workspace_id, membership.team.id, user_id)
        return self._playbook.text("team", "left" if memberships else "not_in")
