"""What is kept, and for how long: text for a day at most, labels and times for ninety days."""

from __future__ import annotations

from datetime import UTC

from sqlalchemy import Delete, delete, exists, or_, select, update

from bot.core.model import Reason
from bot.core.policy import DAY, HOUR, Limits, utc_day
from bot.core.weekly_slot import iso_week
from bot.store.claims import NO_LEASE
from bot.store.columns import one_of
from bot.store.database import Database, changed
from bot.store.tables import (
    DECIDED,
    QUEUED,
    SENDING,
    WAITING,
    asked_questions,
    asks,
    channel_figures,
    channel_pacing,
    channel_tests,
    digest_members,
    digests,
    findings,
    follow_ups,
    inbox,
    install_states,
    labels,
    llm_calls,
    marks,
    method_holds,
    mutes,
    named_people,
    outbox,
    reflections,
    removals,
    retractions,
    sales_teams,
    topics,
    weekly_runs,
)

_PACING_KEPT_SECONDS = HOUR
_about = outbox.alias("about")


async def purge_expired(database: Database, limits: Limits, now: float) -> int:
    """Erase what is past its time, each kind of row in a transaction of its own: events come in
    meanwhile, and on SQLite they wait for the one connection.

    Args:
        database: an open one.
        limits: ``text_hours``, ``topic_seconds``, ``retention_days`` and the like are used.
        now: Unix seconds.

    Returns:
        How many rows were erased or emptied.
    """
    text_end = now - limits.text_hours * HOUR
    too_old = (
        update(inbox)
        .where(one_of(inbox.c.state, WAITING), inbox.c.accepted_at <= text_end)
        .values(state=DECIDED, sealed_text=None, reason=Reason.TOO_OLD, decided_at=now, **NO_LEASE)
    )
    count = 0
    for expired in (
        too_old,
        *_after_retention(now - limits.retention_days * DAY),
        delete(asks).where(asks.c.created_at <= text_end),
        delete(channel_tests).where(channel_tests.c.until <= now),
        delete(install_states).where(install_states.c.expires_at <= now),
        delete(mutes).where(mutes.c.until <= now),
        delete(topics).where(topics.c.noted_at <= now - limits.topic_seconds),
        delete(channel_pacing).where(channel_pacing.c.free_at <= now - _PACING_KEPT_SECONDS),
        delete(method_holds).where(method_holds.c.free_at <= now),
        delete(retractions).where(retractions.c.created_at <= now - limits.too_old_seconds),
        # Nothing that was under way then can be under way still.
        delete(removals).where(removals.c.removed_at <= now - limits.removal_days * DAY),
    ):
        async with database.begin() as connection:
            count += await changed(connection, expired)
    await database.purge_erased_pages("inbox", "asks", "outbox")
    return count


def _after_retention(end: float) -> tuple[Delete, ...]:
    """Return what erases labels and times from before ``end`` (Unix seconds)."""
    not_sent_yet = exists().where(
        findings.c.inbox_id == inbox.c.id,
        outbox.c.workspace_id == findings.c.workspace_id,
        outbox.c.key == findings.c.key,
        one_of(outbox.c.state, QUEUED, SENDING),
    )
    still_needed = exists(
        select(_about.c.id).where(
            _about.c.workspace_id == outbox.c.workspace_id,
            _about.c.about_key == outbox.c.key,
            one_of(_about.c.state, QUEUED, SENDING),
        )
    )
    team_is_kept = exists().where(
        sales_teams.c.workspace_id == named_people.c.workspace_id,
        sales_teams.c.id == named_people.c.sales_team_id,
    )
    return (
        delete(inbox).where(
            one_of(inbox.c.state, DECIDED),
            inbox.c.decided_at <= end,
            inbox.c.due_at
            <= end + DAY,  # so it was: no message waits for longer. This has an index
            ~not_sent_yet,
        ),
        delete(findings).where(findings.c.created_at <= end),
        delete(outbox).where(outbox.c.done_at <= end, ~still_needed),
        delete(llm_calls).where(llm_calls.c.day < utc_day(end)),
        delete(asked_questions).where(asked_questions.c.asked_at <= end),
        delete(marks).where(marks.c.at <= end),
        delete(weekly_runs).where(weekly_runs.c.created_at <= end),
        delete(reflections).where(reflections.c.created_at <= end),
        delete(follow_ups).where(follow_ups.c.created_at <= end),
        delete(digests).where(digests.c.created_at <= end),
        delete(digest_members).where(digest_members.c.week < iso_week(end, UTC)),
        delete(channel_figures).where(channel_figures.c.created_at <= end),
        delete(sales_teams).where(sales_teams.c.ended_at <= end),
        delete(named_people).where(~team_is_kept),
        # An empty text is what version 0.1 kept of a form without words.
        delete(labels).where(
            labels.c.created_at <= end, or_(labels.c.words.is_(None), labels.c.words == "")
        ),
    )
