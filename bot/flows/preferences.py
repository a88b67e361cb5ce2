"""What a seller chooses for themselves, and how things stand for them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from bot.core import durations
from bot.core.languages import UiStrings
from bot.core.model import Preferences
from bot.core.policy import Limits, with_preferences, zone_of
from bot.core.quiet_hours import days_off, plain_quiet_hours
from bot.core.weekends import SATURDAY_AND_SUNDAY
from bot.flows.decision_log import DecisionLine, DecisionLog
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HomeState:
    """How things stand for one person, for the Home tab.

    Attributes:
        paused_until: the last day of a pause; empty for one without an end, None if not paused.
        first_visit: Home was never opened before.
        nudges: the latest questions. decisions_kept: how many decisions are kept.
        weekend: the person's, 0 is Monday.
    """

    preferences: Preferences
    limits: Limits
    paused_until: str | None
    first_visit: bool
    nudges: tuple[DecisionLine, ...]
    decisions_kept: int
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY

    @property
    def only_on_demand(self) -> bool:
        """Whether the person wants no unprompted questions."""
        return self.preferences.daily_limit == 0


class PreferencesFlow:
    """Reads and changes one person's preferences.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
        decisions: formats decisions as text.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        decisions: DecisionLog,
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._decisions = decisions

    async def get(self, workspace_id: str, user_id: str) -> Preferences:
        """Return what the person has chosen."""
        async with self._store.begin() as uow:
            return await uow.people.preferences(workspace_id, user_id)

    async def weekend(self, workspace_id: str, user_id: str) -> frozenset[int]:
        """Return the days of a person's weekend, 0 is Monday: chosen, or of their time zone.

        If Slack doesn't say soon where they are, it is Saturday and Sunday.
        """
        within = self._limits.audience_within_seconds
        person = await person_or_unknown(self._chat, workspace_id, user_id, within_seconds=within)
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(workspace_id, user_id)
            limits = (await self._rules.of(uow, workspace_id)).limits
        return days_off(with_preferences(limits, chosen).quiet_hours, zone_of(person))

    async def limits(self, workspace_id: str) -> Limits:
        """Return the caps in force in a workspace."""
        async with self._store.begin() as uow:
            return (await self._rules.of(uow, workspace_id)).limits

    async def update(self, workspace_id: str, user_id: str, **changes: Any) -> None:
        """Change what the person has chosen; the names are those of ``Preferences``."""
        if quiet := changes.get("quiet_hours"):
            changes["quiet_hours"] = plain_quiet_hours(quiet)  # as typed it may fit no column
        async with self._store.begin() as uow:
            before = await uow.people.preferences(workspace_id, user_id)
            await uow.people.update(workspace_id, user_id, **changes)
        new = sorted(name for name, value in changes.items() if getattr(before, name) != value)
        if new:  # a form sends every field, and most stay as they were
            log.info("workspace=%s a seller changed %s", workspace_id, ", ".join(new))

    async def home_state(
        self, workspace_id: str, user_id: str, *, opened: bool = False
    ) -> HomeState:
        """Return how things stand; that Home was ``opened`` is remembered."""
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(workspace_id, user_id)
            nudges = await uow.findings.decisions(
                workspace_id, user_id, limit=self._limits.nudges_shown, only_nudges=True
            )
            kept = await uow.findings.count_decisions(workspace_id, user_id)
            rules = await self._rules.of(uow, workspace_id)
            if opened and not chosen.greeted:
                await uow.people.update(workspace_id, user_id, greeted=True)
        return HomeState(
            preferences=chosen,
            limits=rules.limits,
            paused_until=await self._pause_day(rules.strings, workspace_id, user_id, chosen),
            first_visit=not chosen.greeted,
            nudges=tuple(
                await self._decisions.describe(rules.strings, workspace_id, user_id, nudges)
            ),
            decisions_kept=kept,
            weekend=await self.weekend(workspace_id, user_id),
        )

    async def _pause_day(
        self, strings: UiStrings, workspace_id: str, user_id: str, chosen: Preferences
    ) -> str | None:
        if chosen.paused_until is None or not chosen.is_paused(self._clock()):
            return None
        if chosen.paused_until >= durations.NO_END:
            return ""
        person = await person_or_unknown(self._chat, workspace_id, user_id)
        return durations.format_day(chosen.paused_until, person, strings["time"])
