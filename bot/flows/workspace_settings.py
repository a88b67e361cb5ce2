"""The admins of a workspace choose its rules: they see what holds, change it, or take it back."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core.workspace_rules import (
    WorkspaceChoices,
    WorkspaceRules,
    only_differences,
    rules_in_force,
    unfit_choices,
)
from bot.flows.concurrency import run_all
from bot.flows.house_rules import HouseRules
from bot.flows.people_in_slack import person_if_known
from bot.flows.ports.chat import Chat
from bot.flows.ports.unit_of_work import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkspaceOverview:
    """What holds in a workspace, for its admins.

    Attributes:
        chosen: by its admins. rules: in force. house: the operator's.
    """

    chosen: WorkspaceChoices
    rules: WorkspaceRules
    house: WorkspaceRules


class WorkspaceSettingsFlow:
    """Shows and changes the rules of a workspace.

    Its admins may: those that the operator names, those that the workspace has chosen, and, where
    the operator can't know who they are, the admins and owners of the Slack workspace. So whoever
    is chosen, there is always somebody who may choose anew.

    Args:
        store, chat: the ports. rules: of each workspace.
    """

    def __init__(self, *, store: Store, chat: Chat, rules: HouseRules) -> None:
        self._store = store
        self._chat = chat
        self._rules = rules
        self._within = rules.limits.audience_within_seconds

    async def overview(self, workspace_id: str, user_id: str) -> WorkspaceOverview | None:
        """Return what holds in a workspace; None if this person may not choose it."""
        is_slack_admin = await self._is_slack_admin(workspace_id, user_id)
        async with self._store.begin() as uow:
            chosen = await uow.workspace_settings.get(workspace_id)
        found = WorkspaceOverview(chosen, rules_in_force(self._rules.house, chosen), self.house)
        return found if is_slack_admin or user_id in found.rules.admins else None

    @property
    def house(self) -> WorkspaceRules:
        """The operator's rules, which hold where nothing is chosen."""
        return self._rules.house

    async def choose(
        self, workspace_id: str, user_id: str, choices: WorkspaceChoices
    ) -> dict[str, str] | None:
        """Choose the rules of a workspace, all at once.

        Args:
            workspace_id: Slack's team id.
            user_id: who chooses.
            choices: all of them; what equals the operator's setting counts as not chosen.

        Returns:
            What can't be chosen: why, by the name of the choice; if there is any, nothing is kept.
            None if this person may not choose.
        """
        before = await self.overview(workspace_id, user_id)
        if before is None:
            return None
        wrong = unfit_choices(self.house, choices)
        if why := await self._why_no_admins(workspace_id, choices.admins - before.rules.admins):
            wrong["admins"] = why
        if wrong:
            return wrong
        return {} if await self._keep(workspace_id, user_id, choices) else None

    async def use_defaults(self, workspace_id: str, user_id: str) -> bool:
        """Take all choices back. False: this person may not."""
        return await self._keep(workspace_id, user_id, WorkspaceChoices())

    async def _keep(self, workspace_id: str, user_id: str, choices: WorkspaceChoices) -> bool:
        is_slack_admin = await self._is_slack_admin(workspace_id, user_id)
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, "workspace_settings")
            before = await uow.workspace_settings.get(workspace_id)
            rules = rules_in_force(self.house, before)
            if not is_slack_admin and user_id not in rules.admins:
                return False  # another admin has just taken it from them
            kept = only_differences(self.house, choices)
            if choices != WorkspaceChoices() and not self.house.uses_model:
                # The form couldn't ask. That a workspace wants no model outlives one that is away.
                kept = replace(
                    kept,
                    uses_model=before.uses_model,
                    daily_model_calls=before.daily_model_calls,
                )
            if choices != WorkspaceChoices() and self.house.languages.is_one:
                kept = replace(kept, language=before.language)  # nor could it ask for a language
            await uow.workspace_settings.save(workspace_id, kept)
        log.info("workspace=%s an admin has changed its settings", workspace_id)
        return True

    async def _is_slack_admin(self, workspace_id: str, user_id: str) -> bool:
        if not self.house.slack_admins_may_choose:
            return False
        person = await person_if_known(
            self._chat, workspace_id, user_id, within_seconds=self._within
        )
        return person is not None and person.is_colleague and person.is_slack_admin

    async def _why_no_admins(self, workspace_id: str, user_ids: Iterable[str]) -> str:
        """Return why some of these people can't be admins; empty if all can."""
        people = await run_all(
            person_if_known(self._chat, workspace_id, each, within_seconds=self._within)
            for each in user_ids
        )
        if any(person is not None and not person.is_colleague for person in people):
            return "admins_guests"
        return "admins_unknown" if None in people else ""
