"""A seller agrees to be counted in a sales team, declines, or leaves; nobody else is told."""

from __future__ import annotations

from bot.core.playbook_model import Playbook
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store


class TeamMembers:
    """Takes members' answers.

    Args:
        store, chat, clock: the ports. playbook: the words.
    """

    def __init__(self, *, store: Store, chat: Chat, clock: Clock, playbook: Playbook) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._playbook = playbook

    async def answer_invitation(
        self, workspace_id: str, team_id: str, user_id: str, *, accepts: bool
    ) -> str:
        """Take a member's answer; return the line to show.

        Raises:
            SlackCallError: they accept, and who they are can't be learned now.
        """
        if not accepts:
            async with self._store.begin() as uow:
                await uow.sales_teams.remove_member(workspace_id, team_id, user_id)
            return self._playbook.text("team", "declined")
        if not (await self._chat.person(workspace_id, user_id)).is_colleague:
            return self._playbook.text("team", "guests")
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
