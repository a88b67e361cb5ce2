"""A seller pauses unprompted questions, and resumes them."""

from __future__ import annotations

import logging
from string import Template

from bot.core import durations
from bot.core.history import ignored_in_a_row
from bot.core.languages import UiStrings
from bot.flows import remembered
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


class Pauses:
    """Pauses and resumes one person's unprompted questions.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
    """

    def __init__(self, *, store: Store, chat: Chat, clock: Clock, rules: HouseRules) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._within = rules.limits.audience_within_seconds

    async def pause(
        self, workspace_id: str, user_id: str, seconds: float, *, has_button: bool = False
    ) -> str:
        """Pause for so many seconds, infinity for no end.

        Args:
            workspace_id: Slack's team id.
            user_id: who pauses.
            seconds: for how long.
            has_button: whether the line is shown with a Resume button.

        Returns:
            The line to show.
        """
        until = durations.pause_end(self._clock(), seconds)
        strings = await self._write(workspace_id, user_id, until)
        return await self._line(
            strings, workspace_id, user_id, until, has_button=has_button, exact=False
        )

    async def pause_until(self, workspace_id: str, user_id: str, until: float) -> str:
        """Pause until then (Unix seconds); return the line to show."""
        strings = await self._write(workspace_id, user_id, until)
        return await self._line(strings, workspace_id, user_id, until, exact=True)

    async def _write(self, workspace_id: str, user_id: str, until: float) -> UiStrings:
        """Pause, and return the words for it."""
        async with self._store.begin() as uow:
            await uow.people.update(workspace_id, user_id, paused_until=until)
            strings = await self._rules.strings(uow, workspace_id)
        log.info("workspace=%s a seller paused", workspace_id)
        return strings

    async def _line(
        self,
        strings: UiStrings,
        workspace_id: str,
        user_id: str,
        until: float,
        *,
        exact: bool,
        has_button: bool = False,
    ) -> str:
        """Return the line about a pause that is stored; Slack has a second to tell the zone.

        Args:
            strings: the words.
            workspace_id, user_id, until: whose pause, and its end in Unix seconds.
            exact: whether the time of day matters.
            has_button: whether the line is shown with a Resume button.
        """
        section, key = ("feedback", "pause") if has_button else ("command", "paused")
        if until >= durations.NO_END:
            return strings[section][f"{key}_open"]
        person = await person_or_unknown(
            self._chat, workspace_id, user_id, within_seconds=self._within
        )
        format_ = durations.format_end if exact else durations.format_day
        end = format_(until, person, strings["time"])
        return Template(strings[section][key]).substitute(until=end)

    async def resume(self, workspace_id: str, user_id: str) -> str:
        """End a pause, and what unanswered questions led to; return the line to show, which says
        so if there was nothing to end, or if another choice still keeps questions away."""
        now = self._clock()
        async with self._store.begin() as uow:
            rules = await self._rules.of(uow, workspace_id)
            chosen = await uow.people.preferences(workspace_id, user_id)
            nudges = await remembered.nudges_to(uow, workspace_id, user_id)
            ignored = ignored_in_a_row(nudges, chosen, now=now, limits=rules.limits)
            await uow.people.update(workspace_id, user_id, paused_until=None, resumed_at=now)
        log.info("workspace=%s a seller resumed", workspace_id)
        was_silent = chosen.is_paused(now) or ignored >= rules.limits.ignored_ends
        if chosen.daily_limit == 0:
            key = "resumed_none" if was_silent else "on_none"
        else:
            key = "resumed" if was_silent else "on_already"
        return rules.strings["command"][key]
