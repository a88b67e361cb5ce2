"""The manager's weekly digest: a theme to talk about, and nothing that stands for a few people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Protocol

from bot.core.due import Holidays, Slot, last_week, next_working_day, week_of
from bot.core.model import Trap
from bot.core.phrases import Phrases
from bot.core.policy import DAY, WEEK, zone_of
from bot.core.tally import Facts, comparable, facts
from bot.core.words import Playbook
from bot.flows.ports import Chat, ChatBusy, ChatDown, ChatRefused, Clock
from bot.flows.reflect import trap_of_the_week
from bot.flows.week_ports import DueDigest, Group, Said, Teams, Weekly, Weeks

log = logging.getLogger(__name__)

BATCH = 200
SLOT = "mon 09:00"


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest shows. ``week``: the ISO week it is about. ``article``: whose article stands
    where there are no themes. ``shareable``: for the manager, who may pass it on."""

    group: Group
    week: str
    facts: Facts
    article: Trap
    shareable: bool = False


class DigestLayout(Protocol):
    """How it looks."""

    def digest(self, shown: Digest) -> Mapping[str, str]:
        """A digest, for the outbox."""

    def invitation(self, group: Group) -> Mapping[str, str]:
        """What a member is asked, for the outbox."""

    def manager_gone(self, group: Group) -> Mapping[str, str]:
        """What an admin is told when a team has lost its manager, for the outbox."""


