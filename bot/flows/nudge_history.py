"""What happened before, as far as it bears on the decision about one message."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.history import history_of
from bot.core.model import History, Message, Trap
from bot.core.policy import DAY, FRESH_QUESTION_SECONDS
from bot.core.workspace_rules import WorkspaceRules
from bot.flows import remembered
from bot.flows.channel_pause import paused_until
from bot.flows.house_rules import HouseRules
from bot.flows.ports.channels import ChannelSettings
from bot.flows.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Background:
    """What is known before the decision about a message: the rules in force in its workspace, how
    its channel is watched, and what happened before."""

    rules: WorkspaceRules
    channel: ChannelSettings
    history: History


async def read_background(
    uow: UnitOfWork,
    message: Message,
    trap: Trap | None,
    *,
    now: float,
    rules: HouseRules,
    may_ask: bool = False,
) -> Background:
    """Read what policy needs to know; without a trap, what holds for every trap.

    Args:
        uow: an open transaction.
        message: the candidate. trap: what was found in it.
        may_ask: whether a question may come of it, so those are read that its author and its
            channel have had.
        now: Unix seconds.
        rules: of each workspace.
    """
    workspace_id, author_id = message.workspace_id, message.author_id
    chosen = await uow.circumstances.of(workspace_id, message.channel_id, author_id, trap)
    in_force = rules.in_force(chosen.choices)
    limits = in_force.limits
    past = await remembered.nudges_beside(
        uow, message, trap, since=now - limits.cool_down_days * DAY
    )
    asked, asked_here = {}, {}
    if may_ask:
        asked = await uow.people.asked_questions(workspace_id, author_id)
        asked_here = await uow.findings.asked_in_channel(
            workspace_id, message.channel_id, since=now - FRESH_QUESTION_SECONDS
        )
    history = history_of(
        past,
        preferences=chosen.preferences,
        asked_questions=asked,
        asked_here=asked_here,
        muted_until=chosen.muted_until,
        channel_paused_until=paused_until(chosen.channel, message.sent_at, limits),
        delivery=chosen.channel.delivery or limits.delivery,
        on_probation=chosen.probation.since is not None,
        now=now,
        limits=limits,
    )
    return Background(in_force, chosen.channel, history)
