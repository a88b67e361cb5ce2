"""The weekly reflection: one private message with the seller's moments, a question and a plan.

At most two of the seller's moments (what the bot asked, never what the seller wrote), at most three
questions, one if-then plan that comes back. Debriefs lift later work by about a quarter in 46
samples (Tannenbaum & Cerasoli 2013); if-then plans help by d = .65 in 94 tests (Gollwitzer &
Sheeran 2006).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from zlib import crc32

from bot.core import durations
from bot.core.gate import Skip, Unprompted, WaitUntil
from bot.core.languages import UiStrings
from bot.core.model import Feedback, Person
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, WEEK, zone_of
from bot.core.weekly_slot import iso_week
from bot.core.weekly_theme import trap_of_the_week
from bot.flows.errors import SlackCallError
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import is_gone
from bot.flows.ports.chat import Chat
from bot.flows.ports.clock import Clock
from bot.flows.ports.findings import RecentNudge
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Content, Moment, ReflectionContent, Renderer
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from bot.flows.ports.weekly import DueReflection, WeeklyKind
from bot.flows.reflection_answers import latest_plan
from bot.flows.reflection_schedule import next_look, slot_of
from bot.flows.weekly_messages import reflection_key
from bot.flows.weekly_round import WeeklyRound

log = logging.getLogger(__name__)


class WeeklyReflections:
    """Sends weekly reflections.

    Args:
        store, chat, clock: the ports. rules: of each workspace.
        owner: who claims what is due; unique per running process.
        playbook: the words. renderer: how they look.
        wake_delivery: called when something was queued.
    """

    def __init__(
        self,
        *,
        store: Store,
        chat: Chat,
        clock: Clock,
        rules: HouseRules,
        owner: str,
        playbook: Playbook,
        renderer: Renderer,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._store = store
        self._chat = chat
        self._clock = clock
        self._rules = rules
        self._playbook = playbook
        self._renderer = renderer
        self._round = WeeklyRound[DueReflection](
            store=store,
            chat=chat,
            clock=clock,
            limits=rules.limits,
            owner=owner,
            claim=lambda uow: uow.weekly.claim_due_reflections,
            release=lambda uow: uow.weekly.release_reflection,
            send=self._send,
            wake_delivery=wake_delivery,
        )

    async def run_due(self) -> int:
        """Send all that is due now; return how many."""
        return await self._round.run()

    async def finish(self) -> None:
        """Wait for what is under way."""
        await self._round.finish()

    def preview(self) -> Content:
        """Return what a seller could be sent now, with placeholders; nobody's data is read."""
        nobody = Person.unknown("")
        week = iso_week(self._clock(), zone_of(nobody))
        strings = self._rules.house.strings
        words = strings["reflection"]
        when, question, plan = (words[f"preview_{part}"] for part in ("when", "question", "plan"))
        situation = self._situation(strings, [self._playbook.situations[0].id])
        quiet = self._quiet_week(week, nobody)
        content = replace(quiet, moments=(Moment(when, situation, question),), plan=plan)
        return self._renderer.reflection(strings, content)

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
        async with self._store.begin() as uow:
            return await self._send_to(uow, due, person, now)

    async def _send_to(
        self, uow: UnitOfWork, due: DueReflection, person: Person, now: float
    ) -> bool:
        rules = await self._rules.of(uow, due.workspace_id)
        gate, strings = rules.gate, rules.strings
        zone, limits = zone_of(person), gate.limits
        chosen = await uow.people.preferences(due.workspace_id, due.user_id)
        slot, due_at = slot_of(chosen, zone, limits), due.due_at
        if person.time_zone != due.time_zone:  # the person has moved since it was computed
            due_at = slot.next_after(now - DAY, zone)
        if due_at > now:
            look_at = next_look(due_at, now, limits)
            await uow.weekly.finish_reflection(
                due, next_due=due_at, time_zone=person.time_zone, look_at=look_at
            )
            return False
        passage = gate.check(Unprompted.REFLECTION, person, chosen, now=now, due_at=due_at)
        if isinstance(passage, WaitUntil):
            log.info("workspace=%s a reflection waits: %s", due.workspace_id, passage.reason)
            await uow.weekly.finish_reflection(
                due, next_due=due_at, time_zone=person.time_zone, look_at=passage.at
            )
            return False
        next_due = slot.next_after(max(now, due_at), zone)
        if not await uow.weekly.finish_reflection(
            due,
            next_due=next_due,
            time_zone=person.time_zone,
            look_at=next_look(next_due, now, limits),
        ):
            return False  # another worker has it by now
        week = iso_week(due_at, zone)
        skipped = passage.reason if isinstance(passage, Skip) else None
        if not await uow.weekly.record_run(
            WeeklyKind.REFLECTION, due.workspace_id, due.user_id, week, skipped=skipped, now=now
        ):
            return False
        if skipped:
            log.info("workspace=%s a reflection is skipped: %s", due.workspace_id, skipped)
            return False
        content = await self._personal_content(uow, strings, due.workspace_id, person, week)
        await uow.outbox.enqueue(self._message(strings, due, due_at, week, content), now=now)
        return True

    def _message(
        self,
        strings: UiStrings,
        due: DueReflection,
        due_at: float,
        week: str,
        content: ReflectionContent,
    ) -> OutgoingMessage:
        private = self._renderer.reflection(strings, content) if content.plan else None
        return OutgoingMessage(
            key=reflection_key(due.user_id, week),
            kind=MessageKind.MESSAGE,
            workspace_id=due.workspace_id,
            channel_id=due.user_id,
            recipient_id=due.user_id,
            content=self._renderer.reflection(strings, replace(content, plan="")),
            private_content=private,
            unprompted=Unprompted.REFLECTION,
            due_at=due_at,
        )

    async def _personal_content(
        self, uow: UnitOfWork, strings: UiStrings, workspace_id: str, person: Person, week: str
    ) -> ReflectionContent:
        nudges = await uow.findings.recent_nudges(
            workspace_id, person.id, since=self._clock() - WEEK
        )
        content = replace(
            self._quiet_week(week, person),
            plan=await latest_plan(uow, strings, workspace_id, person.id, before=week),
            keeps_answers=uow.reflections.keeps_answers,
        )
        shown = self._worth_looking_at(nudges)
        if not shown:
            return content
        return replace(
            content,
            moments=tuple(self._moment(strings, nudge, person) for nudge in shown),
            credits=self._credits(shown),
        )

    def _quiet_week(self, week: str, person: Person) -> ReflectionContent:
        """Return what is shown if the seller was asked nothing: an idea, and one question."""
        content = self._playbook.traps[trap_of_the_week(week)]
        article = self._playbook.articles[content.article]
        ideas = tuple(article.ideas.values())
        fits_always = [q for q in content.questions if not (q.needs or q.unless)]
        chance = crc32(f"{week}/{person.id}".encode())
        return ReflectionContent(
            week=week,
            moments=(),
            idea=ideas[crc32(week.encode()) % len(ideas)],
            question=fits_always[chance % len(fits_always)].text,
            credits=(article.credit,),
            plan="",
            keeps_answers=True,
        )

    def _worth_looking_at(self, nudges: list[RecentNudge]) -> list[RecentNudge]:
        """Return the questions to show: helpful ones first, never a wrong one."""
        questions = self._playbook.questions
        worth = [
            n for n in nudges if n.feedback is not Feedback.WRONG and n.question_id in questions
        ]
        worth.sort(key=lambda n: (n.feedback is not Feedback.HELPFUL, -n.at))
        return worth[: self._rules.limits.moments_shown]

    def _moment(self, strings: UiStrings, nudge: RecentNudge, person: Person) -> Moment:
        """Return a moment by what it was about; by its time if that isn't known."""
        times, situation = strings["time"], self._situation(strings, nudge.situations)
        format_ = durations.format_day if situation else durations.format_moment
        question = self._playbook.questions[nudge.question_id].worded(nudge.situations)
        return Moment(format_(nudge.at, person, times), situation, question)

    def _situation(self, strings: UiStrings, situation_ids: Collection[str]) -> str:
        """Return the phrase for the first of the situations that has one; empty if none has."""
        phrases = strings["situation"]
        in_order = [s.id for s in self._playbook.situations if s.id in situation_ids]
        return next((phrases[name] for name in in_order if name in phrases), "")

    def _credits(self, shown: list[RecentNudge]) -> tuple[str, ...]:
        """Return the credits of the articles behind the questions, each once."""
        questions, articles = self._playbook.questions, self._playbook.articles
        found = (articles[questions[nudge.question_id].article].credit for nudge in shown)
        return tuple(dict.fromkeys(found))
