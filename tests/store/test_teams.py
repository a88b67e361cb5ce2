"""Nobody can be singled out: the counting, on SQLite and on PostgreSQL, against an adversary."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import insert

from bot.core.model import Reason, Trap
from bot.core.tally import FLOOR, Counts, Facts, comparable, facts
from bot.flows.week_ports import Group, Said
from bot.store.database import Database
from bot.store.tables import SPEAK, findings, inbox, people, reflections
from bot.store.teams import SqlTeams

WEEK = 7 * 86_400.0
START = 1_764_547_200.0  # Monday 2025-12-01, 00:00 UTC
SAID = {"text": "asked", "blocks": "[]"}


def group(name: str, manager: str = "boss") -> Group:
    return Group(name, "T1", manager, name, "mon 09:00")


async def team_of(teams: SqlTeams, made: Group, users: list[str], *, agreed: float) -> None:
    await teams.save(made, due=0.0, now=0.0)
    said = [Said(f"{made.id}-{u}", u, u, SAID) for u in users]
    await teams.invite(made, users, said, now=0.0)
    for user in users:
        await teams.agree(made.id, user, now=agreed)


class Talk:
    """Writes findings straight into the tables."""

    def __init__(self, database: Database) -> None:
        self.rows: list[dict[str, Any]] = []
        self._database = database

    def about(
        self, author: str, trap: Trap, at: float, outcome: str = SPEAK, feedback: str | None = None
    ) -> None:
        self.rows.append(
            {"author": author, "trap": trap, "created_at": at, "outcome": outcome,
             "feedback": feedback}
        )  # fmt: skip

    async def write(self) -> None:
        async with self._database.begin() as connection:
            for number, row in enumerate(self.rows, 1):
                ts = f"{row['created_at']:.0f}.{number:06}"
                await connection.execute(
                    insert(inbox).values(
                        id=number, event_id=f"E{number}", team="T1", channel="C1", ts=ts,
                        author=row["author"], version=ts, state="decided", due_at=0,
                        accepted_at=0,
                    )
                )  # fmt: skip
                await connection.execute(
                    insert(findings).values(
                        inbox_id=number, team="T1", channel="C1", thread_ts=ts, score=1.0,
                        detector="d", playbook="p", key=f"k{number}", **row,
                    )
                )  # fmt: skip


async def counts(teams: SqlTeams, made: Group, start: float = START) -> tuple[Counts, Any]:
    return await teams.counts(made, start=start, end=start + WEEK, week="2025-W49", now=start)


@pytest.mark.parametrize("sellers", [4, 5])
async def test_five_sellers_stand_behind_each_cell(database: Database, sellers: int) -> None:
    """With four behind a cell there is nothing, with five there is their number."""
    teams, talk = SqlTeams(database), Talk(database)
    users = [f"U{n}" for n in range(8)]
    await team_of(teams, group("g"), users, agreed=START - 1)
    for user in users[:sellers]:
        for _ in range(3):
            talk.about(user, Trap.BLAME, START + 5)
    talk.about(users[0], Trap.FIXING, START + 5)
    await talk.write()
    found, who = await counts(teams, group("g"))

    assert found.traps == ({Trap.BLAME: 5} if sellers == 5 else {})
    assert found.shown == (5 if sellers == 5 else 0)
    assert who == frozenset(users)


@pytest.mark.parametrize(
    "changed", ["agreed too late", "never agreed", "left", "another week", "not said", "manager"]
)
async def test_who_is_not_counted(database: Database, changed: str) -> None:
    """The fifth is counted only with a yes before the week, still in, in that week, not as the
    manager, and for what was said or would have been."""
    teams, talk = SqlTeams(database), Talk(database)
    users = [f"U{n}" for n in range(5)]
    boss = "U4" if changed == "manager" else "boss"
    made = group("g", boss)
    await team_of(teams, made, users[:4], agreed=START - 1)
    said = [Said(f"x-{u}", u, u, SAID) for u in users]
    await teams.invite(made, users, said, now=0.0)
    if changed != "never agreed":
        await teams.agree("g", "U4", now=START + (1 if changed == "agreed too late" else -1))
    if changed == "left":
        await teams.leave("U4", "g")
    for user in users:
        late = user == "U4" and changed == "another week"
        quiet = user == "U4" and changed == "not said"
        outcome = str(Reason.NOT_SURE) if quiet else SPEAK
        talk.about(user, Trap.BLAME, START + (WEEK if late else 5), outcome)
    await talk.write()

    assert (await counts(teams, made))[0].traps == {}


async def test_each_figure_has_its_floor(database: Database) -> None:
    """Helpful, not useful, paused and looked back are counted by people, each with the floor."""
    teams, talk = SqlTeams(database), Talk(database)
    users = [f"U{n}" for n in range(12)]
    await team_of(teams, group("g"), users, agreed=START - 1)
    for n, user in enumerate(users):
        talk.about(user, Trap.BLAME, START + 5, feedback="helpful" if n < 6 else "wrong")
    await talk.write()
    async with database.begin() as connection:
        for n, user in enumerate(users):
            await connection.execute(
                insert(people).values(
                    team="T1", user=user, reflect=True, paused_until=START + 9 if n < 4 else None
                )
            )
            if n < 7:
                await connection.execute(
                    insert(reflections).values(team="T1", user=user, week="2025-W49", at=START)
                )
    found, _ = await counts(teams, group("g"))

    assert (found.shown, found.helpful, found.not_useful) == (12, 6, 6)
    assert (found.paused, found.invited, found.looked_back) == (0, 12, 7)


async def test_who_said_yes_is_nobodys_to_know(database: Database) -> None:
    """A manager gets back whom he named, whatever they answered; leaving is silent."""
    teams = SqlTeams(database)
    await team_of(teams, group("g"), ["U1", "U2"], agreed=1.0)
    await teams.invite(
        group("g"), ["U1", "U2", "U3"], [Said(f"n{n}", "U", "U", SAID) for n in range(3)], now=0.0
    )

    assert await teams.members("g") == ["U1", "U2", "U3"]
    assert [yes for _, yes in await teams.memberships("T1", "U3")] == [False]
    assert not await teams.agree("g", "U9", now=2.0)


@pytest.mark.parametrize("seed", range(12))
async def test_an_adversary_finds_nobody(database: Database, seed: int) -> None:
    """Whoever sees every digest of a workspace, of overlapping teams, in every week, with members
    coming and going, finds no figure that fewer than five stand behind, and no two digests whose
    difference is a few people."""
    chance = random.Random(seed)
    teams, talk = SqlTeams(database), Talk(database)
    everyone = [f"U{n}" for n in range(24)]
    weeks = 4
    for week in range(weeks):
        for user in everyone:
            for trap in Trap:
                if chance.random() < 0.4:
                    talk.about(user, trap, START + week * WEEK + chance.random() * WEEK)
    await talk.write()
    base = chance.sample(everyone, 14)
    made = [group(f"g{n}", chance.choice(["boss", everyone[0]])) for n in range(4)]
    for one in made:
        near = [u for u in base if chance.random() < 0.9] + chance.sample(everyone, 3)
        await team_of(teams, one, list(dict.fromkeys(near)), agreed=START - 1)

    seen: dict[int, list[tuple[Group, Facts, frozenset[str]]]] = defaultdict(list)
    for week in range(weeks):
        start, name = START + week * WEEK, f"2025-W{49 + week}"
        for one in made:
            found, who = await teams.counts(
                one, start=start, end=start + WEEK, week=name, now=start
            )
            told = Facts()
            if comparable(who, await teams.others("T1", name, one.id)):
                before, before_who = await teams.told(one.id, f"2025-W{48 + week}")
                told = facts(found, before if before_who == who else None)
            await teams.tell(one, name, told, who, now=start)
            seen[week].append((one, told, who))
            mover = chance.choice(everyone)
            await teams.leave(mover, one.id)

    shown = 0
    for week, digests in seen.items():
        start = START + week * WEEK
        for one, told, who in digests:
            for theme in told.themes:
                shown += 1
                behind = {
                    r["author"]
                    for r in talk.rows
                    if r["trap"] is theme.trap
                    and start <= r["created_at"] < start + WEEK
                    and r["author"] in who - {one.manager}
                }
                assert len(behind) >= FLOOR
        for (_, a, mine), (_, b, theirs) in combinations(digests, 2):
            if a.empty or b.empty or not mine & theirs:
                continue
            for rest in (mine - theirs, theirs - mine):
                assert not 0 < len(rest) < FLOOR
    for week in range(1, weeks):
        before = {g.id: who for g, _, who in seen[week - 1]}
        for one, told, who in seen[week]:
            if before[one.id] != who:
                assert all(theme.trend is None for theme in told.themes)
    assert shown > 0
