"""A team ends, or changes hands: by its manager or an admin, and the next manager must agree."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from string import Template

from bot.core.gate import Unprompted
from bot.core.languages import Section
from bot.core.model import Person
from bot.core.policy import zone_of
from bot.core.weekly_slot import WeeklySlot
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_if_known
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Content, Renderer
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)


class TeamHandover:
    """Ends teams and hands them over.

    Args:
        store, chat, clock: the ports. renderer: how messages look.
        rules: of each workspace. Its admins may do this with every team.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        renderer: Renderer,
        rules: HouseRules,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._renderer = renderer
        self._rules = rules
        self._limits = rules.limits.teams
        self._wake_delivery = wake_delivery

    async def teams_of(self, workspace_id: str, user_id: str) -> list[SalesTeam]:
        """Return the teams that a person may end or hand over: theirs; for an admin, all."""
        async with self._store.begin() as uow:
            if user_id in (await self._rules.of(uow, workspace_id)).admins:
                return await uow.sales_teams.all(workspace_id)
            return await uow.sales_teams.managed_by(workspace_id, user_id)

    async def end(self, workspace_id: str, user_id: str, team_id: str) -> str:
        """End one team; return the line to show."""
        async with self._store.begin() as uow:
            words = (await self._rules.strings(uow, workspace_id))["team"]
            team = await self._allowed(uow, workspace_id, user_id, team_id)
            if team is None:
                return words["gone"]
            await self._end(uow, words, user_id, [team])
        self._wake_delivery()
        return words["ended"]

    async def end_all(self, workspace_id: str, user_id: str) -> str:
        """End every team that a person manages; return the line to show."""
        async with self._store.begin() as uow:
            teams = await uow.sales_teams.managed_by(workspace_id, user_id)
            words = (await self._rules.strings(uow, workspace_id))["team"]
            await self._end(uow, words, user_id, teams)
        self._wake_delivery()
        return words["ended" if teams else "manages_none"]

    async def offer(self, workspace_id: str, user_id: str, team_id: str, next_id: str) -> str:
        """Ask somebody to take a team over; return the line to show."""
        person = await self._person(workspace_id, next_id)
        async with self._store.begin() as uow:
            strings = await self._rules.strings(uow, workspace_id)
            words = strings["team"]
            if person is None or not person.is_colleague:
                return words["guests" if person else "slack_is_away"]
            team = await self._allowed(uow, workspace_id, user_id, team_id)
            if team is None or team.manager_id == next_id:
                return words["gone" if team is None else "manages_already"]
            await uow.sales_teams.offer(team, next_id)
            offer = self._renderer.team_offer(strings, team)
            await self._tell(uow, team, next_id, f"offer-{team.id}-{next_id}", offer)
        self._wake_delivery()
        return words["offered"]

    async def answer_offer(
        self, workspace_id: str, user_id: str, team_id: str, *, accepts: bool
    ) -> str:
        """Take the answer of the person who was asked; return the line to show.

        The new manager sees what the old one saw: the names, and the digests. Everybody who agreed
        to be counted is told who reads the figures now.
        """
        person = await self._person(workspace_id, user_id) if accepts else None
        now = self._clock()
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, user_id)
            strings = await self._rules.strings(uow, workspace_id)
            words = strings["team"]
            team = await uow.sales_teams.get(workspace_id, team_id)
            if team is None or team.next_manager_id != user_id:
                return words["gone"]
            if not accepts:
                await uow.sales_teams.offer(team, "")
                return words["not_taken_over"]
            if person is None or not person.is_colleague:
                return words["guests" if person else "slack_is_away"]
            managed = await uow.sales_teams.managed_by(workspace_id, user_id)
            if len(managed) >= self._limits.teams_per_manager:
                text = Template(words["too_many_teams"])
                return text.substitute(count=self._limits.teams_per_manager)
            due = WeeklySlot.parse(team.slot).next_after(now, zone_of(person))
            await uow.sales_teams.hand_over(team, user_id, digest_due=due)
            await uow.sales_teams.remove_member(workspace_id, team_id, user_id)
            taken = replace(team, manager_id=user_id)
            told = {*await uow.sales_teams.accepted(workspace_id, team_id), team.manager_id}
            for told_id in sorted(told - {user_id}):
                key = f"taken-{team_id}-{user_id}-{told_id}-{int(now)}"
                news = self._renderer.team_taken_over(strings, taken)
                await self._tell(uow, team, told_id, key, news)
        self._wake_delivery()
        log.info("workspace=%s team=%s has another manager", workspace_id, team_id)
        return words["taken_over"]

    async def _person(self, workspace_id: str, user_id: str) -> Person | None:
        within = self._limits.lookup_seconds
        return await person_if_known(self._chat, workspace_id, user_id, within_seconds=within)

    async def _allowed(
        self, uow: UnitOfWork, workspace_id: str, user_id: str, team_id: str
    ) -> SalesTeam | None:
        team = await uow.sales_teams.get(workspace_id, team_id)
        if team is None or team.manager_id == user_id:
            return team
        admins = (await self._rules.of(uow, workspace_id)).admins
        return team if user_id in admins else None

    async def _end(
        self, uow: UnitOfWork, words: Section, user_id: str, teams: Sequence[SalesTeam]
    ) -> None:
        """End teams. A manager is told which one an admin has ended; who ended theirs themselves
        gets one line that stays, after the one that only shows for a while, and no names."""
        told = set[str]()
        for team in teams:
            await uow.sales_teams.end(team.workspace_id, team.id, now=self._clock())
            log.info("workspace=%s team=%s has ended", team.workspace_id, team.id)
            if team.manager_id != user_id:
                line = Template(words["has_ended"]).substitute(team=team.name)
            elif user_id in told:
                continue
            else:
                line = words["you_ended"]
            told.add(team.manager_id)
            content = self._renderer.line(line)
            await self._tell(uow, team, team.manager_id, f"ended-{team.id}", content)

    async def _tell(
        self, uow: UnitOfWork, team: SalesTeam, user_id: str, key: str, content: Content
    ) -> None:
        message = OutgoingMessage(
            key=key,
            kind=MessageKind.MESSAGE,
            workspace_id=team.workspace_id,
            channel_id=user_id,
            recipient_id=user_id,
            content=content,
            unprompted=Unprompted.INVITATION,
        )
        await uow.outbox.enqueue(message, now=self._clock())
