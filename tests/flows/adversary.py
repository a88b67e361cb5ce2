"""Plays managers and colluding members against one person, over eight weeks, on the real stories.

The same world is played twice: with and without something about one person, the target. Everything
that the managers and their three helpers are shown, sent or told is written down in both. Chance is
the same in both worlds, so the share of runs in which the two records differ is an upper bound of
how much better than guessing anybody could do who reads them (the coupling inequality).

Thousands of runs, on all that is seen::

    python -m tests.flows.adversary 3000
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.core.model import Feedback, Person, Reason, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, HOUR, WEEK
from bot.core.team_policy import TeamLimits
from bot.flows.ports.findings import Finding
from bot.flows.ports.sales_teams import SalesTeam
from bot.playbook import load_playbook
from tests.fakes.memory_store import MemoryStore, MemoryUnitOfWork
from tests.flows.stories import UNLIMITED, Stories

WEEKS = 8
MONDAY = datetime(2025, 12, 1, tzinfo=UTC).timestamp()
TARGET = "U-target"
MANAGERS = ("U-mia", "U-max")
HELPERS = ("U-kim", "U-kay", "U-kit")
GUEST = "U-guest"
WATCHERS = (*MANAGERS, *HELPERS, GUEST)
CHANNEL = "C-team"
_SLOTS = ("mon 00:05", "mon 09:00", "mon 17:30", "tue 09:00", "thu 12:00", "sun 23:30")


class Secret(StrEnum):
    """What the two worlds differ in."""

    ONE_WEEK = "one week of the target"
    ANSWER = "the target's yes, and all that follows from it"
    ALL_WEEKS = "all that the target did in eight weeks"
    SILENT_ANSWER = "the yes of a target who does nothing else"


@dataclass(frozen=True)
class Seller:
    """Somebody honest, as chance made them; the same in both worlds.

    Attributes:
        says_yes: to every invitation. leaves_in: the week in which they leave all teams.
        forgets_in: the week in which they erase their data.
        meets: by week, the traps they were asked about, and whether for their eyes only.
    """

    says_yes: bool
    leaves_in: int
    forgets_in: int
    meets: Sequence[Sequence[tuple[Trap, bool]]]


class UncopiedStore(MemoryStore):
    """A store without rollback: the stories here don't fail, and copying would take most time."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnitOfWork]:
        yield MemoryUnitOfWork(self.state, keeps_answers=True)


@dataclass
class World:
    """One of the two worlds, and the record of what the watchers saw in it."""

    stories: Stories
    sellers: dict[str, Seller]
    seen: list[str] = field(default_factory=list)

    def note(self, what: str, value: object) -> None:
        """Write down what a watcher saw, and when."""
        self.seen.append(f"{self.stories.now:.0f} {what}: {json.dumps(value, default=str)}")

    async def meet(self, user_id: str, met: Sequence[tuple[Trap, bool]]) -> None:
        """Note that somebody was asked; some found it helpful."""
        async with self.stories.store.begin() as uow:
            for n, (trap, is_private) in enumerate(met):
                key = f"nudge-{user_id}-{self.stories.now}-{n}"
                found = Finding(
                    inbox_id=0,
                    workspace_id="T1",
                    channel_id=CHANNEL,
                    thread_ts=key,
                    author_id=user_id,
                    trap=trap,
                    score=0.9,
                    detector="d",
                    playbook_version="p",
                    outcome=Reason.OBSERVED if n else None,
                    question_id="q",
                    key=key,
                    is_private=is_private,
                )
                await uow.findings.add(found, now=self.stories.now)
                await uow.findings.set_feedback("T1", key, Feedback.HELPFUL, now=self.stories.now)

    async def answer_invitations(self) -> None:
        """Let everybody answer what they were asked."""
        members, stories = self.stories.team_members, self.stories
        for user_id, seller in self.sellers.items():
            async with stories.store.begin() as uow:
                asked = await uow.sales_teams.memberships("T1", user_id)
            for each in asked:
                if not each.accepted:
                    text = await members.answer_invitation(
                        "T1", each.team.id, user_id, accepts=seller.says_yes
                    )
                    if user_id in WATCHERS:
                        self.note(f"{user_id} answers", text)

    async def tick(self) -> None:
        """Send what is due."""
        await self.stories.digests.run_due()
        await self.stories.deliver_all()

    async def look(self) -> None:
        """Let every watcher look at all there is to see."""
        stories = self.stories
        for user_id in WATCHERS:
            team, named = await stories.team_setup.managed_team("T1", user_id)
            self.note(f"{user_id}'s form", [asdict(team) if team else None, named])
            self.note(f"{user_id}'s digest", await stories.past_digests.latest("T1", user_id))
            overview = await stories.channel_settings.overview("T1", CHANNEL, user_id)
            self.note(f"{user_id}'s settings", asdict(overview))

    async def look_at_data(self) -> None:
        """Let every watcher ask for all that is stored about them."""
        for user_id in WATCHERS:
            async with self.stories.store.begin() as uow:
                data = await uow.personal_data.export("T1", user_id)
            self.note(f"{user_id}'s data", _without_ts(data))

    async def share_and_preview(self) -> None:
        """Let the managers share what they have, and see what a preview would show."""
        stories = self.stories
        async with stories.store.begin() as uow:
            teams = await uow.sales_teams.all("T1")
            weeks = sorted({key[2] for key in stories.store.state.digests})  # type: ignore[attr-defined]
        for team in teams:
            self.note("preview", await stories.past_digests.preview(team))
            for week in weeks[-2:]:
                share = await stories.digest_sharing.begin("T1", team.manager_id, team.id, week)
                await stories.deliver_all()
                self.note("share", await stories.digest_sharing.outcome("T1", share))


