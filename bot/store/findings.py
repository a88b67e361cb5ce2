"""What was found in each message, and what of it bears on the next decision."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import Message, Past, Reason, Reply, Suspect, Trap, Verdict
from bot.core.policy import WEEK
from bot.store.tables import DROPPED, SPEAK, channels, findings, mutes, outbox, people


async def record(
    connection: AsyncConnection,
    suspect: Suspect,
    verdict: Verdict,
    outcome: Reason | Reply,
    *,
    key: str | None,
    now: float,
    playbook: str,
) -> None:
    """Keeps a decision without its text: who, where, which trap, which question or which reason.

    Args:
        connection: in a transaction. suspect, verdict, outcome: what was decided.
        key: of the nudge, None for silence. now: Unix seconds. playbook: version of the words.
    """
    message = suspect.message
    reply = outcome if isinstance(outcome, Reply) else None
    finding = {
        "inbox_id": suspect.id,
        "team": message.team,
        "channel": message.channel,
        "thread_ts": message.thread,
        "author": message.author,
        "trap": verdict.trap,
        "score": verdict.score,
        "detector": verdict.detector,
        "playbook": playbook,
        "outcome": SPEAK if reply else str(outcome),
        "question_id": reply.question_id if reply else None,
        "key": key,
        "created_at": now,
    }
    await connection.execute(insert(findings).values(finding))


async def past_of(
    connection: AsyncConnection,
    message: Message,
    trap: Trap | None,
    *,
    now: float,
    cool_down_seconds: float,
) -> Past:
    """What policy needs to know of earlier days (``bot.flows.ports.Inbox.past``)."""
    spoken = _spoken()
    mine = spoken.where(findings.c.team == message.team, findings.c.author == message.author)
    here = spoken.where(findings.c.team == message.team, findings.c.channel == message.channel)
    asked = list(await connection.execute(mine))
    thread = await connection.execute(here.where(findings.c.thread_ts == message.thread).limit(1))
    cooling = await connection.execute(
        here.where(findings.c.trap == (trap or ""))
        .where(findings.c.created_at > now - cool_down_seconds)
        .limit(1)
    )
    return Past(
        nudged_at=[r.created_at for r in asked if now - r.created_at < WEEK],
        thread_done=thread.first() is not None,
        cooling=cooling.first() is not None,
        asked={r.question_id: r.created_at for r in asked},
        paused_until=await connection.scalar(
            select(people.c.paused_until).where(
                people.c.team == message.team, people.c.user == message.author
            )
        ),
        muted_until=await connection.scalar(
            select(mutes.c.until).where(
                mutes.c.team == message.team,
                mutes.c.user == message.author,
                mutes.c.trap == (trap or ""),
            )
        ),
        channel_paused_until=await connection.scalar(
            select(channels.c.paused_until).where(
                channels.c.team == message.team, channels.c.channel == message.channel
            )
        ),
    )


def _spoken() -> Any:
    """Findings whose nudge was or will be said, oldest first."""
    return (
        select(findings.c.created_at, findings.c.question_id)
        .join(outbox, outbox.c.key == findings.c.key)
        .where(findings.c.outcome == SPEAK, outbox.c.state != DROPPED)
        .order_by(findings.c.created_at)
    )
