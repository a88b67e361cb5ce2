"""How often a language model may be asked per workspace and day, and who is told before it ends."""

from __future__ import annotations

import logging
from math import ceil
from string import Template

from bot.core.gate import Unprompted
from bot.core.playbook_model import Playbook
from bot.core.policy import JudgeLimits, utc_day
from bot.flows.ports.detection import TokenUsage
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.rendering import Renderer
from bot.flows.ports.unit_of_work import Store, UnitOfWork

log = logging.getLogger(__name__)


class DailyLlmBudget:
    """Implements ``bot.flows.ports.detection.LlmBudget``, and writes to the admins as it runs low.

    They get one note when most of a day's calls are used, and one when all are.

    Args:
        store: counts.
        limits: how many calls a workspace has per day; 0 for none. When it is low.
        playbook: the words. renderer: renders them.
        admins: who is told; empty for those who invited the bot.
    """

    def __init__(
        self,
        *,
        store: Store,
        limits: JudgeLimits,
        playbook: Playbook,
        renderer: Renderer,
        admins: frozenset[str],
    ) -> None:
        self._store = store
        self._limits = limits
        self._playbook = playbook
        self._renderer = renderer
        self._admins = admins
        self._low_at = ceil(limits.daily_calls * limits.low_budget_share)

    async def spend(self, workspace_id: str, now: float) -> bool:
        day, at_most = utc_day(now), self._limits.daily_calls
        async with self._store.begin() as uow:
            calls = await uow.llm_usage.add_call(workspace_id, day, at_most=at_most)
            if calls == at_most:
                await self._tell_admins(uow, workspace_id, "used_up", day, now)
            elif calls == self._low_at:
                await self._tell_admins(uow, workspace_id, "low", day, now)
        return calls is not None

    async def record(self, workspace_id: str, now: float, usage: TokenUsage) -> None:
        if usage == TokenUsage():
            return
        async with self._store.begin() as uow:
            await uow.llm_usage.add_tokens(workspace_id, utc_day(now), usage)

    async def _tell_admins(
        self, uow: UnitOfWork, workspace_id: str, what: str, day: str, now: float
    ) -> None:
        limit = self._limits.daily_calls
        calls = limit if what == "used_up" else self._low_at
        text = Template(self._playbook.text("model", what)).substitute(calls=calls, limit=limit)
        admins = self._admins or frozenset(await uow.channels.inviters(workspace_id))
        for admin_id in sorted(admins):
            notice = OutgoingMessage(
                key=f"model-{what}-{day}-{admin_id}",
                kind=MessageKind.MESSAGE,
                workspace_id=workspace_id,
                channel_id=admin_id,
                recipient_id=admin_id,
                content=self._renderer.line(text),
                unprompted=Unprompted.ADMIN_NOTICE,
            )
            await uow.outbox.enqueue(notice, now=now)
        log.warning(
            "workspace=%s %d of %d model calls of %s are used", workspace_id, calls, limit, day
        )