class Digests:
    """Teams and their digests.

    Args:
        weeks, teams, chat, clock: the ports.
        playbook: the words. layout: how they look. holidays: days without anything weekly.
        admins: told when a team has lost its manager.
        wake_delivery: called when something lies in the outbox.
    """

    def __init__(
        self,
        *,
        weeks: Weeks,
        teams: Teams,
        chat: Chat,
        clock: Clock,
        playbook: Playbook,
        layout: DigestLayout,
        holidays: Holidays,
        admins: frozenset[str],
        wake_delivery: Callable[[], None],
    ) -> None:
        self._admins = admins
        self._weeks = weeks
        self._teams = teams
        self._chat = chat
        self._clock = clock
        self._playbook = playbook
        self._layout = layout
        self._holidays = holidays
        self._wake_delivery = wake_delivery
        self._away = Phrases(playbook.cues["away"])

    async def tick(self) -> int:
        """Sends what is due now; returns how many."""
        sent, seen = 0, set[tuple[str, float]]()
        while due := [
            d
            for d in await self._weeks.digests_due(self._clock(), BATCH)
            if (d.group.id, d.at) not in seen  # what waits for Slack waits for the next tick
        ]:
            for one in due:
                seen.add((one.group.id, one.at))
                sent += await self._one(one)
        if sent:
            self._wake_delivery()
        return sent

    async def set_up(
        self,
        team: str,
        manager: str,
        *,
        group: str,
        name: str,
        people: Sequence[str],
        slot: str,
        channel: str,
    ) -> str:
        """Makes or changes a team, and asks each person in it once; returns what to say.

        Args:
            group: id of the team that is changed, or a new one. people: user ids.
            slot: such as ``mon 09:00``. channel: to share with; empty for none.
        """
        if not people:
            return self._playbook.say("team", "needs_people")
        made = Group(group, team, manager, name, slot, channel)
        there = await self._teams.group(group)
        if there is not None and there.manager != manager:
            return self._playbook.say("team", "gone")
        now = self._clock()
        person = await self._chat.person(manager)
        _, _, monday = last_week(now)
        first = now if there else monday + 2 * WEEK - 1  # when a whole week was counted
        due = Slot.parse(slot).next_after(first, zone_of(person))
        await self._teams.save(made, due=due, now=now)
        asked = [u for u in dict.fromkeys(people) if u != manager]
        body = self._layout.invitation(made)
        said = [Said(f"team-{group}-{u}", u, u, body) for u in asked]
        new = await self._teams.invite(made, asked, said, now=now)
        self._wake_delivery()
        log.info("group=%s saved, %d people asked", group, len(new))
        return self._playbook.say("team", "saved")

    async def own(self, team: str, manager: str) -> tuple[Group | None, list[str]]:
        """The team that a person manages, and who was asked into it."""
        groups = await self._teams.groups(team, manager)
        return (groups[0], await self._teams.members(groups[0].id)) if groups else (None, [])

    async def agree(self, group: str, user: str, yes: bool) -> str:
        """A member's answer; returns what to say. Nobody else is told."""
        if not yes:
            await self._teams.leave(user, group)
            return self._playbook.say("team", "declined")
        there = await self._teams.agree(group, user, now=self._clock())
        return self._playbook.say("team", "agreed" if there else "gone")

    async def leave(self, team: str, user: str) -> str:
        """Out of every team; returns what to say. Nobody else is told."""
        memberships = await self._teams.memberships(team, user)
        for group, _ in memberships:
            await self._teams.leave(user, group.id)
        return self._playbook.say("team", "left" if memberships else "not_in")

    async def last(self, team: str, user: str) -> Mapping[str, str] | None:
        """The last digest that this person may see: of the own team, or of one in which the person
        is counted. None: there is none."""
        groups = await self._teams.groups(team, user)
        groups += [g for g, yes in await self._teams.memberships(team, user) if yes]
        week, _, _ = last_week(self._clock())
        for group in groups:
            told, _ = await self._teams.told(group.id, week)
            if told is not None:
                return self._layout.digest(self._shown(group, week, told, user == group.manager))
        return None

    async def share(self, team: str, user: str, group: str, week: str) -> tuple[str, Said | None]:
        """Passes a digest on to the team's channel: what to say, and what to post."""
        there = await self._teams.group(group)
        told, _ = await self._teams.told(group, week)
        if there is None or told is None or there.manager != user or there.team != team:
            return self._playbook.say("digest", "none"), None
        if not there.channel:
            return self._playbook.say("digest", "no_channel"), None
        body = self._layout.digest(self._shown(there, week, told, False))
        said = Said(f"shared-{group}-{week}", there.channel, "", body)
        return self._playbook.say("digest", "shared"), said

    async def preview(self, group: Group) -> Mapping[str, str]:
        """What a team's manager would be sent now; nothing is kept."""
        week, told, _ = await self._facts(group)
        return self._layout.digest(self._shown(group, week, told, True))

    async def _one(self, due: DueDigest) -> bool:
        now, group = self._clock(), due.group
        try:
            manager = await self._chat.person(group.manager)
        except ChatRefused as refused:
            log.warning("group=%s has no manager (%s)", group.id, refused.code)
            await self._ended(due)
            return False
        except (ChatBusy, ChatDown) as failure:
            log.warning("group=%s a digest waits for slack: %s", group.id, failure)
            return False
        if not manager.colleague:
            await self._ended(due)
            return False
        zone, slot = zone_of(manager), Slot.parse(group.slot)
        its_week = week_of(due.at, zone)
        away = manager.status in self._away or self._holidays.cover(due.at, zone)
        if away and now - due.at <= DAY:
            later = next_working_day(due.at, zone, self._holidays)
            if week_of(later, zone) == its_week:
                await self._weeks.put_off(Weekly.DIGEST, group.team, group.id, due=later)
                return False
        reason = "too_late" if now - due.at > DAY else "away" if away else None
        said = None
        if reason is None:
            week, told, counted = await self._facts(group)
            await self._teams.tell(group, week, told, counted, now=now)
            body = self._layout.digest(self._shown(group, week, told, True))
            said = Said(f"digest-{group.id}-{week}", group.manager, group.manager, body)
        done = await self._weeks.done(
            Weekly.DIGEST,
            group.team,
            group.id,
            its_week,
            reason=reason,
            said=said,
            due=slot.next_after(max(now, due.at), zone),
            now=now,
        )
        if reason:
            log.info("group=%s its digest is skipped: %s", group.id, reason)
        return done and said is not None

    async def _ended(self, due: DueDigest) -> None:
        """A team whose manager is gone has no digest any more; an admin is told, once."""
        group, now = due.group, self._clock()
        said = None
        if self._admins:
            admin = min(self._admins)
            body = self._layout.manager_gone(group)
            said = Said(f"gone-{group.id}-{admin}", admin, admin, body)
        await self._weeks.done(
            Weekly.DIGEST,
            group.team,
            group.id,
            week_of(due.at, UTC),
            reason="manager_gone",
            said=said,
            due=None,
            now=now,
        )
        self._wake_delivery()
        log.warning("group=%s its manager is gone: no more digests", group.id)

    async def _facts(self, group: Group) -> tuple[str, Facts, frozenset[str]]:
        now = self._clock()
        week, start, end = last_week(now)
        counts, counted = await self._teams.counts(group, start=start, end=end, week=week, now=now)
        if not comparable(counted, await self._teams.others(group.team, week, group.id)):
            log.info("group=%s stands too near to another one this week", group.id)
            return week, Facts(), counted
        before_week, _, _ = last_week(start)
        before, who = await self._teams.told(group.id, before_week)
        return week, facts(counts, before if who == counted else None), counted

    def _shown(self, group: Group, week: str, told: Facts, shareable: bool) -> Digest:
        return Digest(group, week, told, trap_of_the_week(week), shareable and bool(group.channel))
