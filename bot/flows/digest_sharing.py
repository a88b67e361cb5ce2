"""A manager passes a digest on to the team's channel, and hears what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.model import Audience
from bot.flows.delivery_outcome import wait_for_delivery
from bot.flows.digest_figures import saved_digest
from bot.flows.errors import SlackCallError
from bot.flows.house_rules import HouseRules
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import DeliveryState, MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True, slots=True)
class Share:
    """What a press has begun.

    Attributes:
        key: of the message on its way; empty if there is none.
        line: what to show if there is none.
    """

    key: str = ""
    line: str = ""


class DigestSharing:
    """Shares digests, each once.

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

    async def begin(self, workspace_id: str, user_id: str, team_id: str, week: str) -> Share:
        """Queue a digest for the team's channel, if the bot can post there."""
        async with self._store.begin() as uow:
            team = await uow.sales_teams.get(workspace_id, team_id)
            strings = await self._rules.strings(uow, workspace_id)
        words = strings["digest"]
        if team is None or team.manager_id != user_id:
            return Share(line=words["none"])
        if not team.channel_id:
            return Share(line=words["no_channel"])
        if problem := await self._why_not_there(team):
            return Share(line=words[problem])
        async with self._store.begin() as uow:
            content = await saved_digest(uow, team, week, self._limits)
            if content is None:
                return Share(line=words["none"])
            key = await self._free_key(uow, team, week)
            shared = OutgoingMessage(
                key=key,
                kind=MessageKind.MESSAGE,
                workspace_id=workspace_id,
                channel_id=team.channel_id,
                content=self._renderer.digest(strings, content),
            )
            await uow.outbox.enqueue(shared, now=self._clock())
        self._wake_delivery()
        return Share(key=key)

    async def outcome(self, workspace_id: str, share: Share) -> str:
        """Return the line to show, once Slack has taken the digest, refused it, or takes long."""
        if not share.key:
            return share.line
        words = (await self._rules.read_strings(self._store, workspace_id))["digest"]
        state = await wait_for_delivery(
            self._store, workspace_id, share.key, within_seconds=self._limits.share_wait_seconds
        )
        if state is DeliveryState.WAITING:
            return words["sharing"]
        return words["shared" if state is DeliveryState.SENT else "not_shared"]

    async def _why_not_there(self, team: SalesTeam) -> str:
        """Return which line says why the bot can't post in the team's channel; empty if it can."""
        try:
            async with asyncio.timeout(self._limits.lookup_seconds):
                if not await self._chat.is_member(team.workspace_id, team.channel_id):
                    return "not_in_channel"
                audience = await self._chat.audience(team.workspace_id, team.channel_id, fresh=True)
        except (SlackCallError, TimeoutError):
            return ""  # the delivery will find out
        return "" if audience is Audience.COLLEAGUES else "outsiders"

    async def _free_key(self, uow: UnitOfWork, team: SalesTeam, week: str) -> str:
        """Return the key of the message that was shared, or that can be tried now."""
        tries = 1
        key = first = f"shared-{team.id}-{week}"
        while await uow.outbox.delivery_state(team.workspace_id, key) is DeliveryState.DROPPED:
            tries += 1
            key = f"{first}-{tries}"
        return key
