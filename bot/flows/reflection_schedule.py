"""When a person's reflection comes: switched on or off, and computed anew after a change."""

from __future__ import annotations

from datetime import tzinfo

from bot.core.model import Person, Preferences
from bot.core.policy import HOUR, Limits, with_preferences, zone_of
from bot.core.quiet_hours import days_off
from bot.core.weekly_slot import WeeklySlot, default_reflection_slot
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store


class ReflectionSchedule:
    """Keeps when each person's reflection is due.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
    """

    def __init__(self, *, store: Store, chat: Chat, clock: Clock, rules: HouseRules) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits

    async def switch(self, workspace_id: str, user_id: str, *, on: bool) -> None:
        """Switch the reflection on, at its usual time, or off."""
        person = await self._person(workspace_id, user_id) if on else Person.unknown(user_id)
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(workspace_id, user_id)
            limits = (await self._rules.of(uow, workspace_id)).limits
            slot = _slot_text(chosen, zone_of(person), limits)
            changes = {"reflection_slot": slot} if on else {}
            await uow.people.update(workspace_id, user_id, weekly_reflection=on, **changes)
        await self.reschedule(workspace_id, user_id)

    async def reschedule(self, workspace_id: str, user_id: str) -> None:
        """Compute when the person's next reflection is due, after a change of preferences.

        A form waits for this, so Slack isn't asked if the reflection is off, and not for long if
        it is on. If the time zone isn't known by then, the person is looked at again at the next
        tick: it may be due in an hour, at another hour than this one.
        """
        async with self._store.begin() as uow:
            is_on = (await uow.people.preferences(workspace_id, user_id)).weekly_reflection
        person = Person.unknown(user_id)
        if is_on:
            person = await self._person(workspace_id, user_id)
        async with self._store.begin() as uow:
            chosen, now = await uow.people.preferences(workspace_id, user_id), self._clock()
            due = look_at = None
            if chosen.weekly_reflection:
                zone = zone_of(person)
                limits = (await self._rules.of(uow, workspace_id)).limits
                due = slot_of(chosen, zone, limits).next_after(now, zone)
                is_known = person.time_zone is not None
                look_at = next_look(due, now, self._limits) if is_known else now
            await uow.weekly.schedule_reflection(
                workspace_id, user_id, due=due, time_zone=person.time_zone, look_at=look_at
            )

    async def _person(self, workspace_id: str, user_id: str) -> Person:
        within = self._limits.audience_within_seconds
        return await person_or_unknown(self._chat, workspace_id, user_id, within_seconds=within)


def slot_of(chosen: Preferences, zone: tzinfo, limits: Limits) -> WeeklySlot:
    """Return when a person's reflection comes.

    That is the slot they chose, or the usual one. If their working days are others, it is on the
    last of these.
    """
    return WeeklySlot.parse(_slot_text(chosen, zone, limits))


def _slot_text(chosen: Preferences, zone: tzinfo, limits: Limits) -> str:
    weekend = days_off(with_preferences(limits, chosen).quiet_hours, zone)
    return chosen.reflection_slot or default_reflection_slot(weekend)


def next_look(due_at: float, now: float, limits: Limits) -> float:
    """Return when to look next where a person is, in Unix seconds: at the latest when it is due.

    Somebody who flies east has their Friday hours earlier than was computed.
    """
    first = due_at - limits.time_zone_ahead_hours * HOUR
    return min(due_at, max(first, now + limits.time_zone_look_seconds))
