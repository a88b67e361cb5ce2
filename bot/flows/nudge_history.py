"""What happened before, as far as it bears on the decision about one message."""

from __future__ import annotations

from bot.core.history import PastNudges, history_of
from bot.core.model import History, Message, Trap
from bot.core.policy import DAY, Limits
from bot.flows import remembered
from bot.flows.channel_pause import paused_until
from bot.flows.ports.unit_of_work import UnitOfWork


async def read_history(
    uow: UnitOfWork, message: Message, trap: Trap | None, *, now: float, limits: Limits
) -> History:
    """Read what policy needs to know; without a trap, what holds for every trap.

    Args:
        uow: an open transaction.
        message: the candidate. trap: what was found in it.
        now: Unix seconds.
        limits: the caps in force.
    """
    workspace_id, author_id = message.workspace_id, message.author_id
    channel_id = message.channel_id
    cooling_since = now - limits.cool_down_days * DAY
    channel = await uow.channels.settings(workspace_id, channel_id)
    past = PastNudges(
        to_author=await remembered.nudges_to(uow, workspace_id, author_id),
        in_thread=await remembered.nudges_in_thread(uow, workspace_id, channel_id, message.thread),
        about_trap=await uow.findings.past_nudges_about(
            workspace_id, channel_id, trap, since=cooling_since
        )
        if trap
        else (),
    )
    return history_of(
        past,
        preferences=await uow.people.preferences(workspace_id, author_id),
        asked_questions=await uow.people.asked_questions(workspace_id, author_id),
        muted_until=await uow.people.muted_until(workspace_id, author_id, trap) if trap else None,
        channel_paused_until=paused_until(channel, message.sent_at, limits),
        delivery=channel.delivery or limits.delivery,
        on_probation=(await uow.channels.probation(workspace_id, trap)).since is not None
        if trap
        else False,
        now=now,
        limits=limits,
    )
