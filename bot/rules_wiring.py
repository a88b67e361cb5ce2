"""Puts the operator's rules together, which hold wherever a workspace has chosen nothing."""

from __future__ import annotations

import logging

from bot.core.gate import Gate
from bot.core.phrases import Phrases
from bot.core.playbook_model import Playbook
from bot.core.policy import house_delivery
from bot.core.workspace_rules import WorkspaceRules
from bot.flows.house_rules import HouseRules
from bot.settings import Settings

log = logging.getLogger(__name__)


def build_rules(settings: Settings, playbook: Playbook) -> HouseRules:
    """Build what says which rules hold in a workspace."""
    if settings.serves_many_workspaces and settings.admins:
        log.warning(
            "REFRAME_ADMINS names admins of every workspace; user ids are unique within one only "
            "(docs/setup.md)"
        )
    house = WorkspaceRules(
        gate=Gate(settings.limits, settings.holidays, Phrases(playbook.cues["away"])),
        languages=playbook.languages,
        strings=playbook.strings,
        admins=settings.admins,
        slack_admins_may_choose=settings.serves_many_workspaces or not settings.admins,
        uses_model=bool(settings.openai_model),
        daily_model_calls=settings.judge_daily_calls,
        delivery_without_model=house_delivery(settings.delivery, is_judged=False),
        help_contact=settings.help_contact,
    )
    return HouseRules(house)
