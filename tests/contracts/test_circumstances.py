"""The contract of what was chosen for a place and a person."""

from __future__ import annotations

from bot.core.model import Delivery, Preferences, Trap
from bot.core.workspace_rules import WorkspaceChoices
from bot.flows.ports.channels import ChannelSettings, Probation
from bot.flows.ports.circumstances import Circumstances
from bot.flows.ports.unit_of_work import Store
from tests.contracts.examples import NOW

NOTHING = Circumstances(WorkspaceChoices(), ChannelSettings("C1"), Preferences(), None, Probation())


async def test_nobody_has_chosen_anything(store: Store) -> None:
    """The defaults hold, with and without a trap."""
    async with store.begin() as uow:
        assert await uow.circumstances.of("T1", "C1", "U1", None) == NOTHING
        assert await uow.circumstances.of("T1", "C1", "U1", Trap.BLAME) == NOTHING


async def test_everything_was_chosen(store: Store) -> None:
    """All that each port tells by itself; a mute and a probation for their trap alone."""
    choices = WorkspaceChoices(
        admins=frozenset({"U7", "U8"}),
        quiet_hours="20:00-07:00",
        daily_cap=3,
        delivery=Delivery.OBSERVE,
        uses_model=False,
    )
    trial = Probation(since=NOW, cleared_at=NOW - 1)
    async with store.begin() as uow:
        await uow.workspace_settings.save("T1", choices)
        await uow.channels.update("T1", "C1", delivery=Delivery.THREAD, inviter_id="U7")
        await uow.channels.update("T1", "C1", paused_until=NOW, pause_reason="is_archived")
        await uow.people.update("T1", "U1", delivery=Delivery.PRIVATE, paused_until=NOW + 5)
        await uow.people.mute("T1", "U1", Trap.BLAME, until=NOW + 9)
        await uow.channels.set_probation("T1", Trap.BLAME, trial)
    async with store.begin() as uow:
        found = await uow.circumstances.of("T1", "C1", "U1", Trap.BLAME)
        other_trap = await uow.circumstances.of("T1", "C1", "U1", Trap.FIXING)
        assert found == Circumstances(
            await uow.workspace_settings.get("T1"),
            await uow.channels.settings("T1", "C1"),
            await uow.people.preferences("T1", "U1"),
            NOW + 9,
            trial,
        )
        assert found.choices == choices
        assert (other_trap.muted_until, other_trap.probation) == (None, Probation())
        assert await uow.circumstances.of("T2", "C1", "U1", Trap.BLAME) == NOTHING


async def test_only_admins_were_chosen(store: Store) -> None:
    """They are all the workspace has."""
    async with store.begin() as uow:
        await uow.workspace_settings.save("T1", WorkspaceChoices(admins=frozenset({"U7"})))
        found = await uow.circumstances.of("T1", "C1", "U1", None)
    assert found.choices == WorkspaceChoices(admins=frozenset({"U7"}))
