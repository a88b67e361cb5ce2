"""How often a language model may be asked per workspace and day, and who is told before it ends."""

from __future__ import annotations

import logging
from math import ceil
from string import Template

from bot.core.gate import Unprompted
from bot.core.policy import JudgeLimits, utc_day
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.house_rules import HouseRules
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
        limits: when it is low.
        rules: how many calls a workspace has per day, 0 for none, and whom to tell; those who
            invited the bot, if no admin is named.
        renderer: renders them.
    """

    def __init__(
        self,
        *,
        store: Store,
        limits: JudgeLimits,
        rules: HouseRules,
        renderer: Renderer,
    ) -> None:
        self._store = store
        self._limits = limits
        self._renderer = renderer
        self._rules = rules

    async def spend(self, workspace_id: str, now: float) -> bool:
        day = utc_day(now)
        async with self._store.begin() as uow:
            rules = await self._rules.of(uow, workspace_id)
            if not rules.uses_model:
                return False
            at_most = rules.daily_model_calls
            calls = await uow.llm_usage.add_call(workspace_id, day, at_most=at_most)
            if calls == at_most:
                await self._tell_admins(uow, workspace_id, rules, "used_up", calls, now)
            elif calls == ceil(at_most * self._limits.low_budget_share):
                await self._tell_admins(uow, workspace_id, rules, "low", calls, now)
        return calls is not None

    async def record(self, workspace_id: str, now: float, usage: TokenUsage) -> None:
        if usage == TokenUsage():
            return
        async with self._store.begin() as uow:
            await uow.llm_usage.add_tokens(workspace_id, utc_day(now), usage)

    async def _tell_admins(
        self,
        uow: UnitOfWork,
        workspace_id: str,
        rules: WorkspaceRules,
        what: str,
        calls: int,
        now: float,
    ) -> None:
        day, limit = utc_day(now), rules.daily_model_calls
        is_chosen = limit < self._rules.house.daily_model_calls
        words = rules.strings["model"]
        more = words["raise_here" if is_chosen else "raise"]
        text = Template(words[what]).substitute(calls=calls, limit=limit)
        for admin_id in sorted(await self._rules.deciders(uow, workspace_id)):
            notice = OutgoingMessage(
                key=f"model-{what}-{day}-{admin_id}",
                kind=MessageKind.MESSAGE,
                workspace_id=workspace_id,
                channel_id=admin_id,
                recipient_id=admin_id,
                content=self._renderer.line(f"{text} {more}"),
                unprompted=Unprompted.ADMIN_NOTICE,
            )
            await uow.outbox.enqueue(notice, now=now)
        log.warning(
            "workspace=%s %d of %d model calls of %s are used", workspace_id, calls, limit, day
        )
