"""A manager sets up a sales team; members agree, decline or leave, and nobody else is told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from bot.core.playbook_model import Playbook
from bot.core.policy import WEEK, zone_of
from bot.core.unprompted import Unprompted
from bot.core.weekly_slot import WeeklySlot, last_iso_week
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


class TeamSetup:
    """Makes teams, and takes members' answers.

    Args:
        store, chat, clock: the ports. playbook: the words. renderer: how they look.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        playbook: Playbook,
        renderer: Renderer,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._playbook = playbook
        self._renderer = renderer
        self._wake_delivery = wake_delivery

    async def save(self, team: SalesTeam, member_ids: Sequence[str]) -> str:
        """Make or change a team, and invite each new member once; return the line to show.

        Raises:
            SlackCallError: the manager's time zone can't be learned now.
        """
        invited = [u for u in dict.fromkeys(member_ids) if u != team.manager_id]
        if not member_ids:
            return self._playbook.text("team", "needs_people")
        manager = await self._chat.person(team.workspace_id, team.manager_id)
        now, count = self._clock(), 0
        async with self._store.begin() as uow:
            before = await uow.sales_teams.get(team.workspace_id, team.id)
            if before is not None and before.manager_id != team.manager_id:
                return self._playbook.text("team", "gone")
            _, _, monday = last_iso_week(now)
            # The first digest comes after the first whole week that was counted.
            first_after = now if before else monday + 2 * WEEK - 1
            due = WeeklySlot.parse(team.slot).next_after(first_after, zone_of(manager))
            await uow.sales_teams.save(team, digest_due=due, now=now)
            await uow.sales_teams.keep_members(team, invited)
            for user_id in invited:
                if await uow.sales_teams.add_member(team, user_id):
                    count += 1
                    await uow.outbox.enqueue(self._invitation(team, user_id), now=now)
        self._wake_delivery()
        log.info("workspace=%s team=%s saved, %d invited", team.workspace_id, team.id, count)
        return self._playbook.text("team", "saved")

    async def managed_team(
        self, workspace_id: str, manager_id: str
    ) -> tuple[SalesTeam | None, list[str]]:
        """Return the team that a person manages, and who was invited to it."""
        async with self._store.begin() as uow:
            teams = await uow.sales_teams.managed_by(workspace_id, manager_id)
            if not teams:
                return None, []
            return teams[0], await uow.sales_teams.members(workspace_id, teams[0].id)

    async def answer_invitation(
        self, workspace_id: str, team_id: str, user_id: str, *, accepts: bool
    ) -> str:
        """Take a member's answer; return the line to show. Nobody else is told."""
        async with self._store.begin() as uow:
            if not accepts:
                await uow.sales_teams.remove_member(workspace_id, team_id, user_id)
                return self._playbook.text("team", "declined")
            known = await uow.sales_teams.accept(workspace_id, team_id, user_id, now=self._clock())
        return self._playbook.text("team", "agreed" if known else "gone")

    async def leave_all(self, workspace_id: str, user_id: str) -> str:
        """Leave every team; return the line to show. Nobody else is told."""
        async with self._store.begin() as uow:
            memberships = await uow.sales_teams.memberships(workspace_id, user_id)
            for membership in memberships:
                await uow.sales_teams.remove_member(workspace_id, membership.team.id, user_id)
        return self._playbook.text("team", "left" if memberships else "not_in")

    def _invitation(self, team: SalesTeam, user_id: str) -> OutgoingMessage:
        return OutgoingMessage(
            key=f"team-{team.id}-{user_id}",
            kind=MessageKind.MESSAGE,
            workspace_id=team.workspace_id,
            channel_id=user_id,
            recipient_id=user_id,
            content=self._renderer.invitation(team),
            unprompted=Unprompted.INVITATION,
        )
