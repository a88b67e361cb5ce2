"""The contract of marks, and of what an erasure reads before it erases."""

from __future__ import annotations

from bot.core.model import Reason, Trap
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import NOW, Workers, decide


async def test_marks_are_found_by_what_they_stand_for(store: Store) -> None:
    """The same parts in the same workspace, each time once, oldest first."""
    async with store.begin() as uow:
        for at in (NOW + 1, NOW, NOW):
            await uow.marks.add("T1", "asked", "U1", at=at)
    async with store.begin() as uow:
        assert await uow.marks.times("T1", "asked", "U1") == [NOW, NOW + 1]
        for other in (("T2", "asked", "U1"), ("T1", "asked", "U2"), ("T1", "asked", "U1", "x")):
            assert await uow.marks.times(*other) == []


async def test_several_marks_at_once(store: Store) -> None:
    """Those that are there, each with its times; the same again, and in a workspace without any."""
    keys = [("asked", "U1"), ("ignored", "U1"), ("asked", "U2")]
    async with store.begin() as uow:
        for at in (NOW + 1, NOW):
            await uow.marks.add("T1", "asked", "U1", at=at)
        await uow.marks.add("T1", "ignored", "U1", at=NOW)
    for _ in range(2):
        async with store.begin() as uow:
            found = await uow.marks.times_of("T1", keys)
            assert found == {("asked", "U1"): [NOW, NOW + 1], ("ignored", "U1"): [NOW]}
            assert await uow.marks.times_of("T2", keys) == {}


async def test_marks_of_a_workspace_that_came_back(store: Store, workers: Workers) -> None:
    """It has another secret by then, which each process finds out."""
    for times in ([NOW], [NOW + 1]):
        async with store.begin() as uow:
            await uow.marks.add("T1", "asked", "U1", at=times[0])
        for each in (workers.one, workers.two):
            async with each.begin() as uow:
                assert await uow.marks.times("T1", "asked", "U1") == times
        async with workers.two.begin() as uow:
            await uow.personal_data.erase_workspace("T1")
        for each in (workers.one, workers.two):
            async with each.begin() as uow:
                assert await uow.marks.times("T1", "asked", "U1") == []


async def test_marks_outlive_a_person_and_not_a_workspace(store: Store) -> None:
    """Erasing a person leaves marks; erasing the workspace leaves none."""
    async with store.begin() as uow:
        await uow.marks.add("T1", "asked", "U1", at=NOW)
        await uow.personal_data.erase("T1", "U1")
        assert await uow.marks.times("T1", "asked", "U1") == [NOW]
        await uow.personal_data.erase_workspace("T1")
        assert await uow.marks.times("T1", "asked", "U1") == []


async def test_messages_of_an_author(store: Store) -> None:
    """Every message that is known, and whether it was answered."""
    await decide(store, 1)
    await decide(store, 2, reason=Reason.DAILY_CAP)
    async with store.begin() as uow:
        seen = await uow.inbox.messages_of("T1", "U1")
        assert await uow.inbox.messages_of("T2", "U1") == []

    assert [(m.event_id, m.has_nudge) for m in seen] == [("Ev1", True), ("Ev2", False)]
    assert all(m.thread == m.ts for m in seen)


async def test_all_mutes_of_a_person(store: Store) -> None:
    """Each trap with its end."""
    async with store.begin() as uow:
        await uow.people.mute("T1", "U1", Trap.BLAME, until=NOW)
        await uow.people.mute("T1", "U1", Trap.FIXING, until=NOW + 1)
        await uow.people.mute("T1", "U2", Trap.BLAME, until=NOW)

        assert await uow.people.mutes("T1", "U1") == {Trap.BLAME: NOW, Trap.FIXING: NOW + 1}
