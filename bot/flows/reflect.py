"""The weekly look back: one private message, some days after it one line about what became of it.

At most two of the seller's own moments (what the bot asked, never what the seller wrote), at most
three questions, one plan that comes back (coaching.md section 3, W1 to W9; debriefs lift later work
by about a quarter in 46 samples, if-then plans by d = .65 in 94 tests).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

from bot.core import days
from bot.core.due import Holidays, Slot, week_of
from bot.core.model import Person, Trap
from bot.core.phrases import Phrases
from bot.core.policy import DAY, WEEK, Limits, as_wished, zone_of
from bot.core.words import Playbook
from bot.flows.ask_ports import Record
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock
from bot.flows.week_ports import DueFollowUp, DueReflection, Learnt, Said, Weekly, Weeks

log = logging.getLogger(__name__)

MOMENTS = 2
BATCH = 200
_FOLLOW_UP_FROM_DAYS = 3.0
_FOLLOW_UP_TO_DAYS = 7.0


@dataclass(frozen=True, slots=True)
class LookBack:
    """What a look back shows. ``moments``: when and which question. ``idea`` and ``credit``: of the
    week's article. ``plan``: if and then, empty where there was none. ``kept``: answers are."""

    week: str
    moments: tuple[tuple[str, str], ...]
    idea: str
    question: str
    credit: str
    plan: tuple[str, str]
    kept: bool


class Layout(Protocol):
    """How it looks; the words and the places of buttons."""

    def look_back(self, shown: LookBack) -> Mapping[str, str]:
        """A look back, for the outbox."""

    def follow_up(self, key: str, question: str) -> Mapping[str, str]:
        """A follow-up, for the outbox."""


