"""Plays managers and colluding members against one person, over two periods, on the real stories.

The same nine weeks are played for several lives of one person, the target: two periods of four, and
the week in which the second one is told. Whatever the managers and their three helpers are shown,
sent or told is written down. Chance is the same in all of them, so the share of runs in which two
records differ is an upper bound of how much better than guessing anybody could do who reads them
(the coupling inequality).

Two things are checked. Apart from the figures of digests, two records may not differ in any run.
And the figures may differ no more often than the blur allows for the counts that went into them,
which is computed for each run (``adversary_differences.chance_of_a_difference``).

Thousands of runs, on all that is seen, with a line per batch; also from another seed on::

    python -m tests.flows.adversary 2000
    python -m tests.flows.adversary 2000 100000
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial

from bot.core.model import Person, Trap
from bot.core.playbook_model import Playbook
from bot.core.policy import DAY, HOUR, WEEK
from bot.core.team_policy import TeamLimits
from bot.flows.ports.sales_teams import SalesTeam
from tests.flows.adversary_differences import (
    Difference,
    Record,
    compare,
    interval,
    most_by_theory,
)
from tests.flows.adversary_world import (
    CHANNEL,
    GUEST,
    HELPERS,
    MANAGERS,
    Met,
    Seller,
    UncopiedStore,
    World,
)
from tests.flows.stories import UNLIMITED, Stories
from tests.shipped import shipped_playbook

PERIODS = 2
WEEKS = PERIODS * TeamLimits().digest_weeks + 1
MONDAY = datetime(2025, 11, 24, tzinfo=UTC).timestamp()  # a period begins
TARGET = "U-target"
_BATCH = 25  # runs of one process at a time
_SLOTS = ("mon 00:05", "mon 09:00", "mon 17:30", "tue 09:00", "thu 12:00", "sun 23:30")


class Life(StrEnum):
    """What the target does. In all else, the worlds are the same."""

    FULL = "says yes, and meets a trap each week, and finds each question helpful"
    ONE_WEEK = "says yes, and does so in one week only"
    UNRATED = "says yes, meets a trap each week, and rates nothing"
    QUIET = "says yes, and meets none"
    NO = "says no, and meets a trap each week"
    QUIET_NO = "says no, and meets none"


class Secret(StrEnum):
    """What two worlds differ in."""

    ONE_WEEK = "one week of the target"
    ANSWER = "the target's yes, and all that follows from it"
    ALL_WEEKS = "all that the target did in two periods"
    RATINGS = "what the target found helpful"
    SILENT_ANSWER = "the yes of a target who does nothing else"

    @property
    def worlds(self) -> tuple[Life, Life]:
        """Return the two lives that somebody would have to tell apart."""
        return {
            Secret.ONE_WEEK: (Life.ONE_WEEK, Life.QUIET),
            Secret.ANSWER: (Life.FULL, Life.NO),
            Secret.ALL_WEEKS: (Life.FULL, Life.QUIET),
            Secret.RATINGS: (Life.FULL, Life.UNRATED),
            Secret.SILENT_ANSWER: (Life.QUIET, Life.QUIET_NO),
        }[self]

    @property
    def edges(self) -> int:
        """Return how many counts of one period the secret can change: that of a trap, that of who
        found a question helpful, and that of all who are counted. For each, a random number is
        drawn."""
        return {Secret.ANSWER: 3, Secret.ONE_WEEK: 2, Secret.ALL_WEEKS: 2}.get(self, 1)

    def most_in_a_period(self, limits: TeamLimits) -> float:
        """Return how likely other figures may be in one period: unless each number hides it."""
        return 1 - (1 - 1 / limits.blur) ** self.edges


@dataclass
class Managers:
    """What the adversary does: drawn by chance, the same in all worlds.

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


def sellers_of(chance: random.Random) -> dict[Life, dict[str, Seller]]:
    """Return everybody in each of the worlds; only the target differs."""
    common = chance.choice(list(Trap))  # the week's theme, so that some counts are near a band
    count = chance.randint(22, 34)
    # So that counts are near a band, and matter: so many meet a trap in four weeks.
    rate = 1 - (1 - min(0.95, chance.uniform(9, 20) / count)) ** (1 / TeamLimits().digest_weeks)
    helped = chance.uniform(0.3, 1)

    def seller(*, says_yes: bool) -> Seller:
        meets: list[list[Met]] = []
        for _ in range(WEEKS):
            trap = common if chance.random() < 0.8 else chance.choice(list(Trap))
            met = Met(trap, chance.random() < 0.3, chance.random() < helped)
            meets.append([met] if chance.random() < rate else [])
        leaves, forgets = chance.randrange(3 * WEEKS), chance.randrange(5 * WEEKS)
        return Seller(says_yes, leaves, forgets, meets)

    people = {f"U-{n:02}": seller(says_yes=chance.random() < 0.8) for n in range(count)}
    for helper in HELPERS:  # they do what brings the count near a band
        people[helper] = replace(seller(says_yes=True), leaves_in=99, forgets_in=99)
    always = [[Met(common, True, True)]] * WEEKS
    never: list[list[Met]] = [[]] * WEEKS
    week = chance.randrange(WEEKS - 1)
    meets = {
        Life.ONE_WEEK: [met if n == week else [] for n, met in enumerate(always)],
        Life.UNRATED: [[Met(common, True, False)]] * WEEKS,
        Life.QUIET: never,
        Life.QUIET_NO: never,
    }
    return {
        life: {
            **people,
            TARGET: Seller(
                says_yes=life not in (Life.NO, Life.QUIET_NO),
                leaves_in=99,
                forgets_in=99,
                meets=meets.get(life, always),
            ),
        }
        for life in Life
    }


