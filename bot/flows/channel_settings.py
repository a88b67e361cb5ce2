"""How a channel is watched, and who may choose that."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from bot.core.digest_stats import Chance, channel_figure
from bot.core.model import Delivery
from bot.core.weekly_slot import last_period
from bot.flows.channel_pause import is_turned_off
from bot.flows.house_rules import HouseRules
from bot.flows.ports.channels import ChannelFigures, ChannelSettings
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChannelOverview:
    """A channel's settings, its figures of some weeks, whether the reader may change it, and
    whether somebody has turned the bot off there."""

    settings: ChannelSettings
    figures: ChannelFigures
    may_choose: bool
    is_off: bool = False


class ChannelSettingsFlow:
    """Shows and changes how a channel is watched.

    Args:
        store, clock: the ports.
        rules: of each workspace. Its admins choose for every channel; if there are none, whoever
            invited the bot there.
        chance: where the blur of figures comes from.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        rules: HouseRules,
        chance: Chance,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._chance = chance

    async def overview(self, workspace_id: str, channel_id: str, user_id: str) -> ChannelOverview:
        """Return how a channel is watched, as this person may see it.

        The figures are about whole weeks that are over, so nobody sees them move right after a
        colleague wrote something; and each is computed once, as in a digest.
        """
        now = self._clock()
        async with self._store.begin() as uow:
            settings = await uow.channels.settings(workspace_id, channel_id)
            figures = await self._figures(uow, workspace_id, channel_id, now)
            rules = await self._rules.of(uow, workspace_id)
        may_choose = rules.may_choose(user_id, settings.inviter_id)
        return ChannelOverview(settings, figures, may_choose, is_turned_off(settings, now))

    async def _figures(
        self, uow: UnitOfWork, workspace_id: str, channel_id: str, now: float
    ) -> ChannelFigures:
        limits = self._limits.teams
        week, start, end = last_period(now, limits.channel_weeks)
        await uow.serialize(workspace_id, channel_id)
        figures = await uow.channels.figures(workspace_id, channel_id, week)
        if figures is None:
            counts = await uow.findings.channel_counts(
                workspace_id, channel_id, start=start, end=end
            )
            figures = ChannelFigures(
                asked=channel_figure(counts.asked, self._chance, limits),
                observed=channel_figure(counts.observed, self._chance, limits),
            )
            await uow.channels.save_figures(workspace_id, channel_id, week, figures, now=now)
        return figures

    async def choose_delivery(
        self, workspace_id: str, channel_id: str, user_id: str, delivery: Delivery
    ) -> bool:
        """Choose where a channel's questions go. False: this person may not choose it."""
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, channel_id)  # another person may be inviting the bot
            settings = await uow.channels.settings(workspace_id, channel_id)
            rules = await self._rules.of(uow, workspace_id)
            if not rules.may_choose(user_id, settings.inviter_id):
                return False
            await uow.channels.update(workspace_id, channel_id, delivery=delivery)
        log.info("workspace=%s channel=%s delivery=%s", workspace_id, channel_id, delivery)
        return True
