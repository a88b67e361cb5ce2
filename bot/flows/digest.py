"""The manager's weekly digest: a theme to talk about, and nothing that stands for a few people."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC

from bot.core.gate import Unprompted
from bot.core.model import Person
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook
from bot.core.policy import HOUR, Limits, with_preferences, zone_of
from bot.core.quiet_hours import days_off
from bot.core.weekly_slot import (
    Holidays,
    WeeklySlot,
    iso_week,
    next_working_day,
)
from bot.flows.digest_figures import DigestFiguresOnce
from bot.flows.errors import SlackCallError
from bot.flows.people_in_slack import is_gone
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import DueDigest, WeeklyKind
from bot.flows.weekly_round import WeeklyRound

log = logging.getLogger(__name__)


class TeamDigests:
    """Sends digests.

    Args:
        store, chat, clock, limits: the ports and the caps.
        owner: who claims what is due; unique per running process.
        playbook: the words. renderer: how they look. figures: computes what they say.
        holidays: days without anything weekly.
        admins: told if a team has lost its manager.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        owner: str,
        playbook: Playbook,
        renderer: Renderer,
        figures: DigestFiguresOnce,
        holidays: Holidays,
        admins: frozenset[str],
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._round = WeeklyRound(store=store, clock=clock, limits=limits, owner=owner)
        self._playbook = playbook
        self._renderer = renderer
        self._figures = figures
        self._holidays = holidays
        self._admins = admins
        self._wake_delivery = wake_delivery
        self._away = Phrases(playbook.cues["away"])

    async def run_due(self) -> int:
        """Send all that is due now; return how many."""
        sent = await self._round.run(
            claim=lambda uow: uow.weekly.claim_due_digests,
            send=self._send,
            release=lambda uow: uow.weekly.release_digest,
        )
        if sent:
            self._wake_delivery()
        return sent

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
        now, zone = self._clock(), zone_of(manager)
        slot = WeeklySlot.parse(team.slot)
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(team.workspace_id, team.manager_id)
            weekend = days_off(with_preferences(self._limits, chosen).quiet_hours, zone)
            if later := self._later_this_week(due, manager, weekend, now):
                await uow.weekly.finish_digest(due, next_due=later)
                return False
            next_due = slot.next_after(max(now, due.due_at), zone)
            if not await uow.weekly.finish_digest(due, next_due=next_due):
                return False  # another worker has it by now
            skipped = self._why_skip(due, manager, now)
            if not await uow.weekly.record_run(
                WeeklyKind.DIGEST,
                team.workspace_id,
                team.id,
                iso_week(due.due_at, zone),
                skipped=skipped,
                now=now,
            ):
                return False
            if skipped is None:
                await self._enqueue(uow, team, due.due_at, now)
        if skipped:
            log.info("%s a digest is skipped: %s", _named(team), skipped)
        return skipped is None

    async def _enqueue(self, uow: UnitOfWork, team: SalesTeam, due_at: float, now: float) -> None:
        content = await self._figures.last_week(uow, team, now)
        message = OutgoingMessage(
            key=f"digest-{team.id}-{content.week}",
            kind=MessageKind.MESSAGE,
            workspace_id=team.workspace_id,
            channel_id=team.manager_id,
            recipient_id=team.manager_id,
            content=self._renderer.digest(replace(content, for_manager=True)),
            unprompted=Unprompted.DIGEST,
            due_at=due_at,
        )
        await uow.outbox.enqueue(message, now=now)

    def _is_away(self, due: DueDigest, manager: Person) -> bool:
        return manager.status in self._away or self._holidays.contains(due.due_at, zone_of(manager))

    def _later_this_week(
        self, due: DueDigest, manager: Person, weekend: frozenset[int], now: float
    ) -> float | None:
        """Return the next working day of the same week if the manager is away today."""
        zone = zone_of(manager)
        if not self._is_away(due, manager) or self._is_too_late(due, now):
            return None
        later = next_working_day(due.due_at, zone, self._holidays, weekend)
        return later if iso_week(later, zone) == iso_week(due.due_at, zone) else None

    def _why_skip(self, due: DueDigest, manager: Person, now: float) -> str | None:
        if self._is_too_late(due, now):
            return "too_late"
        return "away" if self._is_away(due, manager) else None

    def _is_too_late(self, due: DueDigest, now: float) -> bool:
        return now - due.due_at > self._limits.weekly_late_hours * HOUR

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
            if self._admins:
                admin_id = min(self._admins)
                notice = OutgoingMessage(
                    key=f"gone-{team.id}-{admin_id}",
                    kind=MessageKind.MESSAGE,
                    workspace_id=team.workspace_id,
                    channel_id=admin_id,
                    recipient_id=admin_id,
                    content=self._renderer.manager_gone(team),
                    unprompted=Unprompted.ADMIN_NOTICE,
                )
                await uow.outbox.enqueue(notice, now=now)
        self._wake_delivery()
        log.warning("%s its manager is gone: no more digests", _named(team))


def _named(team: SalesTeam) -> str:
    return f"workspace={team.workspace_id} team={team.id}"
