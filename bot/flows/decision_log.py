"""Tells a seller what was decided on their messages, silence included."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core import durations
from bot.core.languages import UiStrings
from bot.core.model import Audience, Reason
from bot.core.playbook_model import Playbook
from bot.core.policy import silence_for
from bot.flows.channel_pause import is_turned_off
from bot.flows.errors import SlackCallError
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.findings import DecisionRecord
from bot.flows.ports.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision as its author reads it: when, in which channel, the question or the reason."""

    when: str
    channel_id: str
    question: str
    reason: str


class DecisionLog:
    """Puts decisions into words.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
        playbook: the questions.
    """

    def __init__(
        self, *, store: Store, chat: Chat, clock: Clock, rules: HouseRules, playbook: Playbook
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._questions = playbook.question_texts

    async def latest(self, workspace_id: str, user_id: str) -> list[DecisionLine]:
        """Return the latest decisions on a person's messages, newest first."""
        async with self._store.begin() as uow:
            found = await uow.findings.decisions(
                workspace_id, user_id, limit=self._limits.decisions_shown
            )
            strings = await self._rules.strings(uow, workspace_id)
        return await self.describe(strings, workspace_id, user_id, found)

    async def why_quiet_here(self, workspace_id: str, channel_id: str) -> Reason | None:
        """Return why nothing is asked in a channel, whoever writes; None if it is.

        Where outsiders read, or may read, no decision is stored that could be shown.
        """
        async with self._store.look() as uow:
            settings = await uow.channels.settings(workspace_id, channel_id)
            if is_turned_off(settings, self._clock()):
                return Reason.CHANNEL_PAUSED
        try:
            async with asyncio.timeout(self._limits.audience_within_seconds):
                audience = await self._chat.audience(workspace_id, channel_id)
        except (SlackCallError, TimeoutError):
            audience = Audience.UNKNOWN
        return silence_for(audience)

    async def describe(
        self,
        strings: UiStrings,
        workspace_id: str,
        user_id: str,
        decisions: Sequence[DecisionRecord],
    ) -> list[DecisionLine]:
        """Return decisions as lines, in the person's time zone."""
        if not decisions:
            return []
        person = await person_or_unknown(self._chat, workspace_id, user_id)
        return [
            DecisionLine(
                when=durations.format_moment(d.at, person, strings["time"]),
                channel_id=d.channel_id,
                question=self._questions.get(d.question_id or "", ""),
                reason=strings["quiet"][d.reason or Reason.FAILED],
            )
            for d in decisions
        ]
