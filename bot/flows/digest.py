"""The manager's weekly digest: a theme to talk about, and nothing that stands for a few people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC

from bot.core.gate import Skip, Unprompted, WaitUntil
from bot.core.model import Person
from bot.core.policy import DAY, zone_of
from bot.core.weekly_slot import WeeklySlot, iso_week
from bot.flows.digest_figures import DigestFiguresOnce
from bot.flows.errors import SlackCallError
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import is_gone
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import DueDigest, WeeklyKind
from bot.flows.weekly_messages import digest_key
from bot.flows.weekly_round import WeeklyRound

log = logging.getLogger(__name__)


class TeamDigests:
    """Sends digests.

    Args:
        store, chat, clock: the ports.
        rules: of each workspace. An admin is told if a team has lost its manager.
        owner: who claims what is due; unique per running process.
        renderer: how they look. figures: computes what they say.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        owner: str,
        renderer: Renderer,
        figures: DigestFiguresOnce,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._renderer = renderer
        self._figures = figures
        self._wake_delivery = wake_delivery
        self._round = WeeklyRound[DueDigest](
            store=store,
            chat=chat,
            clock=clock,
            limits=rules.limits,
            owner=owner,
            claim=lambda uow: uow.weekly.claim_due_digests,
            release=lambda uow: uow.weekly.release_digest,
            send=self._send,
            wake_delivery=wake_delivery,
        )

    async def run_due(self) -> int:
        """Send all that is due now; return how many."""
        return await self._round.run()

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._round.finish()

    async def _send(self, due: DueDigest) -> bool | None:
        """Send or skip one digest. None: Slack can't be asked now, so it stays due."""
        team = due.team
        try:
            manager = await self._chat.person(team.workspace_id, team.manager_id)
        except SlackCallError as failure:
            if not is_gone(failure):
                log.warning("%s a digest waits: %s", _named(team), failure)
                return None
            log.warning("%s has no manager (%s)", _named(team), failure)
            await self._end(due)
            return False
        if not manager.is_colleague:
            await self._end(due)
            return False
        async with self._store.begin() as uow:
            return await self._send_to(uow, due, manager, self._clock())

    async def _send_to(
        self, uow: UnitOfWork, due: DueDigest, manager: Person, now: float
    ) -> bool | None:
        """Send, skip or put off one digest; return whether it was queued."""
        team, zone = due.team, zone_of(manager)
        slot, due_at = WeeklySlot.parse(team.slot), due.due_at
        if slot.next_after(due_at - 1, zone) != due_at:  # the manager has moved since
            due_at = slot.next_after(now - DAY, zone)
        if due_at > now:
            await uow.weekly.finish_digest(due, next_due=due_at)
            return False
        chosen = await uow.people.preferences(team.workspace_id, team.manager_id)
        gate = (await self._rules.of(uow, team.workspace_id)).gate
        passage = gate.check(Unprompted.DIGEST, manager, chosen, now=now, due_at=due_at)
        if isinstance(passage, WaitUntil):
            log.info("%s a digest waits: %s", _named(team), passage.reason)
            await uow.weekly.finish_digest(due, next_due=due_at, look_at=passage.at)
            return False
        next_due = slot.next_after(max(now, due_at), zone)
        if not await uow.weekly.finish_digest(due, next_due=next_due):
            return False  # another worker has it by now
        week = iso_week(due_at, zone)
        skipped = passage.reason if isinstance(passage, Skip) else None
        if not await uow.weekly.record_run(
            WeeklyKind.DIGEST, team.workspace_id, team.id, week, skipped=skipped, now=now
        ):
            return False
        if skipped:
            log.info("%s a digest is skipped: %s", _named(team), skipped)
            return False
        await self._enqueue(uow, team, week, due_at, now)
        return True

    async def _enqueue(
        self, uow: UnitOfWork, team: SalesTeam, week: str, due_at: float, now: float
    ) -> None:
        """Queue a digest about the last week before it was due, however long it has waited."""
        content = await self._figures.last_week(uow, team, due_at)
        strings = await self._rules.strings(uow, team.workspace_id)
        message = OutgoingMessage(
            key=digest_key(team.id, week),
            kind=MessageKind.MESSAGE,
            workspace_id=team.workspace_id,
            channel_id=team.manager_id,
            recipient_id=team.manager_id,
            content=self._renderer.digest(strings, replace(content, for_manager=True)),
            unprompted=Unprompted.DIGEST,
            due_at=due_at,
        )
        await uow.outbox.enqueue(message, now=now)

    async def _end(self, due: DueDigest) -> None:
        """A team whose manager is gone gets no digest any more; an admin is told, once."""
        team, now = due.team, self._clock()
        async with self._store.begin() as uow:
            if not await uow.weekly.finish_digest(due, next_due=None):
                return
            await uow.weekly.record_run(
                WeeklyKind.DIGEST,
                team.workspace_id,
                team.id,
                iso_week(due.due_at, UTC),
                skipped="manager_gone",
                now=now,
            )
            rules = await self._rules.of(uow, team.workspace_id)
            if rules.admins:
                admin_id = min(rules.admins)
                notice = OutgoingMessage(
                    key=f"gone-{team.id}-{admin_id}",
                    kind=MessageKind.MESSAGE,
                    workspace_id=team.workspace_id,
                    channel_id=admin_id,
                    recipient_id=admin_id,
                    content=self._renderer.manager_gone(rules.strings, team),
                    unprompted=Unprompted.ADMIN_NOTICE,
                )
                await uow.outbox.enqueue(notice, now=now)
        self._wake_delivery()
        log.warning("%s its manager is gone: no more digests", _named(team))


def _named(team: SalesTeam) -> str:
    return f"workspace={team.workspace_id} team={team.id}"
