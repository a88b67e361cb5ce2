"""Somebody says in plain words that they want to be left alone, or heard again: it is done."""

from __future__ import annotations

from datetime import UTC, tzinfo

from bot.core.channel_wishes import (
    ChannelWish,
    is_about_channel,
    names_channel,
    read_channel_wish,
    wants_none_here,
)
from bot.core.durations import NO_END, format_end
from bot.core.intents import Intent, IntentRouter
from bot.core.model import Delivery
from bot.core.pause_ends import parse_end
from bot.core.policy import with_preferences, zone_of
from bot.core.quiet_hours import days_off
from bot.core.rhythm_wishes import read_rhythm_wish
from bot.core.weekly_slot import week_start
from bot.core.wishes import Wish, WishKind, find_pause_end, read_wish
from bot.core.wishes_beside import says_not_now, speaks_of_being_asked
from bot.flows.channel_switch import NO_CHANNEL_END, ChannelEnd, ChannelSwitch
from bot.flows.house_rules import HouseRules
from bot.flows.pause import Pauses
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store


class Wishes:
    """Reads wishes from words, and grants them.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
        pauses: pauses and resumes. switch: turns the bot off in a channel.
        router: hears wishes in words that no pattern foresaw.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        pauses: Pauses,
        switch: ChannelSwitch,
        router: IntentRouter,
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._pauses = pauses
        self._switch = switch
        self._router = router

    def is_wish(self, text: str, *, addressed: bool = True) -> bool:
        """Return whether a text is a wish, whoever wrote it; asks nobody.

        Args:
            text: as typed.
            addressed: whether only the bot is spoken to; else it has just asked the writer.
        """
        if (
            read_wish(text, now=self._clock(), zone=UTC, addressed=addressed) is None
            and read_channel_wish(text, in_channel=False, addressed=addressed) is None
            and not wants_none_here(text, in_channel=not addressed)
            and read_rhythm_wish(text, addressed=addressed) is None
            and (addressed or not self.is_heard_beside(text))
        ):
            return False  # nearly all texts
        # "Don't post in #general" is said to a colleague, or of another channel.
        return addressed or not names_channel(text)

    def is_heard_beside(self, text: str) -> bool:
        """Return whether a text wants quiet in words of its writer's own, whom the bot has just
        asked a question among others; asks nobody."""
        return (
            says_not_now(text)
            or read_rhythm_wish(text, addressed=False) is not None
            or self._heard_beside(text) is not None
        )

    def _heard_beside(self, text: str) -> Intent | None:
        if not speaks_of_being_asked(text):
            return None  # nearly all texts
        intent = self._router.find(text)
        return intent if intent in (Intent.STOP, Intent.PAUSE) else None

    def is_about_own_data(self, text: str) -> bool:
        """Return whether somebody asks to see or erase what is kept about them; asks nobody."""
        wish = read_wish(text, now=self._clock(), zone=UTC)
        return wish is not None and wish.kind in (WishKind.OWN_DATA, WishKind.ERASE)

    async def grant(
        self,
        workspace_id: str,
        user_id: str,
        text: str,
        *,
        channel_id: str = "",
        addressed: bool = True,
    ) -> tuple[WishKind, str] | None:
        """Do what a text wishes.

        Args:
            workspace_id: Slack's team id.
            user_id: who wrote it.
            text: as typed.
            channel_id: the channel that it was typed in; empty for a direct conversation.
            addressed: whether only the bot is spoken to.

        Returns:
            What was wished, and the line to show, which for a channel is Slack's markup if only
            the bot was spoken to there; None if it is no wish.

        Raises:
            StoreUnavailableError: it was not done.
        """
        is_command = bool(channel_id) and addressed
        if wants_none_here(text, in_channel=bool(channel_id)) and (
            addressed or not names_channel(text)
        ):
            named = "" if names_channel(text) else channel_id
            line = await self._switch.explain_to_one(
                workspace_id, named, user_id, may_name=is_command and bool(named)
            )
            return WishKind.CHANNEL, line
        about_channel = read_channel_wish(text, in_channel=is_command, addressed=addressed)
        is_wish = self.is_wish(text, addressed=addressed)
        if about_channel is not None and not await self._is_own(
            about_channel, workspace_id, user_id, text, channel_id=channel_id, addressed=addressed
        ):
            elsewhere = about_channel.is_elsewhere
            line = await self._switch.turn(
                workspace_id,
                about_channel.channel_id if elsewhere else channel_id,
                user_id,
                on=about_channel.is_on,
                is_here=bool(channel_id) and not elsewhere,
                may_name=is_command and not elsewhere,
                end=await self._channel_end(workspace_id, user_id, about_channel.end),
            )
            return WishKind.CHANNEL, line
        if not is_wish:
            return None  # nearly all texts: no time zone is needed to see that
        if (rhythm := read_rhythm_wish(text, addressed=addressed)) is not None:
            return WishKind.HOW_OFTEN, await self._say(workspace_id, rhythm)
        wish = await self._read(workspace_id, user_id, text, addressed=addressed)
        if wish is not None:
            return wish.kind, await self._do(workspace_id, user_id, wish)
        intent = None if addressed else self._heard_beside(text)
        if intent is None:
            return None
        return WishKind.PAUSE, await self.grant_in_other_words(workspace_id, user_id, text, intent)

    async def grant_in_other_words(
        self, workspace_id: str, user_id: str, text: str, intent: Intent
    ) -> str:
        """Do what a text wishes in words that no pattern foresaw.

        Args:
            workspace_id: Slack's team id.
            user_id: who wrote it.
            text: as typed.
            intent: the wish that was found in it.

        Returns:
            The line to show.

        Raises:
            StoreUnavailableError: it was not done.
        """
        match intent:
            case Intent.PAUSE if until := await self._pause_end(workspace_id, user_id, text):
                wish = Wish(WishKind.PAUSE, until)  # so it is its writer who is away
            case Intent.STOP | Intent.PAUSE if is_about_channel(text):
                return await self._switch.turn(workspace_id, "", user_id, on=False)
            case Intent.RESUME if is_about_channel(text):
                return await self._switch.turn(workspace_id, "", user_id, on=True)
            case Intent.STOP:
                wish = Wish(WishKind.PAUSE, NO_END)
            case Intent.PAUSE:
                wish = Wish(WishKind.ASK_WHEN)
            case Intent.RESUME:
                wish = Wish(WishKind.RESUME)
            case _:
                return (await self._say(workspace_id, "help")).strip()
        return await self._do(workspace_id, user_id, wish)

    async def _do(self, workspace_id: str, user_id: str, wish: Wish) -> str:
        match wish.kind:
            case WishKind.PAUSE:
                return await self._pauses.pause_until(workspace_id, user_id, wish.until)
            case WishKind.RESUME:
                return await self._pauses.resume(workspace_id, user_id)
            case WishKind.PRIVATELY:
                async with self._store.begin() as uow:
                    await uow.people.update(workspace_id, user_id, delivery=Delivery.PRIVATE)
                return await self._say(workspace_id, "privately")
            case WishKind.OWN_DATA:
                return await self._say(workspace_id, "own_data")
            case WishKind.ASK_WHEN:
                return await self._say(workspace_id, "bad_duration")
            case WishKind.ERASE:
                return await self._say(workspace_id, "erase")
            case WishKind.WHO:
                return await self._say(workspace_id, "who")
            case WishKind.HELP | WishKind.ASK_HOW | WishKind.HOW_OFTEN | WishKind.CHANNEL:
                return await self._say(workspace_id, "how_to_stop")

    async def _is_own(
        self,
        wish: ChannelWish,
        workspace_id: str,
        user_id: str,
        text: str,
        *,
        channel_id: str,
        addressed: bool,
    ) -> bool:
        """Return whether a wish about a channel is one of its writer for themselves: among others,
        if it fits; to the bot alone, if they may not decide for all, as in "stop posting here"."""
        if read_wish(text, now=self._clock(), zone=UTC, addressed=addressed) is None:
            return False
        if not addressed:
            return True
        if wish.is_certain or wish.is_elsewhere or not channel_id:
            return False
        return not await self._switch.may_turn(workspace_id, channel_id, user_id)

    async def _channel_end(self, workspace_id: str, user_id: str, words: str) -> ChannelEnd:
        """Return when a channel shall be on again, as whoever asks for it means it."""
        if not words:
            return NO_CHANNEL_END
        zone, first_day = await self._calendar(workspace_id, user_id)
        until = parse_end(words, now=self._clock(), zone=zone, week_start=first_day)
        if until is None:
            return ChannelEnd(is_unknown=True)
        within = self._limits.audience_within_seconds
        person = await person_or_unknown(self._chat, workspace_id, user_id, within_seconds=within)
        strings = await self._rules.read_strings(self._store, workspace_id)
        shown = "" if until >= NO_END else format_end(until, person, strings["time"])
        return ChannelEnd(until, shown)

    async def _pause_end(self, workspace_id: str, user_id: str, text: str) -> float | None:
        """Return until when a text wants a pause, if it says so."""
        zone, first_day = await self._calendar(workspace_id, user_id)
        return find_pause_end(text, now=self._clock(), zone=zone, week_start=first_day)

    async def _say(self, workspace_id: str, key: str) -> str:
        return (await self._rules.read_strings(self._store, workspace_id))["command"][key]

    async def _read(
        self, workspace_id: str, user_id: str, text: str, *, addressed: bool
    ) -> Wish | None:
        zone, first_day = await self._calendar(workspace_id, user_id)
        now = self._clock()
        if not addressed and says_not_now(text):
            return Wish(WishKind.PAUSE, parse_end("today", now=now, zone=zone) or NO_END)
        return read_wish(text, now=now, zone=zone, week_start=first_day, addressed=addressed)

    async def _calendar(self, workspace_id: str, user_id: str) -> tuple[tzinfo, int]:
        """Return a person's time zone, and the first day of their week (0 is Monday)."""
        within = self._limits.audience_within_seconds
        person = await person_or_unknown(self._chat, workspace_id, user_id, within_seconds=within)
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(workspace_id, user_id)
            limits = (await self._rules.of(uow, workspace_id)).limits
        zone = zone_of(person)
        weekend = days_off(with_preferences(limits, chosen).quiet_hours, zone)
        return zone, week_start(weekend)
