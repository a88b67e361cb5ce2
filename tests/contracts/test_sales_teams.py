"""The contract of sales teams."""

from __future__ import annotations

import asyncio

from bot.flows.ports.sales_teams import Membership, NamedPerson
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import NOW, Workers, join, team


def person(
    user_id: str, *, named: bool = True, invitations: int = 1, is_open: bool = True
) -> NamedPerson:
    return NamedPerson(user_id, named, invitations, is_open)


async def test_a_team_comes_back(store: Store) -> None:
    """Saved again it has the new name, slot and channel."""
    changed = team(name="Bay", slot="fri 12:00", channel_id="C9")
    async with store.begin() as uow:
        await uow.sales_teams.save(team(), digest_due=NOW, now=NOW)
        assert await uow.sales_teams.get("T1", "G1") == team()
        await uow.sales_teams.save(changed, digest_due=NOW, now=NOW + 5)
        found = await uow.sales_teams.get("T1", "G1")
        assert found == changed
        assert found is not None
        assert found.created_at == NOW
        assert await uow.sales_teams.get("T1", "G2") is None


async def test_saving_a_team_leaves_its_manager(store: Store) -> None:
    """A team changes hands in one way only."""
    async with store.begin() as uow:
        await uow.sales_teams.save(team(), digest_due=NOW, now=NOW)
        await uow.sales_teams.save(team(manager_id="rival", name="x"), digest_due=NOW, now=NOW)
        assert await uow.sales_teams.get("T1", "G1") == team(name="x")


async def test_teams_are_listed_oldest_first(store: Store) -> None:
    """A manager's, a workspace's, or all."""
    first, second = team("G2"), team("G1")
    other, elsewhere = team("G3", manager_id="M2"), team("G1", workspace_id="T2")
    async with store.begin() as uow:
        for n, each in enumerate((first, second, other, elsewhere)):
            await uow.sales_teams.save(each, digest_due=NOW, now=NOW + n)
        assert await uow.sales_teams.managed_by("T1", "boss") == [first, second]
        assert await uow.sales_teams.managed_by("T1", "nobody") == []
        assert await uow.sales_teams.all("T1") == [first, second, other]
        assert await uow.sales_teams.all() == [first, second, other, elsewhere]


async def test_a_team_ends(store: Store) -> None:
    """It is gone from every list, nobody is in it, and it comes back in no way."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        for each in (team("G1"), team("G2")):
            await join(uow, each, ["U1"], accepted=NOW)
        await teams.offer(team("G1"), "U5")
        assert await teams.end("T1", "G1", now=NOW)
        assert not await teams.end("T1", "G1", now=NOW)
        await teams.save(team("G1", name="Again"), digest_due=NOW, now=NOW)
        assert not await teams.hand_over(team("G1"), "U5", digest_due=NOW)
        assert not await teams.accept("T1", "G1", "U1", now=NOW)
        assert await teams.get("T1", "G1") is None
        assert await teams.all() == await teams.managed_by("T1", "boss") == [team("G2")]
        assert await teams.memberships("T1", "U1") == [Membership(team("G2"), accepted=True)]
        due = await uow.weekly.claim_due_digests(now=NOW, limit=9, owner="w", lease_until=NOW)
        assert [d.team.id for d in due] == ["G2"]
        assert await teams.count_named_since("T1", "boss", -1) == 2  # the cap knows them all


async def test_a_team_changes_hands(store: Store) -> None:
    """Only to who was asked last, and once."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        await join(uow, team(), ["U1"], accepted=NOW)
        assert not await teams.hand_over(team(), "", digest_due=NOW)
        await teams.offer(team(), "U7")
        await teams.offer(team(), "U8")
        await teams.save(team(name="Bay"), digest_due=NOW, now=NOW)
        assert await teams.get("T1", "G1") == team(name="Bay", next_manager_id="U8")
        assert not await teams.hand_over(team(), "U7", digest_due=NOW)
        assert await teams.hand_over(team(), "U8", digest_due=NOW + 9)
        assert not await teams.hand_over(team(), "U8", digest_due=NOW)
        taken = team(name="Bay", manager_id="U8")
        assert await teams.managed_by("T1", "U8") == [taken]
        assert await teams.memberships("T1", "U1") == [Membership(taken, accepted=True)]
        await teams.offer(taken, "U9")
        await teams.offer(taken, "")
        assert not await teams.hand_over(taken, "U9", digest_due=NOW)


