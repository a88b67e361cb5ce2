"""Tells somebody whether the bot is on for them, until when it isn't, how often it may ask, and
where it reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from string import Template

from bot.core import durations
from bot.core.gate import Skip, Unprompted
from bot.core.history import ignored_in_a_row
from bot.core.limits_in_words import caps_in_words, days_in_words, hours_in_words, quiet_days
from bot.core.model import Delivery, Person, Preferences, Reason
from bot.core.policy import Limits, with_preferences, zone_of
from bot.core.weekends import weekend_in
from bot.core.workspace_rules import WorkspaceRules
from bot.flows import remembered
from bot.flows.channel_pause import paused_until
from bot.flows.channel_watch import ChannelWatch
from bot.flows.errors import SlackCallError
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.asks import Ask
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.chat import Chat
from bot.flows.ports.unit_of_work import Store

_FOR_NOW = frozenset({Reason.QUIET_HOURS, Reason.DAY_OFF, Reason.HOLIDAY, Reason.AWAY})
_MOST_CHANNELS = 20  # named; a longer list says nothing


class OwnStatus:
    """Looks at how things stand for whoever asks.

    Args:
        store, chat: the ports.
        watches: whether a channel of a workspace is to be watched; given both ids.

    Attributes:
        watch: tells what the bot does in one channel.
    """

    def __init__(self, *, store: Store, chat: Chat, watches: Callable[[str, str], bool]) -> None:
        self._store = store
        self._chat = chat
        self._watches = watches
        self.watch = ChannelWatch(store=store, chat=chat, watches=watches)

    async def describe(self, ask: Ask, rules: WorkspaceRules, *, now: float) -> str:
        """Return the lines for an ask, in Slack's markup: they name channels.

        Args:
            ask: who asks, and in which channel; empty for a direct conversation.
            rules: of the workspace.
            now: Unix seconds.
        """
        workspace_id, user_id = ask.workspace_id, ask.user_id
        within = rules.limits.audience_within_seconds
        person = await person_or_unknown(self._chat, workspace_id, user_id, within_seconds=within)
        async with self._store.look() as uow:
            chosen = await uow.people.preferences(workspace_id, user_id)
            nudges = await remembered.nudges_to(uow, workspace_id, user_id)
        ignored = ignored_in_a_row(nudges, chosen, now=now, limits=rules.limits)
        lines = _of_person(person, chosen, ignored, rules, now)
        if ask.channel_id:
            place = (workspace_id, ask.channel_id)
            may_ask_you = lines[0] == rules.strings["status"]["on"]
            lines.append(
                await self.watch.describe_here(*place, rules, now, may_ask_you=may_ask_you)
            )
        lines += await self._of_channels(workspace_id, user_id, rules, now)
        lines.append(rules.strings["status"]["change"])
        return "\n".join(lines)

    async def _of_channels(
        self, workspace_id: str, user_id: str, rules: WorkspaceRules, now: float
    ) -> list[str]:
        """Return where the bot reads, as far as whoever asks is there too."""
        words = rules.strings["status"]
        try:
            async with asyncio.timeout(rules.limits.audience_within_seconds):
                shared = await self._chat.channels_with(workspace_id, user_id)
        except (SlackCallError, TimeoutError):
            return [words["unsure"]]
        watched = [each for each in shared if self._watches(workspace_id, each)]
        if not watched:
            return [words["nowhere"]]
        async with self._store.look() as uow:
            settings = [
                await uow.channels.settings(workspace_id, channel_id)
                for channel_id in watched[:_MOST_CHANNELS]
            ]
        return _of_settings(settings, len(watched) - len(settings), rules, now)


def _of_person(
    person: Person, chosen: Preferences, ignored: int, rules: WorkspaceRules, now: float
) -> list[str]:
    """Return whether the bot is on for a person, and if it is, how often and when it may ask."""
    words, times = rules.strings["status"], rules.strings["time"]
    if chosen.is_paused(now) and chosen.paused_until is not None:
        if chosen.paused_until >= durations.NO_END:
            return [words["paused_open"]]
        end = durations.format_end(chosen.paused_until, person, times)
        return [Template(words["paused"]).substitute(until=end)]
    if chosen.daily_limit == 0:
        return [words["demand"]]
    if ignored >= rules.limits.ignored_ends:
        return [words["ignored"]]
    return [words["on"], *_for_now(person, chosen, rules, now), _limits_line(person, chosen, rules)]


def _for_now(person: Person, chosen: Preferences, rules: WorkspaceRules, now: float) -> list[str]:
    """Return why nothing is asked at this moment, if the clock or a status says so."""
    passage = rules.gate.check(Unprompted.NUDGE, person, chosen, now=now, due_at=now)
    if not isinstance(passage, Skip) or passage.reason not in _FOR_NOW:
        return []
    reason = rules.strings["quiet"][passage.reason]
    return [Template(rules.strings["status"]["for_now"]).substitute(reason=reason)]


def _limits_line(person: Person, chosen: Preferences, rules: WorkspaceRules) -> str:
    limits: Limits = with_preferences(rules.limits, chosen)
    times, home = rules.strings["time"], rules.strings["home"]
    days = quiet_days(limits.quiet_hours, weekend_in(zone_of(person)))
    return Template(home["state_on"]).substitute(
        caps=caps_in_words(limits, rules.strings["caps"]),
        quiet=hours_in_words(limits.quiet_hours, times) or home["no_quiet"],
        days=days_in_words(days, times) or home["days_none"],
    )


def _of_settings(
    settings: Sequence[ChannelSettings], more: int, rules: WorkspaceRules, now: float
) -> list[str]:
    """Return one line for the channels in which the bot may ask, one for those in which it only
    counts, and one for those in which it asks nothing."""
    words = rules.strings["status"]
    groups: dict[str, list[str]] = {"reads": [], "counts": [], "off": []}
    for each in settings:
        is_counted = (each.delivery or rules.limits.delivery) is Delivery.OBSERVE
        is_off = (paused_until(each, now, rules.limits) or 0.0) > now
        group = "off" if is_off else "counts" if is_counted else "reads"
        groups[group].append(f"<#{each.channel_id}>")
    lines = [
        Template(words[group]).substitute(channels=", ".join(names))
        for group, names in groups.items()
        if names
    ]
    return [*lines, Template(words["more"]).substitute(count=more)] if more > 0 else lines
