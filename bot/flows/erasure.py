"""Forgetting: everything about one person, or about a workspace that removed the app."""

from __future__ import annotations

import dataclasses
import logging
from string import Template

from bot.core.kept_wishes import spent_nudges, wishes_to_keep
from bot.core.model import Preferences
from bot.flows import remembered
from bot.flows.house_rules import HouseRules
from bot.flows.ports.clock import Clock
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)

_HOW_TO_GO_ON = (
    "the bot runs on, and can do nothing there. To use it again, install the app again; if its "
    "token stands in SLACK_BOT_TOKEN, set the new one and restart. If not, stop the bot"
)


class Erasure:
    """Erases what is kept.

    Args:
        store, clock: the ports. rules: of each workspace.
    """

    def __init__(self, *, store: Store, clock: Clock, rules: HouseRules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._removed: set[str] = set()  # since the start; only for the log

    async def forget_person(self, workspace_id: str, user_id: str) -> str:
        """Erase all that is kept about a person; return the line to show.

        What the person chose to hear less stays, since erasing must not make the bot talk again:
        the wishes themselves, and marks (``bot.flows.remembered``) of what was asked lately.
        """
        now = self._clock()
        async with self._store.begin() as uow:
            await uow.serialize(workspace_id, user_id)  # not in the middle of a decision
            before = await uow.people.preferences(workspace_id, user_id)
            rules = await self._rules.of(uow, workspace_id)
            kept = wishes_to_keep(before, rules.limits, now)
            mutes = await uow.people.mutes(workspace_id, user_id)
            await self._mark(uow, workspace_id, user_id, before, now)
            count = await uow.personal_data.erase(workspace_id, user_id)
            changes = {
                field.name: value
                for field in dataclasses.fields(kept)
                if (value := getattr(kept, field.name)) != field.default
            }
            await uow.people.update(workspace_id, user_id, **changes)
            lasting = {trap: until for trap, until in mutes.items() if until > now}
            for trap, until in lasting.items():
                await uow.people.mute(workspace_id, user_id, trap, until=until)
        await self._store.purge_erased_pages()
        log.info("workspace=%s a seller was forgotten: %d rows", workspace_id, count)
        key = "forgotten_paused" if kept.paused_until else "forgotten"
        if not kept.paused_until and (changes or lasting):
            key = "forgotten_quieter"
        elif key == "forgotten" and not count:
            key = "forgotten_nothing"
        return Template(rules.strings["record"][key]).substitute(count=count)

    async def forget_workspace(self, workspace_id: str) -> None:
        """Erase everything about a workspace: the app was removed, or its token taken back.

        Slack says both, in either order, and may repeat itself; the log says it once. Whatever work
        is under way, nothing can be written about the workspace afterward, but only where an
        installation was kept: a workspace whose token stands in the settings may be back already
        when Slack says so, and nothing here would tell.
        """
        async with self._store.begin() as uow:
            await uow.removals.add(workspace_id, now=self._clock())
            count = await uow.personal_data.erase_workspace(workspace_id)
        await self._store.purge_erased_pages()
        is_known = workspace_id in self._removed
        self._removed.add(workspace_id)
        level = logging.INFO if is_known and not count else logging.WARNING
        log.log(level, "workspace=%s removed the app: erased %d rows", workspace_id, count)
        if level == logging.WARNING:
            log.warning("workspace=%s %s", workspace_id, _HOW_TO_GO_ON)

    async def _mark(
        self, uow: UnitOfWork, workspace_id: str, user_id: str, chosen: Preferences, now: float
    ) -> None:
        """Leave marks for what must not happen a second time."""
        for seen in await uow.inbox.messages_of(workspace_id, user_id):
            await remembered.message(uow, seen)
        asked = await remembered.nudges_to(uow, workspace_id, user_id)
        spent = spent_nudges(asked, resumed_at=chosen.resumed_at, now=now, limits=self._limits)
        await remembered.spent(uow, workspace_id, user_id, spent)