async def test_a_member_is_asked_once(workers: Workers) -> None:
    """However many presses are handled at the same time, a person is asked once."""
    async with workers.one.begin() as uow:
        await uow.sales_teams.set_named(team(), ["U1"], now=NOW)

    async def invite(store: Store) -> bool:
        async with store.begin() as uow:
            return await uow.sales_teams.invite(team(), "U1")

    asked = await asyncio.gather(*(invite(w) for w in (workers.one, workers.two) for _ in range(3)))
    assert sorted(asked) == [False] * 5 + [True]
    async with workers.two.begin() as uow:
        assert await uow.sales_teams.people("T1", "G1") == [person("U1")]


async def test_whom_the_manager_named_stays_named(store: Store) -> None:
    """Whatever they answer, and also if they leave: only the manager changes the list."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        await join(uow, team(), ["U3", "U1", "U2"], accepted=None)
        assert await teams.accept("T1", "G1", "U2", now=NOW)
        assert await teams.accept("T1", "G1", "U2", now=NOW + 5)
        await teams.remove_member("T1", "G1", "U1")
        await teams.remove_member("T1", "G1", "U9")
        assert await teams.named("T1", "G1") == ["U1", "U2", "U3"]
        assert await teams.people("T1", "G1") == [
            person("U1", is_open=False),
            person("U2"),
            person("U3"),
        ]
        assert await teams.accepted("T1", "G1") == ["U2"]
        assert await teams.memberships("T1", "U1") == []
        assert await teams.memberships("T1", "U2") == [Membership(team(), accepted=True)]
        assert await teams.memberships("T1", "U3") == [Membership(team(), accepted=False)]


async def test_who_is_not_named_cant_accept(store: Store) -> None:
    """Nobody joins a team whose manager doesn't name them; who said no can still say yes."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        await join(uow, team(), ["U1", "U2"], accepted=None)
        await teams.remove_member("T1", "G1", "U1")
        assert await teams.accept("T1", "G1", "U1", now=NOW)
        assert not await teams.accept("T1", "G1", "U9", now=NOW)
        assert not await teams.accept("T1", "G9", "U1", now=NOW)
        await teams.set_named(team(), ["U1"], now=NOW)
        assert not await teams.accept("T1", "G1", "U2", now=NOW)
        assert await teams.accepted("T1", "G1") == ["U1"]


async def test_the_manager_changes_the_list(store: Store) -> None:
    """Who isn't named any more is out; who is named again has to agree again."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        for each in (team("G1"), team("G2")):
            await join(uow, each, ["U1", "U2"], accepted=NOW)
        await teams.set_named(team("G1"), ["U2", "U5"], now=NOW)
        assert await teams.named("T1", "G1") == ["U2", "U5"]
        assert await teams.accepted("T1", "G1") == ["U2"]
        await teams.set_named(team("G1"), ["U1", "U2"], now=NOW)
        assert await teams.people("T1", "G1") == [
            person("U1", is_open=False),
            person("U2"),
            person("U5", named=False, invitations=0, is_open=False),
        ]
        assert await teams.invite(team("G1"), "U1")
        assert not await teams.invite(team("G1"), "U2")
        assert (await teams.people("T1", "G1"))[0] == person("U1", invitations=2)
        assert await teams.accepted("T1", "G2") == ["U1", "U2"]


async def test_new_names_are_counted(store: Store) -> None:
    """In all teams of a manager, after the moment; a name that comes back is new."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        for id in ("G1", "G2"):
            await teams.save(team(id), digest_due=NOW, now=NOW)
        await teams.save(team("G3", manager_id="rival"), digest_due=NOW, now=NOW)
        await teams.set_named(team("G1"), ["U1", "U2"], now=NOW)
        await teams.set_named(team("G1"), ["U2", "U3"], now=NOW + 1)
        await teams.set_named(team("G2"), ["U2"], now=NOW + 1)
        await teams.set_named(team("G3"), ["U4"], now=NOW + 1)
        assert await teams.count_named_since("T1", "boss", NOW - 1) == 4
        assert await teams.count_named_since("T1", "boss", NOW) == 2
        await teams.set_named(team("G1"), ["U1", "U2", "U3"], now=NOW + 2)
        assert await teams.count_named_since("T1", "boss", NOW) == 3
