"""What is kept, and for how long: text a day at most, labels and times ninety days."""

from __future__ import annotations

from datetime import UTC

from sqlalchemy import delete, exists, select, update

from bot.core.due import week_of
from bot.core.model import Reason
from bot.core.policy import DAY, Limits
from bot.store.budget import day_of
from bot.store.database import Database, changed
from bot.store.tables import (
    DECIDED,
    QUEUED,
    SENDING,
    WAITING,
    asked,
    asks,
    counted,
    digests,
    findings,
    followups,
    inbox,
    judge_calls,
    labels,
    mutes,
    outbox,
    reflections,
    weekly,
)


async def tidy(database: Database, limits: Limits, now: float) -> int:
    """Erases what is past its time.

    Args:
        database: an open one. limits: ``text_hours`` and ``retention_days``. now: Unix seconds.

    Returns:
        How many rows were erased or emptied.
    """
    text_end = now - limits.text_hours * 3_600.0
    end = now - limits.retention_days * DAY
    overdue = (
        update(inbox)
        .where(inbox.c.state == WAITING, inbox.c.accepted_at <= text_end)
        .values(state=DECIDED, text=None, reason=Reason.TOO_OLD, decided_at=now)
    )
    still_to_say = exists().where(
        findings.c.inbox_id == inbox.c.id,
        outbox.c.key == findings.c.key,
        outbox.c.state.in_((QUEUED, SENDING)),
    )
    still_about = select(outbox.c.about).where(
        outbox.c.state.in_((QUEUED, SENDING)), outbox.c.about.is_not(None)
    )
    async with database.begin() as connection:
        count = await changed(connection, overdue)
        for old in (
            delete(inbox).where(inbox.c.state == DECIDED, inbox.c.decided_at <= end, ~still_to_say),
            delete(findings).where(findings.c.created_at <= end),
            delete(outbox).where(outbox.c.done_at <= end, ~outbox.c.key.in_(still_about)),
            delete(mutes).where(mutes.c.until <= now),
            delete(judge_calls).where(judge_calls.c.day < day_of(end)),
            delete(asks).where(asks.c.created_at <= text_end),
            delete(asked).where(asked.c.at <= end),
            delete(weekly).where(weekly.c.at <= end),
            delete(reflections).where(reflections.c.at <= end),
            delete(followups).where(followups.c.at <= end),
            delete(digests).where(digests.c.at <= end),
            delete(counted).where(counted.c.week < week_of(end, UTC)),
            delete(labels).where(labels.c.at <= end, labels.c.words.is_(None)),
        ):
            count += await changed(connection, old)
    await database.scrub("inbox", "asks", "outbox")
    return count
