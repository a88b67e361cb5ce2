"""Somebody says in plain words that they want to be left alone, or heard again: it is done."""

from __future__ import annotations

from datetime import UTC

from bot.core.model import Delivery
from bot.core.playbook_model import Playbook
from bot.core.policy import Limits, with_preferences, zone_of
from bot.core.quiet_hours import days_off
from bot.core.weekly_slot import week_start
from bot.core.wishes import Wish, WishKind, read_wish
from bot.flows.pause import Pauses
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store


class Wishes:
    """Reads wishes from words, and grants them.

    Args:
        store, chat, clock, limits: the ports and the caps.
        playbook: the words. pauses: pauses and resumes.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        pauses: Pauses,
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._playbook = playbook
        self._pauses = pauses

    def is_wish(self, text: str, *, addressed: bool = True) -> bool:
        """Return whether a text is a wish, whoever wrote it; asks nobody.

        Args:
            text: as typed.
            addressed: whether only the bot is spoken to.
        """
        found = read_wish(text, now=self._clock(), zone=UTC, addressed=addressed)
        return found is not None

    def is_about_own_data(self, text: str) -> bool:
        """Return whether somebody asks to see or erase what is kept about them; asks nobody."""
        wish = read_wish(text, now=self._clock(), zone=UTC)
        return wish is not None and wish.kind is WishKind.OWN_DATA

    async def grant(
        self, workspace_id: str, user_id: str, text: str, *, addressed: bool = True
    ) -> tuple[WishKind, str] | None:
        """Do what a text wishes.

        Args:
            workspace_id: Slack's team id.
            user_id: who wrote it.
            text: as typed.
            addressed: whether only the bot is spoken to.

        Returns:
            What was wished, and the line to show; None if it is no wish.

        Raises:
            StoreUnavailableError: it was not done.
        """
        if not self.is_wish(text, addressed=addressed):
            return None  # nearly all texts: no time zone is needed to see that
        wish = await self._read(workspace_id, user_id, text, addressed=addressed)
        match wish:
            case None:
                return None
            case Wish(WishKind.PAUSE, until):
                line = await self._pauses.pause_until(workspace_id, user_id, until)
            case Wish(WishKind.RESUME):
                line = await self._pauses.resume(workspace_id, user_id)
            case Wish(WishKind.PRIVATELY):
                async with self._store.begin() as uow:
                    await uow.people.update(workspace_id, user_id, delivery=Delivery.PRIVATE)
                line = self._playbook.text("command", "privately")
            case Wish(WishKind.OWN_DATA):
                line = self._playbook.text("command", "own_data")
            case Wish(WishKind.ASK_WHEN):
                line = self._playbook.text("command", "bad_duration")
            case _:
                line = self._playbook.text("command", "how_to_stop")
        return wish.kind, line

    async def _read(
        self, workspace_id: str, user_id: str, text: str, *, addressed: bool
    ) -> Wish | None:
        within = self._limits.audience_within_seconds
        person = await person_or_unknown(self._chat, workspace_id, user_id, within_seconds=within)
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(workspace_id, user_id)
        zone = zone_of(person)
        weekend = days_off(with_preferences(self._limits, chosen).quiet_hours, zone)
        return read_wish(
            text,
            now=self._clock(),
            zone=zone,
            week_start=week_start(weekend),
            addressed=addressed,
        )
