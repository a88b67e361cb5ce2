"""Turns the bot off in one channel, and on again, for whoever may decide for the channel."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from string import Template

from bot.core.durations import NO_END
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.channel_pause import TURNED_OFF, end_closed_pause, is_turned_off
from bot.flows.house_rules import HouseRules
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChannelEnd:
    """When a channel is on again: Unix seconds, and as it is shown. ``is_unknown``: an end was
    wished for that no calendar knows."""

    until: float = NO_END
    shown: str = ""
    is_unknown: bool = False


NO_CHANNEL_END = ChannelEnd()


class ChannelSwitch:
    """Pauses a channel, for a time or until somebody ends the pause.

    Args:
        store, clock: the ports. rules: of each workspace, which say who may decide for a channel.
        watches: whether a channel of a workspace is to be watched; given both ids.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        rules: HouseRules,
        watches: Callable[[str, str], bool],
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._watches = watches

    async def may_turn(self, workspace_id: str, channel_id: str, user_id: str) -> bool:
        """Return whether somebody may decide for a channel: an admin, or whoever invited the bot
        where none is named."""
        async with self._store.begin() as uow:
            rules = await self._rules.of(uow, workspace_id)
            settings = await uow.channels.settings(workspace_id, channel_id)
        return rules.may_choose(user_id, settings.inviter_id)

    async def turn(
        self,
        workspace_id: str,
        channel_id: str,
        user_id: str,
        *,
        on: bool,
        is_here: bool = False,
        may_name: bool = False,
        end: ChannelEnd = NO_CHANNEL_END,
    ) -> str:
        """Turn the bot on or off in a channel, if this person may; return the line to show.

        Args:
            workspace_id: Slack's team id.
            channel_id: the channel; empty if it isn't known, so the line says how.
            user_id: who asks.
            on: whether it shall speak there.
            is_here: whether the line is read in the channel.
            may_name: whether it is shown as Slack's markup there, so it may say who decides.
                Outside, neither who invited the bot to a private channel is told, nor whether that
                is known.
            end: when it shall be on again, if it is turned off.
        """
        async with self._store.begin() as uow:
            rules = await self._rules.of(uow, workspace_id)
            words = rules.strings["switch"]
            where = words["here" if is_here else "there"]
            if not channel_id:
                return words["which_on" if on else "which"]
            if not self._watches(workspace_id, channel_id):
                return words["not_watched"]
            await uow.serialize(workspace_id, channel_id)
            settings = await uow.channels.settings(workspace_id, channel_id)
            if not rules.may_choose(user_id, settings.inviter_id):
                who = _who_decides(rules, settings) if may_name else words["deciders"]
                if not who:
                    return words["nobody_on" if on else "nobody"]
                key = "not_yours_on" if on else "not_yours"
                return Template(words[key]).substitute(where=where, who=who)
            if on and await end_closed_pause(uow, workspace_id, settings):
                return Template(words["on_again"]).substitute(where=where)
            if not on and end.is_unknown:
                return words["bad_end"]
            was_off = is_turned_off(settings, self._clock())
            if was_off is not on and (on or settings.paused_until == end.until):
                key = "already_on" if on else "already_off"
                return Template(words[key]).substitute(where=where)
            await uow.channels.update(
                workspace_id,
                channel_id,
                paused_until=None if on else end.until,
                pause_reason=None if on else TURNED_OFF,
            )
        log.info("workspace=%s channel=%s turned on: %s", workspace_id, channel_id, on)
        if not on and end.until < NO_END:
            return Template(words["off_until"]).substitute(where=where, until=end.shown)
        return Template(words["on" if on else "off"]).substitute(where=where)

    async def explain_to_one(
        self, workspace_id: str, channel_id: str, user_id: str, *, may_name: bool = False
    ) -> str:
        """Return what somebody can do who wants no question in one channel, which is decided for
        everybody there or not at all. Nothing is changed.

        Args: see ``turn``.
        """
        async with self._store.begin() as uow:
            rules = await self._rules.of(uow, workspace_id)
            settings = await uow.channels.settings(workspace_id, channel_id)
        words = rules.strings["switch"]
        if channel_id and rules.may_choose(user_id, settings.inviter_id):
            return words["not_for_one_yours"]
        who = (may_name and _who_decides(rules, settings)) or words["deciders"]
        return Template(words["not_for_one"]).substitute(who=who)


def _who_decides(rules: WorkspaceRules, settings: ChannelSettings) -> str:
    """Return who may decide for a channel, by mention; empty if nobody is known."""
    named = rules.admins or frozenset({settings.inviter_id} - {""})
    return rules.strings["switch"]["or"].join(f"<@{user_id}>" for user_id in sorted(named))