async def play(
    sellers: dict[str, Seller], seed: int, playbook: Playbook, limits: TeamLimits
) -> Record:
    """Play all weeks; return what the watchers saw."""
    store = UncopiedStore()
    stories = Stories(
        store,
        playbook,
        limits=replace(UNLIMITED, teams=limits),
        chance=random.Random(seed).randrange,
        now=MONDAY - 3 * DAY,
    )
    world = World(store, stories, sellers)
    stories.chat.people["T1", GUEST] = Person(GUEST, None, 0, is_colleague=False)
    names = [u for u in sellers if u not in (TARGET, *HELPERS)]
    managers = Managers(random.Random(seed + 1), names)
    await managers.set_up(world, MANAGERS[0])
    world.deliver()
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
                world.deliver()
                stories.now += HOUR
                await world.answer_invitations()
                await world.look()
            if day == 3:
                await world.honest_changes(week)
    await world.look_at_data()
    return Record(world.seen, world.digests, store.digests.counted, store.digests.figures)


async def differences(
    seed: int, playbook: Playbook, limits: TeamLimits, secrets: Iterable[Secret] = Secret
) -> dict[Secret, Difference]:
    """Play one world for each life of the target; return how they differ, by secret."""
    sellers = sellers_of(random.Random(seed))
    needed = {life for secret in secrets for life in secret.worlds}
    records = {
        life: await play(sellers[life], seed, playbook, limits) for life in Life if life in needed
    }
    found = {}
    for secret in secrets:
        one, other = secret.worlds
        found[secret] = compare(records[one], records[other], limits)
    return found


async def _play_all(
    seeds: range, playbook: Playbook, limits: TeamLimits
) -> list[dict[Secret, Difference]]:
    return [await differences(seed, playbook, limits) for seed in seeds]


def _play_some(limits: TeamLimits, seeds: range) -> list[dict[Secret, Difference]]:
    return asyncio.run(_play_all(seeds, shipped_playbook(), limits))


def measure(name: str, seeds: range, limits: TeamLimits) -> dict[Secret, list[Difference]]:
    """Play many runs, on all cores; return how the worlds differ, by secret.

    A line per batch says how far it is, and which run has shown anything but figures.
    """
    batches = [seeds[first : first + _BATCH] for first in range(0, len(seeds), _BATCH)]
    played: list[dict[Secret, Difference]] = []
    began = time.monotonic()
    with ProcessPoolExecutor() as processes:
        for batch, part in zip(
            batches, processes.map(partial(_play_some, limits), batches), strict=True
        ):
            played += part
            leaks = [
                f"; seed {seed} differs in {found.elsewhere!r}"
                for seed, run in zip(batch, part, strict=True)
                for found in run.values()
                if found.elsewhere
            ]
            took = time.monotonic() - began
            _print(f"{name}: {len(played)} of {len(seeds)} runs, {took:.0f} s{''.join(leaks)}")
    return {secret: [run[secret] for run in played] for secret in Secret}


def main(runs: int, first: int = 0) -> bool:
    """Print how often the adversary could see a difference, with the blur and without.

    Args:
        runs: how many. first: the seed of the first one.

    Returns:
        Whether only figures differ, and these no more often than the blur allows.
    """
    is_fine = True
    for name, limits, times in (
        ("as it is", TeamLimits(), runs),
        ("without blur", TeamLimits(blur=1), max(1, runs // 10)),
    ):
        for secret, found in measure(name, range(first, first + times), limits).items():
            hits = sum(bool(each.digest) for each in found)
            low, high = interval(hits, times)
            expected = sum(each.chance for each in found) / times
            worst = max((chance for each in found for chance in each.chances), default=0.0)
            elsewhere = sum(bool(each.elsewhere) for each in found)
            is_fine &= not elsewhere and hits <= most_by_theory(found)
            _print(
                f"{name}: {secret}: {hits} of {times} runs differ, {hits / times:.1%} "
                f"(95 % interval {low:.1%} to {high:.1%}); by theory {expected:.1%}, in one period "
                f"at most {worst:.0%}; {elsewhere} differ in anything but figures"
            )
    return is_fine


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(not main(*map(int, sys.argv[1:] or ["2000"])))
