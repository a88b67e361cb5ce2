"""A manager sets up or changes a sales team, and everyone named is asked."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from string import Template

from bot.core.gate import Unprompted
from bot.core.languages import Section, UiStrings
from bot.core.policy import DAY, WEEK, zone_of
from bot.core.weekly_slot import WeeklySlot, last_iso_week
from bot.flows.concurrency import run_all
from bot.flows.errors import SlackCallError
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import DeliveryState, MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.sales_teams import NamedPerson, SalesTeam
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)


class TeamSetup:
    """Makes and changes teams.

    What the manager is shown and told depends only on what the manager has done: not on who was
    asked again, said yes or no, left, or is gone.

    Args:
        store, chat, clock: the ports. rules: of each workspace. renderer: how they look.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        renderer: Renderer,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits.teams
        self._renderer = renderer
        self._wake_delivery = wake_delivery

    async def save(self, team: SalesTeam, member_ids: Sequence[str], *, is_new: bool) -> str:
        """Make or change a team, and ask whom it names; return the line to show.

        A form waits for this, so Slack isn't asked for long: if it doesn't say who the manager is,
        the first digest follows the clock of UTC, and goes out only to a colleague.

        Args:
            team: as the form has it. member_ids: whom it names.
            is_new: whether the form was empty when it was opened.
        """
        named = [u for u in dict.fromkeys(member_ids) if u != team.manager_id]
        strings = await self._rules.read_strings(self._store, team.workspace_id)
        words = strings["team"]
        if not named:
            return words["needs_people"]
        within = self._limits.lookup_seconds
        manager = await person_or_unknown(
            self._chat, team.workspace_id, team.manager_id, within_seconds=within
        )
        if not manager.is_colleague:
            return words["guests"]
        colleagues = await self._colleagues(team.workspace_id, named)
        saved = await self._saved_line(team, words)
        now = self._clock()
        async with self._store.begin() as uow:
            await uow.serialize(team.workspace_id, team.manager_id)
            before = await uow.sales_teams.get(team.workspace_id, team.id)
            if refusal := await self._refusal(uow, words, team, before, named, now, is_new):
                return refusal
            _, _, monday = last_iso_week(before.created_at if before else now)
            # The first digest comes after the first whole week that was counted, also if the form
            # is sent twice or the team is changed in between.
            first_after = max(now, monday + 2 * WEEK - 1)
            due = WeeklySlot.parse(team.slot).next_after(first_after, zone_of(manager))
            await uow.sales_teams.save(team, digest_due=due, now=now)
            await uow.sales_teams.set_named(team, named, now=now)
            await self._invite(uow, strings, team, colleagues, now)
        self._wake_delivery()
        log.info("workspace=%s team=%s saved, %d named", team.workspace_id, team.id, len(named))
        return saved

    async def managed_team(
        self, workspace_id: str, manager_id: str
    ) -> tuple[SalesTeam | None, list[str]]:
        """Return the team that a person manages, and whom they named, whatever came of it."""
        async with self._store.begin() as uow:
            teams = await uow.sales_teams.managed_by(workspace_id, manager_id)
            if not teams:
                return None, []
            return teams[0], await uow.sales_teams.named(workspace_id, teams[0].id)

    async def _refusal(
        self,
        uow: UnitOfWork,
        words: Section,
        team: SalesTeam,
        before: SalesTeam | None,
        named: Sequence[str],
        now: float,
        is_new: bool,
    ) -> str:
        """Return why a team can't be saved; empty if it can."""
        limits = self._limits
        if (before is None and not is_new) or (before and before.manager_id != team.manager_id):
            return words["gone"]
        managed = await uow.sales_teams.managed_by(team.workspace_id, team.manager_id)
        if before is None and len(managed) >= limits.teams_per_manager:
            return _counted(words["too_many_teams"], limits.teams_per_manager)
        so_far = set(await uow.sales_teams.named(team.workspace_id, team.id))
        lately = await uow.sales_teams.count_named_since(
            team.workspace_id, team.manager_id, now - DAY
        )
        if lately + len(set(named) - so_far) > limits.new_names_per_day:
            return _counted(words["too_many_names"], limits.new_names_per_day)
        return ""

    async def _invite(
        self,
        uow: UnitOfWork,
        strings: UiStrings,
        team: SalesTeam,
        colleagues: frozenset[str],
        now: float,
    ) -> None:
        """Ask who is named and has no open invitation; not more often than the cap allows.

        An invitation that never arrived isn't open, but it counts: whoever refuses what the bot
        sends, or is away for weeks, isn't tried each time that a form is saved.
        """
        accepted = await uow.sales_teams.accepted(team.workspace_id, team.id)
        for person in await uow.sales_teams.people(team.workspace_id, team.id):
            user_id = person.user_id
            if (
                not person.is_named
                or user_id not in colleagues
                or user_id in accepted
                or person.invitations >= self._limits.invitations
            ):
                continue
            if person.is_open and await self._is_undelivered(uow, team, person):
                await uow.sales_teams.remove_member(team.workspace_id, team.id, user_id)
            if await uow.sales_teams.invite(team, user_id):
                invitation = OutgoingMessage(
                    key=_invitation_key(team, user_id, person.invitations + 1),
                    kind=MessageKind.MESSAGE,
                    workspace_id=team.workspace_id,
                    channel_id=user_id,
                    recipient_id=user_id,
                    content=self._renderer.invitation(strings, team),
                    unprompted=Unprompted.INVITATION,
                )
                await uow.outbox.enqueue(invitation, now=now)

    async def _is_undelivered(self, uow: UnitOfWork, team: SalesTeam, person: NamedPerson) -> bool:
        """Return whether the last invitation of somebody was given up on its way."""
        key = _invitation_key(team, person.user_id, person.invitations)
        state = await uow.outbox.delivery_state(team.workspace_id, key)
        return state is DeliveryState.DROPPED

    async def _colleagues(self, workspace_id: str, user_ids: Sequence[str]) -> frozenset[str]:
        """Return who isn't known to be a guest, a stranger or a bot; a yes is checked once more."""
        within = self._limits.lookup_seconds
        people = await run_all(
            person_or_unknown(self._chat, workspace_id, u, within_seconds=within) for u in user_ids
        )
        return frozenset(p.id for p in people if p.is_colleague)

    async def _saved_line(self, team: SalesTeam, words: Section) -> str:
        """Return what a manager is told, whoever is in the team."""
        saved = words["saved"]
        if not team.channel_id:
            return saved
        try:
            async with asyncio.timeout(self._limits.lookup_seconds):
                is_there = await self._chat.is_member(team.workspace_id, team.channel_id)
        except (SlackCallError, TimeoutError):
            return saved
        return saved if is_there else f"{saved} {words['not_in_channel']}"


def _counted(sentence: str, count: int) -> str:
    return Template(sentence).substitute(count=count)


def _invitation_key(team: SalesTeam, user_id: str, number: int) -> str:
    """Return the key of somebody's first, second, ... invitation to a team."""
    return f"team-{team.id}-{user_id}" + (f"-{number}" if number > 1 else "")
