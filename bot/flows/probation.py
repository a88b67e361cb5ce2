"""A trap whose questions too many find unhelpful stops speaking, until an admin clears it."""

from __future__ import annotations

import logging

from bot.core.gate import Unprompted
from bot.core.model import Trap
from bot.core.policy import fails_helpfulness_bar
from bot.flows.house_rules import HouseRules
from bot.flows.ports.channels import Probation
from bot.flows.ports.clock import Clock
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)


class ProbationFlow:
    """Puts traps on probation, and clears them.

    Args:
        store, clock: the ports.
        rules: of each workspace. Its admins are told and may clear; if there are none, those who
            invited the bot.
        renderer: renders what admins are told.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        rules: HouseRules,
        renderer: Renderer,
    ) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules
        self._limits = rules.limits
        self._renderer = renderer

    async def review(self, uow: UnitOfWork, workspace_id: str, trap: Trap, now: float) -> None:
        """Put a trap on probation if its ratings say so, and tell the admins.

        Runs in the transaction of the rating that may be one too many.
        """
        await uow.serialize(workspace_id, trap)
        probation = await uow.channels.probation(workspace_id, trap)
        if probation.since is not None:
            return
        ratings = await uow.findings.ratings(workspace_id, trap, since=probation.cleared_at or 0.0)
        if not fails_helpfulness_bar(ratings.not_useful, ratings.rated, self._limits):
            return
        await uow.channels.set_probation(
            workspace_id, trap, Probation(since=now, cleared_at=probation.cleared_at)
        )
        strings = await self._rules.strings(uow, workspace_id)
        content = self._renderer.probation(
            strings, trap, not_useful=ratings.not_useful, rated=ratings.rated
        )
        for admin_id in sorted(await self._rules.deciders(uow, workspace_id)):
            notice = OutgoingMessage(
                key=f"probation-{trap}-{now:.0f}-{admin_id}",
                kind=MessageKind.MESSAGE,
                workspace_id=workspace_id,
                channel_id=admin_id,
                recipient_id=admin_id,
                content=content,
                unprompted=Unprompted.ADMIN_NOTICE,
            )
            await uow.outbox.enqueue(notice, now=now)
        log.warning(
            "workspace=%s trap=%s on probation: too many found it not useful", workspace_id, trap
        )

    async def clear(self, workspace_id: str, trap: Trap, user_id: str) -> bool:
        """Let a trap speak again. False: this person may not decide it."""
        async with self._store.begin() as uow:
            if user_id not in await self._rules.deciders(uow, workspace_id):
                return False
            await uow.channels.set_probation(
                workspace_id, trap, Probation(since=None, cleared_at=self._clock())
            )
        log.info("workspace=%s trap=%s may speak again", workspace_id, trap)
        return True
