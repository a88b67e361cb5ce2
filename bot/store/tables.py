"""The tables. Only candidate messages are ever written, their text sealed, until the decision.

Every key is unique per workspace. Times are Unix seconds in UTC. A row with ``lease_until`` in the
future belongs to ``lease_owner``: one worker at a time.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from bot.core.model import Reason
from bot.store.columns import attempts, key, lease, one_of, some_of, string, time
from bot.store.columns import metadata as metadata
from bot.store.hold_tables import channel_pacing as channel_pacing
from bot.store.hold_tables import channel_tests as channel_tests
from bot.store.hold_tables import method_holds as method_holds
from bot.store.hold_tables import retractions as retractions
from bot.store.installation_tables import install_states as install_states
from bot.store.installation_tables import installations as installations
from bot.store.installation_tables import removals as removals
from bot.store.team_tables import digest_members as digest_members
from bot.store.team_tables import digests as digests
from bot.store.team_tables import named_people as named_people
from bot.store.team_tables import sales_team_members as sales_team_members
from bot.store.team_tables import sales_teams as sales_teams
from bot.store.workspace_tables import workspace_admins as workspace_admins
from bot.store.workspace_tables import workspace_secrets as workspace_secrets
from bot.store.workspace_tables import workspace_settings as workspace_settings

WAITING = "waiting"
DECIDED = "decided"
DONE = "done"

QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
DROPPED = "dropped"

SPEAK = "speak"

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    string("workspace_id"),
    string("event_id"),
    string("channel_id"),
    string("ts"),
    string("thread_ts", nullable=True),
    string("author_id"),
    Column("sealed_text", Text),
    string("version"),
    string("state"),
    time("due_at"),
    attempts(),
    *lease(),
    time("accepted_at"),
    time("decided_at", nullable=True),
    string("reason", nullable=True),
    string("withdrawn", nullable=True),
    UniqueConstraint("workspace_id", "event_id"),
    UniqueConstraint("workspace_id", "channel_id", "ts"),
    Index(None, "state", "due_at"),
    Index(None, "workspace_id", "author_id", "decided_at"),
    sqlite_autoincrement=True,
)
some_of(inbox, "spoken", one_of(inbox.c.reason, SPEAK), "workspace_id", "author_id", "decided_at")

findings = Table(
    "findings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("inbox_id", Integer, ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False),
    string("workspace_id"),
    string("channel_id"),
    string("thread_ts"),
    string("author_id"),
    string("trap", nullable=True),
    Column("score", Double, nullable=False),
    string("detector"),
    string("playbook_version"),
    string("outcome"),
    string("question_id", nullable=True),
    string("key", nullable=True),
    Column("situations", Text, nullable=False, server_default=text("''")),
    Column("is_private", Boolean, nullable=False, server_default=false()),
    string("feedback", nullable=True),
    time("answered_at", nullable=True),
    time("created_at"),
    UniqueConstraint("inbox_id"),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "workspace_id", "author_id", "created_at"),
    Index(None, "workspace_id", "channel_id", "created_at"),
    Index(None, "workspace_id", "channel_id", "thread_ts"),
    Index(None, "created_at"),
    Index(None, "feedback", "answered_at"),
)
QUESTIONS = one_of(findings.c.outcome, SPEAK, Reason.OBSERVED)
"""Findings that were spoken about, or would have been where we only observe: few of all."""
some_of(findings, "to_author", QUESTIONS, "workspace_id", "author_id", "created_at")
some_of(findings, "in_channel", QUESTIONS, "workspace_id", "channel_id", "created_at")

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    string("workspace_id"),
    string("key"),
    string("kind"),
    string("channel_id"),
    string("thread_ts"),
    string("recipient_id"),
    string("about_key"),
    string("topic"),
    Column("content", Text, nullable=False),
    Column("sealed_content", Text),
    string("unprompted", nullable=True),
    time("due_at", nullable=True),
    string("state"),
    time("not_before"),
    attempts(),
    *lease(),
    time("sending_since", nullable=True),
    string("sent_ts", nullable=True),
    string("reason", nullable=True),
    time("created_at"),
    time("done_at", nullable=True),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "state", "not_before"),
    Index(None, "workspace_id", "about_key"),
    Index(None, "workspace_id", "recipient_id", "sent_ts"),
    sqlite_autoincrement=True,
)

preferences = Table(
    "preferences",
    metadata,
    *key("workspace_id", "user_id"),
    time("paused_until", nullable=True),
    time("resumed_at", nullable=True),
    string("delivery", nullable=True),
    Column("daily_limit", Integer),
    string("quiet_hours", nullable=True),
    Column("weekly_reflection", Boolean),
    string("reflection_slot", nullable=True),
    Column("greeted", Boolean, nullable=False, server_default=false()),
    string("time_zone", nullable=True),
    time("reflection_due_at", nullable=True),
    time("reflection_look_at", nullable=True),
    *lease(),
    Index(None, "reflection_due_at"),
)

mutes = Table(
    "mutes",
    metadata,
    *key("workspace_id", "user_id", "trap"),
    time("until"),
)

asked_questions = Table(
    "asked_questions",
    metadata,
    *key("workspace_id", "user_id", "question_id"),
    time("asked_at"),
)

topics = Table(
    "topics",
    metadata,
    *key("workspace_id", "user_id"),
    string("trap", nullable=True),
    Column("situations", Text, nullable=False),
    time("noted_at"),
)

labels = Table(
    "labels",
    metadata,
    *key("workspace_id", "mark"),
    string("person_mark"),
    string("trap", nullable=True),
    string("reason", nullable=True),
    Column("words", Text),
    time("created_at"),
    Index(None, "workspace_id", "person_mark"),
)
"""Words to learn from name neither a question nor a person: both are marks, as in ``marks``."""

marks = Table(
    "marks",
    metadata,
    *key("workspace_id", "mark"),
    Column("at", Double, primary_key=True),
    Index(None, "at"),
)

channels = Table(
    "channels",
    metadata,
    *key("workspace_id", "channel_id"),
    time("paused_until", nullable=True),
    string("pause_reason", nullable=True),
    string("delivery", nullable=True),
    string("inviter_id", nullable=True),
    time("invited_at", nullable=True),
    time("noticed_at", nullable=True),
)

probation = Table(
    "probation",
    metadata,
    *key("workspace_id", "trap"),
    time("since", nullable=True),
    time("cleared_at", nullable=True),
)

asks = Table(
    "asks",
    metadata,
    Column("id", Integer, primary_key=True),
    string("workspace_id"),
    string("key"),
    string("kind"),
    string("user_id"),
    Column("carried", Text, nullable=False, server_default=text("''")),
    Column("sealed_text", Text),
    string("place"),
    Column("address", Text),
    string("thread_ts"),
    string("asked_in", nullable=True),
    string("state"),
    time("due_at"),
    attempts(),
    *lease(),
    time("showing_since", nullable=True),
    time("created_at"),
    time("done_at", nullable=True),
    UniqueConstraint("workspace_id", "key"),
    Index(None, "state", "due_at"),
    Index(None, "workspace_id", "user_id", "created_at"),
    sqlite_autoincrement=True,
)

llm_calls = Table(
    "llm_calls",
    metadata,
    *key("workspace_id", "day"),
    Column("calls", Integer, nullable=False),
    Column("prompt_tokens", BigInteger, nullable=False, server_default="0"),
    Column("cached_tokens", BigInteger, nullable=False, server_default="0"),
    Column("completion_tokens", BigInteger, nullable=False, server_default="0"),
)

weekly_runs = Table(
    "weekly_runs",
    metadata,
    *key("workspace_id", "kind", "subject_id", "week"),
    string("skipped", nullable=True),
    time("created_at"),
    Index(None, "created_at"),
)

reflections = Table(
    "reflections",
    metadata,
    *key("workspace_id", "user_id", "week"),
    Column("encrypted_answers", Text),
    time("created_at"),
)

encryption = Table(
    "encryption",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    string("salt"),
    string("cost"),
    Column("no_unbound_rows", Text),
    time("created_at"),
)
"""One row: how keys are derived from secrets here, and a proof that no row of version 0.1 is left.
It holds no key."""

follow_ups = Table(
    "follow_ups",
    metadata,
    *key("workspace_id", "key"),
    string("user_id"),
    string("outcome", nullable=True),
    time("created_at"),
    Index(None, "workspace_id", "user_id", "created_at"),
)

channel_figures = Table(
    "channel_figures",
    metadata,
    *key("workspace_id", "channel_id", "week"),
    Column("asked", Integer, nullable=False),
    Column("observed", Integer, nullable=False),
    time("created_at"),
)
"""What the settings say of a channel; computed once per period, blurred."""
