"""The contract of digests: nobody can be singled out, not even by an adversary who sees all."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from itertools import combinations

import pytest

from bot.core.digest_stats import (
    FLOOR,
    Counts,
    DigestFigures,
    Theme,
    figures_for,
    safe_to_publish_together,
)
from bot.core.model import Feedback, Reason, Trap
from bot.flows.ports.sales_teams import SalesTeam
from bot.flows.ports.unit_of_work import Store, UnitOfWork
from tests.contracts.examples import finding, message, team

WEEK = 7 * 86_400.0
START = 1_764_547_200.0  # Monday 2025-12-01, 00:00 UTC
NAME = "2025-W49"


async def join(uow: UnitOfWork, made: SalesTeam, users: list[str], *, accepted: float) -> None:
    """Save a team whose members have all accepted."""
    await uow.sales_teams.save(made, digest_due=0.0, now=0.0)
    for user_id in users:
        await uow.sales_teams.add_member(made, user_id)
        await uow.sales_teams.accept(made.workspace_id, made.id, user_id, now=accepted)


class Talk:
    """Writes decisions of one workspace, each on a message of its own."""

    def __init__(self, uow: UnitOfWork) -> None:
        self.said: list[tuple[str, Trap, float]] = []
        self._uow = uow
        self._count = 0

    async def about(
        self,
        author_id: str,
        trap: Trap,
        at: float = START + 5,
        outcome: Reason | None = None,
        feedback: Feedback | None = None,
    ) -> None:
        self._count += 1
        n = self._count
        self.said.append((author_id, trap, at))
        await self._uow.inbox.add(message(n, author_id=author_id), due_at=at, now=at)
        (candidate,) = await self._uow.inbox.claim_due(
            now=at, limit=9, owner="talk", lease_until=at
        )
        await self._uow.inbox.decide(candidate, outcome, now=at)
        made = finding(candidate.id, n, author_id=author_id, trap=trap, outcome=outcome)
        await self._uow.findings.add(replace(made, key=f"k{n}"), now=at)
        if feedback:
            await self._uow.findings.set_feedback("T1", f"k{n}", feedback, now=at)


async def counts(uow: UnitOfWork, made: SalesTeam) -> tuple[Counts, frozenset[str]]:
    return await uow.digests.counts(made, start=START, end=START + WEEK, week=NAME, now=START)


@pytest.mark.parametrize("sellers", [4, 5])
async def test_five_sellers_stand_behind_each_count(store: Store, sellers: int) -> None:
    """With four behind a count it is zero, with five it is their number."""
    users = [f"U{n}" for n in range(8)]
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, team(), users, accepted=START - 1)
        for user_id in users[:sellers]:
            for _ in range(3):
                await talk.about(user_id, Trap.BLAME)
        await talk.about(users[0], Trap.FIXING)
        found, counted = await counts(uow, team())

    assert found.traps == ({Trap.BLAME: 5} if sellers == 5 else {})
    assert found.shown == (5 if sellers == 5 else 0)
    assert counted == frozenset(users)


@pytest.mark.parametrize(
    "case",
    ["accepted too late", "never accepted", "left", "another week", "silence", "manager"],
)
async def test_who_is_not_counted(store: Store, case: str) -> None:
    """The fifth counts only if they accepted before the week, are still in, are not the manager,
    and were asked, or would have been, in that week."""
    users = [f"U{n}" for n in range(5)]
    made = team(manager_id="U4" if case == "manager" else "boss")
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, made, users[:4], accepted=START - 1)
        await uow.sales_teams.add_member(made, "U4")
        if case != "never accepted":
            late = 1 if case == "accepted too late" else -1
            await uow.sales_teams.accept("T1", "G1", "U4", now=START + late)
        if case == "left":
            await uow.sales_teams.remove_member("T1", "G1", "U4")
        for user_id in users:
            is_case = user_id == "U4"
            at = START + (WEEK if is_case and case == "another week" else 5)
            quiet = Reason.NOT_SURE if is_case and case == "silence" else None
            await talk.about(user_id, Trap.BLAME, at, quiet)
        found, _ = await counts(uow, made)

    assert found == Counts({})


async def test_observed_questions_show_the_trap_only(store: Store) -> None:
    """What only observing kept back says which trap it was, and was shown to nobody."""
    users = [f"U{n}" for n in range(5)]
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, team(), users, accepted=START)
        for user_id in users:
            await talk.about(user_id, Trap.BLAME, START, Reason.OBSERVED)
        found, _ = await counts(uow, team())

    assert found == Counts({Trap.BLAME: 5})


async def test_each_figure_has_its_floor(store: Store) -> None:
    """Helpful, not useful, paused and reflected are counted by people, each with the floor."""
    users = [f"U{n:02}" for n in range(12)]
    async with store.begin() as uow:
        talk = Talk(uow)
        await join(uow, team(), users, accepted=START - 1)
        for n, user_id in enumerate(users):
            given = Feedback.HELPFUL if n < 6 else list(Feedback)[1 + n % 2]
            await talk.about(user_id, Trap.BLAME, feedback=given)
            paused = {"paused_until": START + 9 if n < 4 else START}
            await uow.people.update("T1", user_id, weekly_reflection=True, **paused)
            if n < 7:
                await uow.reflections.save("T1", user_id, NAME, {}, now=START)
            await uow.reflections.save("T1", user_id, "2025-W48", {}, now=START)
        found, _ = await counts(uow, team())

    assert (found.shown, found.helpful, found.not_useful) == (12, 6, 6)
    assert (found.paused, found.invited, found.looked_back) == (0, 12, 7)


async def test_a_digest_is_kept(store: Store) -> None:
    """What it said and who was counted; saved again it takes the place of the earlier one."""
    figures = DigestFigures((Theme(Trap.BLAME, 5, -1), Theme(Trap.FIXING, 10)), 10, 5, 5, 0, "half")
    async with store.begin() as uow:
        assert await uow.digests.saved("T1", "G1", NAME) == (None, frozenset())
        await uow.digests.save(team(), NAME, figures, frozenset({"U1", "U2"}), now=START)
        assert await uow.digests.saved("T1", "G1", NAME) == (figures, frozenset({"U1", "U2"}))
        await uow.digests.save(team(), NAME, DigestFigures(), frozenset({"U3"}), now=START)
        assert await uow.digests.saved("T1", "G1", NAME) == (DigestFigures(), frozenset({"U3"}))
        assert await uow.digests.saved("T1", "G1", "2025-W50") == (None, frozenset())
        assert await uow.digests.saved("T1", "G2", NAME) == (None, frozenset())


async def test_other_teams_of_the_week_are_known(store: Store) -> None:
    """Those that share a member, each with everyone who was counted; not the team itself."""
    said = {"G1": {"U1"}, "G2": {"U1", "U2"}, "G3": {"U3"}, "G4": {"U2", "U4"}}
    async with store.begin() as uow:
        await join(uow, team("G1"), ["U1", "U4"], accepted=START)
        for name, counted in said.items():
            await uow.digests.save(team(name), NAME, DigestFigures(), frozenset(counted), now=START)
        await uow.digests.save(team("G5"), "2025-W48", DigestFigures(), frozenset({"U1"}), now=0)
        others = await uow.digests.counted_in_other_teams("T1", "G1", NAME)

    assert sorted(map(sorted, others)) == [["U1", "U2"], ["U2", "U4"]]


@pytest.mark.fault_case(52)
@pytest.mark.parametrize("seed", range(4))
async def test_an_adversary_finds_nobody(store: Store, seed: int) -> None:
    """Whoever sees every digest of a workspace, of overlapping teams, in every week, with members
    coming and going, finds no figure that fewer than five stand behind, and no two digests whose
    difference is a few people."""
    chance = random.Random(seed)
    everyone = [f"U{n}" for n in range(24)]
    weeks = 4
    seen: dict[int, list[tuple[SalesTeam, DigestFigures, frozenset[str]]]] = defaultdict(list)
    async with store.begin() as uow:
        talk = Talk(uow)
        for week in range(weeks):
            for user_id in everyone:
                for trap in Trap:
                    if chance.random() < 0.4:
                        at = START + week * WEEK + chance.random() * WEEK
                        await talk.about(user_id, trap, at)
        base = chance.sample(everyone, 14)
        made = [team(f"G{n}", manager_id=chance.choice(["boss", everyone[0]])) for n in range(4)]
        for one in made:
            near = [u for u in base if chance.random() < 0.9] + chance.sample(everyone, 3)
            await join(uow, one, list(dict.fromkeys(near)), accepted=START - 1)
        for week in range(weeks):
            start, name = START + week * WEEK, f"2025-W{49 + week}"
            for one in made:
                found, counted = await uow.digests.counts(
                    one, start=start, end=start + WEEK, week=name, now=start
                )
                others = await uow.digests.counted_in_other_teams("T1", one.id, name)
                figures = DigestFigures()
                if safe_to_publish_together(counted, others):
                    before, before_who = await uow.digests.saved("T1", one.id, f"2025-W{48 + week}")
                    figures = figures_for(found, before if before_who == counted else None)
                kept = frozenset() if figures.empty else counted
                await uow.digests.save(one, name, figures, kept, now=start)
                seen[week].append((one, figures, counted))
                await uow.sales_teams.remove_member("T1", one.id, chance.choice(everyone))

    assert _themes(talk, seen) > 0
    for digests in seen.values():
        for (_, a, mine), (_, b, theirs) in combinations(digests, 2):
            if a.empty or b.empty or not mine & theirs:
                continue
            for rest in (mine - theirs, theirs - mine):
                assert not 0 < len(rest) < FLOOR
    for week in range(1, weeks):
        counted_before = {one.id: counted for one, _, counted in seen[week - 1]}
        for one, figures, counted in seen[week]:
            if counted_before[one.id] != counted:
                assert all(theme.trend is None for theme in figures.themes)


def _themes(
    talk: Talk, seen: dict[int, list[tuple[SalesTeam, DigestFigures, frozenset[str]]]]
) -> int:
    """Check that enough sellers stand behind every theme; return how many themes there are."""
    themes = 0
    for week, digests in seen.items():
        start = START + week * WEEK
        for one, figures, counted in digests:
            for theme in figures.themes:
                themes += 1
                behind = {
                    author_id
                    for author_id, trap, at in talk.said
                    if trap is theme.trap
                    and start <= at < start + WEEK
                    and author_id in counted - {one.manager_id}
                }
                assert len(behind) >= FLOOR
    return themes
