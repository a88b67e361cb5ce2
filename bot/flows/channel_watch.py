"""Tells somebody whether the bot reads along in the channel in which they ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

from bot.core.model import Audience, Delivery
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.channel_pause import is_turned_off, paused_until
from bot.flows.errors import SlackCallError
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.chat import Chat
from bot.flows.ports.unit_of_work import Store

_Answer = Literal[
    "yes", "counts", "paused", "left_out", "absent", "off", "outsiders", "unclear", "unsure"
]


class ChannelWatch:
    """Looks at one channel.

    Args:
        store, chat: the ports.
        watches: whether a channel of a workspace is to be watched; given both ids.
    """

    def __init__(self, *, store: Store, chat: Chat, watches: Callable[[str, str], bool]) -> None:
        self._store = store
        self._chat = chat
        self._watches = watches

    async def describe(
        self, workspace_id: str, channel_id: str, rules: WorkspaceRules, *, now: float
    ) -> str:
        """Return the line that tells what the bot does in a channel.

        Args:
            workspace_id: Slack's team id.
            channel_id: where the question was typed, so whoever reads the line is in it.
            rules: of the workspace.
            now: Unix seconds.
        """
        async with self._store.look() as uow:
            settings = await uow.channels.settings(workspace_id, channel_id)
        answer = await self._find(workspace_id, channel_id, settings, rules, now)
        return rules.strings["watching"][answer]

    async def describe_here(
        self,
        workspace_id: str,
        channel_id: str,
        rules: WorkspaceRules,
        now: float,
        *,
        may_ask_you: bool,
    ) -> str:
        """Return the same in a few words, beside what holds for whoever asks.

        Args:
            workspace_id, channel_id, rules, now: see ``describe``.
            may_ask_you: whether whoever asks may get a question at all.
        """
        async with self._store.look() as uow:
            settings = await uow.channels.settings(workspace_id, channel_id)
        answer = await self._find(workspace_id, channel_id, settings, rules, now)
        key = "here_others" if answer == "yes" and not may_ask_you else f"here_{answer}"
        return rules.strings["status"][key]

    async def _find(
        self,
        workspace_id: str,
        channel_id: str,
        settings: ChannelSettings,
        rules: WorkspaceRules,
        now: float,
    ) -> _Answer:
        if not self._watches(workspace_id, channel_id):
            return "left_out"
        try:
            async with asyncio.timeout(rules.limits.audience_within_seconds):
                if not await self._chat.is_member(workspace_id, channel_id):
                    return "absent"
                audience = await self._chat.audience(workspace_id, channel_id)
        except (SlackCallError, TimeoutError):
            return "unsure"
        if is_turned_off(settings, now):
            return "off"
        if audience is not Audience.COLLEAGUES:
            return "outsiders" if audience is Audience.OUTSIDERS else "unclear"
        if (paused_until(settings, now, rules.limits) or 0.0) > now:
            return "paused"
        counts = (settings.delivery or rules.limits.delivery) is Delivery.OBSERVE
        return "counts" if counts else "yes"
