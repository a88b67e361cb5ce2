"""How a channel is watched, and who may choose that."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.core.model import Delivery
from bot.core.policy import WEEK, Limits
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.clock import Clock
from bot.flows.ports.findings import ChannelCounts
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChannelOverview:
    """A channel's settings, its counts of the last weeks, and whether the reader may change it."""

    settings: ChannelSettings
    counts: ChannelCounts
    may_choose: bool


class ChannelSettingsFlow:
    """Shows and changes how a channel is watched.

    Args:
        store, clock, limits: the ports and the caps.
        admins: who chooses for every channel; empty for whoever invited the bot there.
    """

    def __init__(
        self, *, store: Store, clock: Clock, limits: Limits, admins: frozenset[str]
    ) -> None:
        self._store = store
        self._clock = clock
        self._limits = limits
        self._admins = admins

    async def overview(self, workspace_id: str, channel_id: str, user_id: str) -> ChannelOverview:
        """Return how a channel is watched, as this person may see it."""
        since = self._clock() - self._limits.channel_count_weeks * WEEK
        async with self._store.begin() as uow:
            settings = await uow.channels.settings(workspace_id, channel_id)
            counts = await uow.findings.channel_counts(workspace_id, channel_id, since=since)
        return ChannelOverview(settings, counts, self._may_choose(settings, user_id))

    async def choose_delivery(
        self, workspace_id: str, channel_id: str, user_id: str, delivery: Delivery
    ) -> bool:
        """Choose where a channel's questions go. False: this person may not choose it."""
        async with self._store.begin() as uow:
            settings = await uow.channels.settings(workspace_id, channel_id)
            if not self._may_choose(settings, user_id):
                return False
            await uow.channels.update(workspace_id, channel_id, delivery=delivery)
        log.info("workspace=%s channel=%s delivery=%s", workspace_id, channel_id, delivery)
        return True

    def _may_choose(self, settings: ChannelSettings, user_id: str) -> bool:
        return user_id in self._admins if self._admins else settings.inviter_id == user_id