class Reflect:
    """Sends look backs and follow-ups, and takes what sellers answer.

    Args:
        weeks, record, chat, clock, limits: the ports and the caps.
        playbook: the words. layout: how they look. holidays: days without anything weekly.
        wake_delivery: called when something lies in the outbox.
    """

    def __init__(
        self,
        *,
        weeks: Weeks,
        record: Record,
        chat: Chat,
        clock: Clock,
        limits: Limits,
        playbook: Playbook,
        layout: Layout,
        holidays: Holidays,
        wake_delivery: Callable[[], None],
    ) -> None:
        self._weeks = weeks
        self._record = record
        self._chat = chat
        self._clock = clock
        self._limits = limits
        self._playbook = playbook
        self._layout = layout
        self._holidays = holidays
        self._wake_delivery = wake_delivery
        self._away = Phrases(playbook.cues["away"])
        self._questions = {
            q.id: q.text for words in playbook.traps.values() for q in words.questions
        }

    async def tick(self) -> int:
        """Sends what is due now; returns how many."""
        sent, seen = 0, set[tuple[str, str, float]]()
        while due := [
            d
            for d in await self._weeks.reflections_due(self._clock(), BATCH)
            if (d.team, d.user, d.at) not in seen  # what waits for Slack waits for the next tick
        ]:
            for one in due:
                seen.add((one.team, one.user, one.at))
                sent += await self._one(one)
        now, asked = self._clock(), set[tuple[str, str]]()
        for follow in await self._weeks.follow_ups_due(
            since=now - _FOLLOW_UP_TO_DAYS * DAY,
            until=now - _FOLLOW_UP_FROM_DAYS * DAY,
            week_ago=now - WEEK,
            limit=BATCH,
        ):
            if (who := (follow.team, follow.user)) not in asked:
                asked.add(who)  # one a week: a second one waits for its turn
                sent += await self._follow_up(follow)
        if sent:
            self._wake_delivery()
        return sent

    async def preview(self, team: str, user: str) -> Mapping[str, str]:
        """What this person would be sent now."""
        person = await self._chat.person(user)
        week = week_of(self._clock(), zone_of(person))
        return self._layout.look_back(await self.shown(team, person, week))

    async def shown(self, team: str, person: Person, week: str) -> LookBack:
        """What a look back of this person shows."""
        found = await self._weeks.moments(team, person.id, self._clock() - WEEK, MOMENTS)
        moments = tuple(
            (
                days.moment(m.at, person, self._playbook.voice["time"]),
                self._questions.get(m.question_id, ""),
            )
            for m in found
            if m.question_id in self._questions
        )
        words = self._playbook.traps[trap_of_the_week(week)]
        article = self._playbook.articles[words.article]
        free = [q for q in words.questions if not q.needs]
        chance = crc32(f"{week}/{person.id}".encode())
        return LookBack(
            week=week,
            moments=moments,
            idea=article.ideas[crc32(week.encode()) % len(article.ideas)],
            question=free[chance % len(free)].text,
            credit=article.credit,
            plan=await self._weeks.plan(team, person.id),
            kept=self._weeks.keeps,
        )

    async def answer(self, team: str, user: str, week: str, answers: Mapping[str, str]) -> str:
        """What a seller wrote, kept sealed or not at all; returns what to say."""
        filled = {name: text for name, text in answers.items() if text}
        kept = await self._weeks.reflect(team, user, week, filled, now=self._clock())
        log.info("a seller looked back on %s", week)
        return self._playbook.say("reflection", "kept" if kept and filled else "not_kept")

    async def reply(self, team: str, user: str, ts: str, text: str) -> str | None:
        """A reply below a look back, or below a follow-up, which is counted and not kept.

        Returns:
            What to say, or None where the message is neither.
        """
        if week := await self._weeks.reflection_in(team, user, ts):
            return await self.answer(team, user, week, {"reply": text})
        key = await self._weeks.follow_up_in(team, user, ts)
        return await self.learnt(key, user, Learnt.LEARNT) if key else None

    async def plan(self, team: str, user: str) -> tuple[str, str]:
        """The person's last plan."""
        return await self._weeks.plan(team, user)

    async def wish(self, team: str, user: str, on: bool) -> None:
        """Switches the look back on, at its usual time, or off."""
        await self._record.wish(team, user, reflect=on)
        await self.set_due(team, user)

    async def set_due(self, team: str, user: str) -> None:
        """Computes anew when the person's next look back is due, after a change of the settings."""
        wishes = await self._record.wishes(team, user)
        if not wishes.reflect:
            await self._weeks.put_off(Weekly.REFLECTION, team, user, due=None)
            return
        person = await self._known(user)
        slot = Slot.parse(wishes.reflect_at or "fri 15:00")
        due = slot.next_after(self._clock(), zone_of(person))
        await self._weeks.put_off(Weekly.REFLECTION, team, user, due=due, zone=person.zone)

    async def learnt(self, key: str, user: str, outcome: Learnt) -> str | None:
        """What became of a helpful question; what to say, None where it is not theirs to tell."""
        if not await self._weeks.learnt(key, user, outcome):
            return None
        log.info("post=%s became=%s", key, outcome)
        return self._playbook.say("followup", "thanks")

    async def _one(self, due: DueReflection) -> bool:
        now = self._clock()
        try:
            person = await self._chat.person(due.user)
        except ChatRefused as refused:
            log.warning("a look back has nobody to go to: %s", refused.code)
            await self._weeks.put_off(Weekly.REFLECTION, due.team, due.user, due=None)
            return False
        except (ChatBusy, ChatDown) as failure:
            log.warning("a look back waits for slack: %s", failure)
            return False
        zone, slot = zone_of(person), Slot.parse(due.slot)
        at = due.at
        if person.zone != due.zone:
            at = slot.next_after(now - DAY, zone)  # the person has moved since it was computed
            if at > now:
                await self._weeks.put_off(
                    Weekly.REFLECTION, due.team, due.user, due=at, zone=person.zone
                )
                return False
        week, reason = week_of(at, zone), self._why_not(due, person, at, now)
        said = None
        if reason is None:
            body = self._layout.look_back(await self.shown(due.team, person, week))
            said = Said(f"reflection-{due.user}-{week}", due.user, due.user, body)
        done = await self._weeks.done(
            Weekly.REFLECTION,
            due.team,
            due.user,
            week,
            reason=reason,
            said=said,
            due=slot.next_after(max(now, at), zone),
            zone=person.zone,
            now=now,
        )
        if reason:
            log.info("a look back is skipped: %s", reason)
        return done and said is not None

    def _why_not(self, due: DueReflection, person: Person, at: float, now: float) -> str | None:
        if not person.colleague:
            return "not_a_colleague"
        if now - at > DAY:
            return "too_late"
        if due.paused_until and due.paused_until > now:
            return "paused"
        if person.status in self._away:
            return "away"
        return "holiday" if self._holidays.cover(at, zone_of(person)) else None

    async def _follow_up(self, due: DueFollowUp) -> bool:
        now = self._clock()
        question = self._questions.get(due.question_id)
        if question is None or (due.paused_until and due.paused_until > now):
            return False
        try:
            person = await self._chat.person(due.user)
        except (ChatRefused, ChatBusy, ChatDown) as failure:
            log.info("a follow-up waits: %s", failure)
            return False
        wishes = await self._record.wishes(due.team, due.user)
        quiet = as_wished(self._limits, wishes).quiet_hours
        local = days.local(now, person)
        if not person.colleague or person.status in self._away or (quiet and quiet.cover(local)):
            return False
        said = Said(
            f"followup-{due.key}", due.user, due.user, self._layout.follow_up(due.key, question)
        )
        return await self._weeks.followed_up(due, said, now=now)

    async def _known(self, user: str) -> Person:
        try:
            return await self._chat.person(user)
        except (ChatRefused, ChatBusy, ChatDown):
            return Person(user, zone=None, offset=0, colleague=True)


def trap_of_the_week(week: str) -> Trap:
    """Which article is this week's: the five in turn, by the number of the ISO week."""
    traps = list(Trap)
    return traps[int(week.rpartition("W")[2]) % len(traps)]
