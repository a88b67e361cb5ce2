"""The contract of sales teams."""

from __future__ import annotations

import asyncio

from bot.flows.ports.sales_teams import Membership
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import NOW, Workers, team


async def test_a_team_comes_back(store: Store) -> None:
    """Saved again it has the new name, slot and channel."""
    changed = team(name="Bay", slot="fri 12:00", channel_id="C9")
    async with store.begin() as uow:
        await uow.sales_teams.save(team(), digest_due=NOW, now=NOW)
        assert await uow.sales_teams.get("T1", "G1") == team()
        await uow.sales_teams.save(changed, digest_due=NOW, now=NOW + 5)
        assert await uow.sales_teams.get("T1", "G1") == changed
        assert await uow.sales_teams.get("T1", "G2") is None


async def test_a_team_stays_with_its_manager(store: Store) -> None:
    """Nobody else can change it by saving a team with its id."""
    async with store.begin() as uow:
        await uow.sales_teams.save(team(), digest_due=NOW, now=NOW)
        await uow.sales_teams.save(team(manager_id="rival", name="x"), digest_due=NOW, now=NOW)
        assert await uow.sales_teams.get("T1", "G1") == team()


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


async def test_a_member_is_added_once(workers: Workers) -> None:
    """However many presses are handled at the same time, a person is invited once."""

    async def add(store: Store) -> bool:
        async with store.begin() as uow:
            return await uow.sales_teams.add_member(team(), "U1")

    added = await asyncio.gather(*(add(w) for w in (workers.one, workers.two) for _ in range(3)))
    assert sorted(added) == [False] * 5 + [True]


async def test_who_accepted_is_nobodys_to_know(store: Store) -> None:
    """The members are whoever was invited, in order, whatever they replied."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        await teams.save(team(), digest_due=NOW, now=NOW)
        for user_id in ("U3", "U1", "U2"):
            await teams.add_member(team(), user_id)
        assert await teams.accept("T1", "G1", "U2", now=NOW)
        assert await teams.accept("T1", "G1", "U2", now=NOW + 5)
        assert not await teams.accept("T1", "G1", "U9", now=NOW)
        assert not await teams.accept("T1", "G9", "U1", now=NOW)
        assert await teams.members("T1", "G1") == ["U1", "U2", "U3"]
        assert await teams.memberships("T1", "U1") == [Membership(team(), accepted=False)]
        assert await teams.memberships("T1", "U2") == [Membership(team(), accepted=True)]
        assert await teams.memberships("T1", "U9") == []


async def test_members_leave(store: Store) -> None:
    """One of them, or all but those who are named; other teams keep theirs."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        for each in (team("G1"), team("G2")):
            await teams.save(each, digest_due=NOW, now=NOW)
            for user_id in ("U1", "U2", "U3"):
                await teams.add_member(each, user_id)
        await teams.remove_member("T1", "G1", "U3")
        await teams.remove_member("T1", "G1", "U9")
        assert await teams.members("T1", "G1") == ["U1", "U2"]
        await teams.keep_members(team("G1"), ["U2", "U9"])
        assert await teams.members("T1", "G1") == ["U2"]
        await teams.keep_members(team("G1"), [])
        assert await teams.members("T1", "G1") == []
        assert await teams.members("T1", "G2") == ["U1", "U2", "U3"]


async def test_keeping_a_member_keeps_the_yes(store: Store) -> None:
    """Who stays in and accepted has accepted; who comes back after leaving has not."""
    async with store.begin() as uow:
        teams = uow.sales_teams
        await teams.save(team(), digest_due=NOW, now=NOW)
        for user_id in ("U1", "U2"):
            await teams.add_member(team(), user_id)
            await teams.accept("T1", "G1", user_id, now=NOW)
        await teams.keep_members(team(), ["U1"])
        assert not await teams.add_member(team(), "U1")
        assert await teams.add_member(team(), "U2")
        assert await teams.memberships("T1", "U1") == [Membership(team(), accepted=True)]
        assert await teams.memberships("T1", "U2") == [Membership(team(), accepted=False)]
