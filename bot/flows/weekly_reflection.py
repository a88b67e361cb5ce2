"""The weekly reflection: one private message with the seller's moments, a question and a plan.

At most two of the seller's moments (what the bot asked, never what the seller wrote), at most three
questions, one if-then plan that comes back. Debriefs lift later work by about a quarter in 46
samples (Tannenbaum & Cerasoli 2013); if-then plans help by d = .65 in 94 tests (Gollwitzer &
Sheeran 2006).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from zlib import crc32

from bot.core import durations
from bot.core.model import Feedback, Person, Preferences, Trap
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, HOUR, WEEK, Limits, with_preferences, zone_of
from bot.core.quiet_hours import days_off
from bot.core.weekends import weekend_in
from bot.core.weekly_slot import Holidays, WeeklySlot, default_reflection_slot, iso_week
from bot.flows.errors import SlackCallError
from bot.flows.people_in_slack import is_gone, person_or_unknown
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.findings import RecentNudge
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Content, ReflectionContent, Renderer
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import DueReflection, WeeklyKind
from bot.flows.weekly_round import run_round

log = logging.getLogger(__name__)

_KEY = "reflection"


class WeeklyReflections:
    """Sends weekly reflections, and keeps what sellers write.

    Args:
        store, chat, clock, limits: the ports and the caps.
        owner: who claims what is due; unique per running process.
        playbook: the words. renderer: how they look. holidays: days without anything weekly.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        owner: str,
        playbook: Playbook,
        renderer: Renderer,
        holidays: Holidays,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._owner = owner
        self._playbook = playbook
        self._renderer = renderer
        self._holidays = holidays
        self._wake_delivery = wake_delivery
        self._away = Phrases(playbook.cues["away"])
        self._questions = {
            q.id: q.text for content in playbook.traps.values() for q in content.questions
        }

    async def run_due(self) -> int:
        """Send all that is due now; return how many."""
        sent = await run_round(claim=self._claim, send=self._send, release=self._release)
        if sent:
            self._wake_delivery()
        return sent

    def preview(self) -> Content:
        """Return what a seller could be sent now, with placeholders; nobody's data is read."""
        nobody = Person.unknown("")
        week = iso_week(self._clock(), zone_of(nobody))
        when, question, if_, then = (
            self._playbook.text("reflection", f"preview_{part}")
            for part in ("when", "question", "if", "then")
        )
        content = self._content(week, nobody, ((when, question),), (if_, then), keeps_answers=True)
        return self._renderer.reflection(content)

    async def save_answers(
        self, workspace_id: str, user_id: str, week: str, answers: Mapping[str, str]
    ) -> str:
        """Keep what a seller wrote, encrypted or not at all; return the line to show."""
        filled = {name: text for name, text in answers.items() if text}
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, user_id)  # a form and a reply may come at once
            before = await uow.reflections.answers(workspace_id, user_id, week)
            saved = await uow.reflections.save(
                workspace_id, user_id, week, {**before, **filled}, now=self._clock()
            )
            kept = uow.reflections.keeps_answers and bool(filled)
        if not saved:
            log.warning("workspace=%s answers of %s need a key that isn't set", workspace_id, week)
            return self._playbook.text("reflection", "locked")
        log.info("workspace=%s a seller reflected on %s", workspace_id, week)
        return self._playbook.text("reflection", "kept" if kept else "not_kept")

    async def week_of_message(self, workspace_id: str, user_id: str, ts: str) -> str | None:
        """Return the week of the reflection that a message of ours is; None if it is none."""
        async with self._store.begin() as uow:
            key = await uow.outbox.key_of_sent(workspace_id, user_id, ts)
        if key is None or not key.startswith(f"{_KEY}-"):
            return None
        return "-".join(key.split("-")[-2:])

    async def plan(self, workspace_id: str, user_id: str) -> tuple[str, str]:
        """Return the person's latest plan: if, then; empty if there is none."""
        async with self._store.begin() as uow:
            return await self._plan(uow, workspace_id, user_id)

    async def switch(self, workspace_id: str, user_id: str, *, on: bool) -> None:
        """Switch the reflection on, at its usual time, or off."""
        person = await self._person(workspace_id, user_id) if on else Person.unknown(user_id)
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(workspace_id, user_id)
            changes = {"reflection_slot": self._slot(chosen, person)} if on else {}
            await uow.people.update(workspace_id, user_id, weekly_reflection=on, **changes)
        await self.reschedule(workspace_id, user_id)

    async def reschedule(self, workspace_id: str, user_id: str) -> None:
        """Compute when the person's next reflection is due, after a change of preferences.

        A form waits for this, so Slack isn't asked if the reflection is off, and not for long if
        it is on. A time zone that isn't known is put right when the reflection is due.
        """
        async with self._store.begin() as uow:
            is_on = (await uow.people.preferences(workspace_id, user_id)).weekly_reflection
        person = Person.unknown(user_id)
        if is_on:
            person = await self._person(workspace_id, user_id)
        async with self._store.begin() as uow:
            chosen = await uow.people.preferences(workspace_id, user_id)
            due = None
            if chosen.weekly_reflection:
                slot = WeeklySlot.parse(self._slot(chosen, person))
                due = slot.next_after(self._clock(), zone_of(person))
            await uow.weekly.schedule_reflection(
                workspace_id, user_id, due=due, time_zone=person.time_zone
            )

    async def _person(self, workspace_id: str, user_id: str) -> Person:
        within = self._limits.audience_within_seconds
        return await person_or_unknown(self._chat, workspace_id, user_id, within_seconds=within)

    def _slot(self, chosen: Preferences, person: Person) -> str:
        quiet = with_preferences(self._limits, chosen).quiet_hours
        weekend = days_off(quiet, zone_of(person))
        return chosen.reflection_slot or default_reflection_slot(weekend)

    async def _claim(self) -> list[DueReflection]:
        now, batches = self._clock(), self._limits.batches
        async with self._store.begin() as uow:
            return await uow.weekly.claim_due_reflections(
                now=now,
                limit=batches.weekly,
                owner=self._owner,
                lease_until=now + batches.lease_seconds,
            )

    async def _release(self, waiting: list[DueReflection]) -> None:
        """What waits for Slack is claimed again at the next tick, not in this one."""
        async with self._store.begin() as uow:
            for due in waiting:
                await uow.weekly.release_reflection(due)

    async def _send(self, due: DueReflection) -> bool | None:
        """Send or skip one reflection. None: Slack can't be asked now, so it stays due."""
        now = self._clock()
        try:
            person = await self._chat.person(due.workspace_id, due.user_id)
        except SlackCallError as failure:
            if not is_gone(failure):
                log.warning("workspace=%s a reflection waits: %s", due.workspace_id, failure)
                return None
            log.warning("workspace=%s a reflection has no reader: %s", due.workspace_id, failure)
            async with self._store.begin() as uow:
                await uow.weekly.finish_reflection(due, next_due=None, time_zone=due.time_zone)
            return False
        zone = zone_of(person)
        slot = WeeklySlot.parse(due.slot or default_reflection_slot(weekend_in(zone)))
        due_at = due.due_at
        if person.time_zone != due.time_zone:  # the person has moved since it was computed
            due_at = slot.next_after(now - DAY, zone)
        async with self._store.begin() as uow:
            if due_at > now:
                await uow.weekly.finish_reflection(due, next_due=due_at, time_zone=person.time_zone)
                return False
            next_due = slot.next_after(max(now, due_at), zone)
            if not await uow.weekly.finish_reflection(
                due, next_due=next_due, time_zone=person.time_zone
            ):
                return False  # another worker has it by now
            week, skipped = iso_week(due_at, zone), self._why_skip(due, person, due_at, now)
            if not await uow.weekly.record_run(
                WeeklyKind.REFLECTION, due.workspace_id, due.user_id, week, skipped=skipped, now=now
            ):
                return False
            if skipped is None:
                content = await self._personal_content(uow, due.workspace_id, person, week)
                await uow.outbox.enqueue(self._message(due, week, content), now=now)
        if skipped:
            log.info("workspace=%s a reflection is skipped: %s", due.workspace_id, skipped)
        return skipped is None

    def _message(
        self, due: DueReflection, week: str, content: ReflectionContent
    ) -> OutgoingMessage:
        return OutgoingMessage(
            key=f"{_KEY}-{due.user_id}-{week}",
            kind=MessageKind.MESSAGE,
            workspace_id=due.workspace_id,
            channel_id=due.user_id,
            recipient_id=due.user_id,
            content=self._renderer.reflection(content),
        )

    def _why_skip(
        self, due: DueReflection, person: Person, due_at: float, now: float
    ) -> str | None:
        if not person.is_colleague:
            return "not_a_colleague"
        if now - due_at > self._limits.weekly_late_hours * HOUR:
            return "too_late"
        if due.paused_until and due.paused_until > now:
            return "paused"
        if person.status in self._away:
            return "away"
        return "holiday" if self._holidays.contains(due_at, zone_of(person)) else None

    async def _personal_content(
        self, uow: UnitOfWork, workspace_id: str, person: Person, week: str
    ) -> ReflectionContent:
        nudges = await uow.findings.recent_nudges(
            workspace_id, person.id, since=self._clock() - WEEK
        )
        return self._content(
            week,
            person,
            self._moments(nudges, person),
            await self._plan(uow, workspace_id, person.id),
            keeps_answers=uow.reflections.keeps_answers,
        )

    def _content(
        self,
        week: str,
        person: Person,
        moments: tuple[tuple[str, str], ...],
        plan: tuple[str, str],
        *,
        keeps_answers: bool,
    ) -> ReflectionContent:
        content = self._playbook.traps[trap_of_the_week(week)]
        article = self._playbook.articles[content.article]
        fits_always = [q for q in content.questions if not q.needs]
        chance = crc32(f"{week}/{person.id}".encode())
        return ReflectionContent(
            week=week,
            moments=moments,
            idea=article.ideas[crc32(week.encode()) % len(article.ideas)],
            question=fits_always[chance % len(fits_always)].text,
            credit=article.credit,
            plan=plan,
            keeps_answers=keeps_answers,
        )

    def _moments(self, nudges: list[RecentNudge], person: Person) -> tuple[tuple[str, str], ...]:
        """Return the moments worth looking at: helpful ones first, never a wrong one."""
        worth = [
            n
            for n in nudges
            if n.feedback is not Feedback.WRONG and n.question_id in self._questions
        ]
        worth.sort(key=lambda n: (n.feedback is not Feedback.HELPFUL, -n.at))
        times = self._playbook.strings["time"]
        return tuple(
            (durations.format_moment(n.at, person, times), self._questions[n.question_id])
            for n in worth[: self._limits.moments_shown]
        )

    async def _plan(self, uow: UnitOfWork, workspace_id: str, user_id: str) -> tuple[str, str]:
        answers = await uow.reflections.latest_answers(workspace_id, user_id)
        return answers.get("if", ""), answers.get("then", "")


def trap_of_the_week(week: str) -> Trap:
    """Return whose article is this week's: the five in turn, by the number of the ISO week."""
    traps = list(Trap)
    return traps[int(week.rpartition("W")[2]) % len(traps)]
