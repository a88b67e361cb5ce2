"""Which rules hold in a workspace: asked by each story in its own transaction, and never kept."""

from __future__ import annotations

from bot.core.languages import UiStrings
from bot.core.policy import Limits
from bot.core.workspace_rules import WorkspaceChoices, WorkspaceRules, rules_in_force
from bot.flows.ports.unit_of_work import Store, UnitOfWork


class HouseRules:
    """Reads the rules of a workspace; a change by its admins holds from the next story on.

    Args:
        house: the operator's rules, which hold where a workspace has chosen nothing.
    """

    def __init__(self, house: WorkspaceRules) -> None:
        self.house = house

    @property
    def limits(self) -> Limits:
        """The operator's caps and spans, for those that no workspace chooses."""
        return self.house.limits

    async def of(self, uow: UnitOfWork, workspace_id: str) -> WorkspaceRules:
        """Return the rules in force in a workspace; one row is read."""
        return self.in_force(await uow.workspace_settings.get(workspace_id))

    def in_force(self, choices: WorkspaceChoices) -> WorkspaceRules:
        """Return the rules in force where this was chosen."""
        return rules_in_force(self.house, choices)

    async def strings(self, uow: UnitOfWork, workspace_id: str) -> UiStrings:
        """Return the fixed words in the language of a workspace; where there is no language to
        choose, the database isn't asked."""
        if self.house.languages.is_one:
            return self.house.strings
        return (await self.of(uow, workspace_id)).strings

    async def read_strings(self, store: Store, workspace_id: str) -> UiStrings:
        """Return the same outside a transaction, for what is said without one."""
        if self.house.languages.is_one:
            return self.house.strings
        async with store.look() as uow:
            return await self.strings(uow, workspace_id)

    async def deciders(self, uow: UnitOfWork, workspace_id: str) -> frozenset[str]:
        """Return who is told what concerns the whole workspace: its admins, or, where nobody is
        named, those who invited the bot."""
        admins = (await self.of(uow, workspace_id)).admins
        return admins or frozenset(await uow.channels.inviters(workspace_id))

    async def allow_model(self, store: Store, workspace_id: str) -> bool:
        """Return whether a language model may read anything of a workspace; where none is set up,
        the database isn't asked."""
        if not self.house.uses_model:
            return False
        async with store.look() as uow:
            return (await self.of(uow, workspace_id)).uses_model