def _without_ts(data: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Leave out what counts up in the fake Slack, and is a time in the real one."""
    return {
        table: [{k: v for k, v in row.items() if k != "sent_ts"} for row in rows]
        for table, rows in data.items()
    }


@dataclass
class Managers:
    """What the adversary does: drawn by chance, the same in both worlds.

    Attributes:
        chance: drives them. names: everybody they can name.
    """

    chance: random.Random
    names: Sequence[str]
    teams: int = 0

    async def set_up(self, world: World, manager_id: str) -> None:
        """Make a team of most people, always with the target and the helpers."""
        self.teams += 1
        team = SalesTeam(
            f"G{self.teams}", "T1", manager_id, "North", self.chance.choice(_SLOTS), CHANNEL
        )
        share = self.chance.choice((0.5, 0.8, 1.0))
        others = [u for u in self.names if self.chance.random() < share]
        await self._save(world, team, [TARGET, *HELPERS, *others], is_new=True)

    async def act(self, world: World) -> None:
        """Do a few of the things that managers can do."""
        stories = world.stories
        for manager_id in MANAGERS:
            async with stories.store.begin() as uow:
                teams = await uow.sales_teams.managed_by("T1", manager_id)
                named = [await uow.sales_teams.named("T1", team.id) for team in teams]
            pick, action = self.chance.random(), self.chance.random()
            changed = [u for u in [*self.names, TARGET, *HELPERS] if self.chance.random() < 0.8]
            slot = self.chance.choice(_SLOTS)
            if not teams or action < 0.15:
                await self.set_up(world, manager_id)
                continue
            at = int(pick * len(teams))
            team, names = teams[at], named[at]
            if action < 0.35:
                names = [u for u in names if u != TARGET] or list(HELPERS)
            elif action < 0.5:
                names = [*names, TARGET]
            elif action < 0.65:
                names = changed
            elif action < 0.75:
                world.note("end", await stories.team_handover.end("T1", manager_id, team.id))
                continue
            elif action < 0.85:
                next_id = MANAGERS[1 - MANAGERS.index(manager_id)]
                offer = stories.team_handover.offer("T1", manager_id, team.id, next_id)
                world.note("offer", await offer)
                taken = stories.team_handover.answer_offer("T1", next_id, team.id, accepts=True)
                world.note("taken", await taken)
                continue
            await self._save(world, replace(team, slot=slot), names, is_new=False)

    async def _save(
        self, world: World, team: SalesTeam, names: Sequence[str], *, is_new: bool
    ) -> None:
        world.note("save", await world.stories.team_setup.save(team, names, is_new=is_new))
        mine = replace(team, id=f"{team.id}-guest", manager_id=GUEST)
        world.note("guest", await world.stories.team_setup.save(mine, names, is_new=True))


def sellers_of(chance: random.Random, secret: Secret) -> tuple[dict[str, Seller], ...]:
    """Return everybody in the two worlds; only the target differs."""
    common = chance.choice(list(Trap))  # the week's theme, so that some counts are near a band
    count = chance.randint(9, 16)
    rate = min(1.0, chance.uniform(5, 9) / count)  # so that counts are near a band, and matter

    def seller(*, says_yes: bool) -> Seller:
        meets: list[list[tuple[Trap, bool]]] = []
        for _ in range(WEEKS):
            trap = common if chance.random() < 0.8 else chance.choice(list(Trap))
            met = (trap, chance.random() < 0.3)
            meets.append([met] if chance.random() < rate else [])
        leaves, forgets = chance.randrange(3 * WEEKS), chance.randrange(5 * WEEKS)
        return Seller(says_yes, leaves, forgets, meets)

    people = {f"U-{n:02}": seller(says_yes=chance.random() < 0.8) for n in range(count)}
    for helper in HELPERS:  # they do what brings the count near a band
        people[helper] = replace(seller(says_yes=True), leaves_in=99, forgets_in=99)
    always = [[(common, True)]] * WEEKS
    never: list[list[tuple[Trap, bool]]] = [[]] * WEEKS
    with_it = Seller(says_yes=True, leaves_in=99, forgets_in=99, meets=always)
    match secret:
        case Secret.ONE_WEEK:
            week = chance.randrange(1, WEEKS)
            rest = [met if n != week else [] for n, met in enumerate(always)]
            without = replace(with_it, meets=rest)
        case Secret.ALL_WEEKS:
            without = replace(with_it, meets=never)
        case Secret.ANSWER:
            without = replace(with_it, says_yes=False)
        case Secret.SILENT_ANSWER:
            with_it = replace(with_it, meets=never)
            without = replace(with_it, says_yes=False)
    return {**people, TARGET: with_it}, {**people, TARGET: without}


async def play(
    sellers: dict[str, Seller], seed: int, playbook: Playbook, limits: TeamLimits
) -> list[str]:
    """Play eight weeks; return what the watchers saw."""
    stories = Stories(
        UncopiedStore(),
        playbook,
        limits=replace(UNLIMITED, teams=limits),
        chance=random.Random(seed).randrange,
        now=MONDAY - 3 * DAY,
    )
    world = World(stories, sellers)
    stories.chat.people["T1", GUEST] = Person(GUEST, None, 0, is_colleague=False)

    def watch(claimed: Any) -> None:
        message = claimed.message
        if {message.channel_id, message.recipient_id} & {*WATCHERS, CHANNEL}:
            world.note(f"post {message.key}", message.content)

    stories.chat.after_post = watch
    names = [u for u in sellers if u not in (TARGET, *HELPERS)]
    managers = Managers(random.Random(seed + 1), names)
    await managers.set_up(world, MANAGERS[0])
    await world.stories.deliver_all()
    await world.answer_invitations()
    for week in range(WEEKS):
        monday = MONDAY + week * WEEK
        for user_id, seller in sellers.items():
            stories.now = monday + DAY + 10 * HOUR
            await world.meet(user_id, seller.meets[week])
        for day in range(7):
            stories.now = monday + day * DAY + 12 * HOUR
            await world.tick()
            if day in (0, 2):
                await world.share_and_preview()
                await managers.act(world)
                await world.stories.deliver_all()
                stories.now += HOUR
                await world.answer_invitations()
                await world.look()
            if day == 3:
                await _honest_changes(world, week)
        if week in (WEEKS // 2, WEEKS - 1):
            await world.look_at_data()
    return world.seen


async def _honest_changes(world: World, week: int) -> None:
    for user_id, seller in world.sellers.items():
        if seller.leaves_in == week:
            await world.stories.team_members.leave_all("T1", user_id)
        if seller.forgets_in == week:
            await world.stories.erasure.forget_person("T1", user_id)


async def differs(seed: int, secret: Secret, playbook: Playbook, limits: TeamLimits) -> str:
    """Play one world twice; return the first thing that looks different, or nothing."""
    with_it, without = sellers_of(random.Random(f"{seed} {secret}"), secret)
    one = await play(with_it, seed, playbook, limits)
    other = await play(without, seed, playbook, limits)
    for here, there in zip(one, other, strict=False):
        if here != there:
            return f"{here}\n{there}"
    return "" if len(one) == len(other) else "one saw more than the other"


async def count_differences(secret: Secret, seeds: range, limits: TeamLimits) -> int:
    """Return in how many runs the watchers saw a difference."""
    playbook = load_playbook()
    return sum([bool(await differs(seed, secret, playbook, limits)) for seed in seeds])


def main(runs: int) -> None:
    """Print how often the adversary could see a difference, with the blur and without."""
    for name, limits in (("as it is", TeamLimits()), ("without blur", TeamLimits(blur=1))):
        for secret in Secret:
            seen = asyncio.run(count_differences(secret, range(runs), limits))
            share = f"{100 * seen / runs:.1f} %"
            sys.stdout.write(f"{name}: {secret}: {seen} of {runs} runs differ ({share})\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
