"""The contract of what is chosen for a workspace: one set each, gone with the workspace."""

from __future__ import annotations

from bot.core.model import Delivery
from bot.core.workspace_rules import WorkspaceChoices
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import Workers

ALL = WorkspaceChoices(
    admins=frozenset({"U1", "U2"}),
    quiet_hours="20:00-07:00,fri,sat",
    holidays="12-25\n2026-12-28",
    daily_cap=0,
    weekly_cap=5,
    delivery=Delivery.PRIVATE,
    uses_model=False,
    daily_model_calls=0,
    help_contact="",
    language="de",
)


async def save(store: Store, choices: WorkspaceChoices, workspace_id: str = "T1") -> None:
    async with store.begin() as uow:
        await uow.workspace_settings.save(workspace_id, choices)


async def get(store: Store, workspace_id: str = "T1") -> WorkspaceChoices:
    async with store.begin() as uow:
        return await uow.workspace_settings.get(workspace_id)


async def test_nothing_is_chosen_at_first(store: Store) -> None:
    assert await get(store) == WorkspaceChoices()


async def test_every_process_reads_what_was_chosen(workers: Workers) -> None:
    """At once; and zero, off, and nothing are choices."""
    await save(workers.one, ALL)

    assert await get(workers.two) == ALL
    assert await get(workers.two, "T2") == WorkspaceChoices()


async def test_choices_take_the_place_of_earlier_ones(store: Store) -> None:
    await save(store, ALL)
    other = WorkspaceChoices(admins=frozenset({"U2", "U3"}), daily_cap=2)
    await save(store, other)
    assert await get(store) == other

    await save(store, WorkspaceChoices(admins=frozenset({"U2"})))
    assert await get(store) == WorkspaceChoices(admins=frozenset({"U2"}))
    await save(store, WorkspaceChoices(uses_model=True))
    assert await get(store) == WorkspaceChoices(uses_model=True)
    await save(store, WorkspaceChoices())
    assert await get(store) == WorkspaceChoices()


async def test_workspaces_with_the_same_admins_keep_apart(store: Store) -> None:
    await save(store, ALL)
    await save(store, WorkspaceChoices(admins=frozenset({"U1"}), daily_cap=9), "T2")
    await save(store, WorkspaceChoices())

    assert await get(store, "T2") == WorkspaceChoices(admins=frozenset({"U1"}), daily_cap=9)


async def test_an_admin_sees_and_erases_that_they_are_one(store: Store) -> None:
    """What was chosen stays for the others."""
    await save(store, ALL)
    await save(store, ALL, "T2")
    async with store.begin() as uow:
        exported = await uow.personal_data.export("T1", "U1")
        assert len(exported["workspace_admins"]) == 1
        assert not (await uow.personal_data.export("T1", "U9"))["workspace_admins"]
        assert await uow.personal_data.erase("T1", "U1") == 1

    left = await get(store)
    assert left.admins == {"U2"}
    assert (left.quiet_hours, left.daily_cap) == (ALL.quiet_hours, ALL.daily_cap)
    assert await get(store, "T2") == ALL


async def test_it_goes_with_the_workspace(store: Store) -> None:
    await save(store, ALL)
    await save(store, ALL, "T2")
    async with store.begin() as uow:
        assert await uow.personal_data.erase_workspace("T1") == 3

    assert await get(store) == WorkspaceChoices()
    assert await get(store, "T2") == ALL
