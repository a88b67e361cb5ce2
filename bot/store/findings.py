"""What was found in each message, and what of it bears on the next decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, and_, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.model import (
    Delivery,
    Message,
    Past,
    Reason,
    Reply,
    Suspect,
    Trap,
    Verdict,
    Wishes,
)
from bot.core.policy import WEEK
from bot.store.rows import put
from bot.store.tables import (
    DROPPED,
    SPEAK,
    asked,
    channels,
    findings,
    mutes,
    outbox,
    people,
    probation,
)


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
    if reply:
        await note_asked(connection, message.team, message.author, reply.question_id, now)


async def past_of(
    connection: AsyncConnection,
    message: Message,
    trap: Trap | None,
    *,
    now: float,
    cool_down_seconds: float,
    ignored_after_seconds: float,
) -> Past:
    """What policy needs to know of earlier days (``bot.flows.ports.Inbox.past``)."""
    team, author = message.team, message.author
    counted = _counted()
    mine = counted.where(findings.c.team == team, findings.c.author == author)
    here = counted.where(findings.c.team == team, findings.c.channel == message.channel)
    asked_at = list(await connection.execute(mine))
    thread = await connection.execute(here.where(findings.c.thread_ts == message.thread).limit(1))
    cooling = await connection.execute(
        here.where(findings.c.trap == (trap or ""))
        .where(findings.c.created_at > now - cool_down_seconds)
        .limit(1)
    )
    person = await _row(connection, people, team=team, user=author)
    channel = await _row(connection, channels, team=team, channel=message.channel)
    mute = await _row(connection, mutes, team=team, user=author, trap=trap or "")
    tried = await _row(connection, probation, team=team, trap=trap or "")
    return Past(
        nudged_at=[r.created_at for r in asked_at if now - r.created_at < WEEK],
        thread_done=thread.first() is not None,
        cooling=cooling.first() is not None,
        asked=await asked_of(connection, team, author),
        paused_until=person.get("paused_until"),
        muted_until=mute.get("until"),
        channel_paused_until=channel.get("paused_until"),
        wishes=wishes_of(person),
        ignored=_ignored(
            asked_at, since=person.get("resumed_at") or 0.0, before=now - ignored_after_seconds
        ),
        delivery=Delivery(channel.get("delivery") or Delivery.THREAD),
        on_probation=tried.get("since") is not None,
    )


def wishes_of(person: Mapping[str, Any]) -> Wishes:
    """What a row of ``people`` says; an empty one says nothing."""
    delivery = person.get("delivery")
    return Wishes(
        paused_until=person.get("paused_until"),
        delivery=Delivery(delivery) if delivery else None,
        daily_limit=person.get("daily_limit"),
        quiet=person.get("quiet"),
        reflect=person.get("reflect"),
        reflect_at=person.get("reflect_at"),
        greeted=bool(person.get("greeted")),
    )


async def asked_of(connection: AsyncConnection, team: str, user: str) -> dict[str, float]:
    """Question id to when this person last had it, Unix seconds."""
    rows = select(asked.c.question_id, asked.c.at).where(asked.c.team == team, asked.c.user == user)
    return {r.question_id: r.at for r in await connection.execute(rows)}


async def note_asked(
    connection: AsyncConnection, team: str, user: str, question: str, now: float
) -> None:
    """Remembers that a person had a question, so that it does not come again soon."""
    key = {"team": team, "user": user, "question_id": question}
    await put(connection, asked, key, {"at": now})


async def _row(connection: AsyncConnection, table: Table, **key: str) -> Mapping[str, Any]:
    found = await connection.execute(
        select(table).where(*(table.c[name] == value for name, value in key.items()))
    )
    row = found.mappings().first()
    return dict(row) if row else {}


def _ignored(asked_at: Sequence[Any], *, since: float, before: float) -> int:
    """How many of the latest questions in a row were left unanswered for long enough."""
    count = 0
    for row in reversed(asked_at):
        if row.outcome != SPEAK or row.created_at > before:
            continue  # nobody saw it, or there is still time to answer
        if row.answered_at is not None or row.created_at <= since:
            break
        count += 1
    return count


def _counted() -> Any:
    """Findings that count against the caps, oldest first: nudges that were or will be said, and
    those that were only counted, so that watching shows what speaking would be like."""
    return (
        select(
            findings.c.created_at,
            findings.c.outcome,
            findings.c.answered_at,
        )
        .outerjoin(outbox, outbox.c.key == findings.c.key)
        .where(
            or_(
                and_(findings.c.outcome == SPEAK, outbox.c.state != DROPPED),
                findings.c.outcome == Reason.OBSERVED,
            )
        )
        .order_by(findings.c.created_at, findings.c.id)
    )
