"""The tables. Only suspected messages are ever written, and their text only until the decision."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

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
    Column("event_id", String(64), nullable=False),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("ts", String(32), nullable=False),
    Column("thread_ts", String(32)),
    Column("author", String(32), nullable=False),
    Column("text", Text),
    Column("version", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("due_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("accepted_at", Double, nullable=False),
    Column("decided_at", Double),
    Column("reason", String(32)),
    UniqueConstraint("event_id"),
    UniqueConstraint("team", "channel", "ts"),
    Index(None, "state", "due_at"),
    sqlite_autoincrement=True,
)

findings = Table(
    "findings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("inbox_id", Integer, ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("author", String(32), nullable=False),
    Column("trap", String(32)),
    Column("score", Double, nullable=False),
    Column("detector", String(64), nullable=False),
    Column("playbook", String(64), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("question_id", String(64)),
    Column("key", String(128)),
    Column("feedback", String(32)),
    Column("answered_at", Double),
    Column("created_at", Double, nullable=False),
    UniqueConstraint("inbox_id"),
    UniqueConstraint("key"),
    Index(None, "team", "author", "created_at"),
    Index(None, "team", "channel", "created_at"),
    Index(None, "created_at"),
    Index(None, "feedback", "answered_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("reader", String(32), nullable=False),
    Column("about", String(128)),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("not_before", Double, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sending_since", Double),
    Column("sent_ts", String(32)),
    Column("reason", String(64)),
    Column("created_at", Double, nullable=False),
    Column("done_at", Double),
    UniqueConstraint("key"),
    Index(None, "state", "not_before"),
    Index(None, "about"),
)

people = Table(
    "people",
    metadata,
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    Column("paused_until", Double),
    Column("resumed_at", Double),
    Column("delivery", String(16)),
    Column("daily_limit", Integer),
    Column("quiet", String(40)),
    Column("reflect", Boolean),
    Column("reflect_at", String(16)),
    Column("greeted", Boolean, nullable=False, server_default=false()),
    Column("zone", String(64)),
    Column("utc_offset", Integer),
    Column("reflect_due", Double),
    PrimaryKeyConstraint("team", "user"),
    Index(None, "reflect_due"),
)

mutes = Table(
    "mutes",
    metadata,
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    Column("trap", String(32), nullable=False),
    Column("until", Double, nullable=False),
    PrimaryKeyConstraint("team", "user", "trap"),
)

channels = Table(
    "channels",
    metadata,
    Column("team", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("paused_until", Double),
    Column("why", String(64)),
    Column("delivery", String(16)),
    Column("inviter", String(32)),
    Column("invited_at", Double),
    PrimaryKeyConstraint("team", "channel"),
)

asks = Table(
    "asks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(160), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    Column("text", Text),
    Column("place", String(16), nullable=False),
    Column("address", Text),
    Column("ts", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("not_before", Double, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    Column("done_at", Double),
    UniqueConstraint("key"),
    Index(None, "state", "not_before"),
    Index(None, "team", "user", "created_at"),
    sqlite_autoincrement=True,
)

asked = Table(
    "asked",
    metadata,
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    Column("question_id", String(64), nullable=False),
    Column("at", Double, nullable=False),
    PrimaryKeyConstraint("team", "user", "question_id"),
)

probation = Table(
    "probation",
    metadata,
    Column("team", String(32), nullable=False),
    Column("trap", String(32), nullable=False),
    Column("since", Double),
    Column("cleared_at", Double),
    PrimaryKeyConstraint("team", "trap"),
)

labels = Table(
    "labels",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    Column("trap", String(32)),
    Column("reason", String(32)),
    Column("words", Text),
    Column("at", Double, nullable=False),
)

judge_calls = Table(
    "judge_calls",
    metadata,
    Column("team", String(32), nullable=False),
    Column("day", String(10), nullable=False),
    Column("calls", Integer, nullable=False),
    PrimaryKeyConstraint("team", "day"),
)

weekly = Table(
    "weekly",
    metadata,
    Column("team", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject", String(32), nullable=False),
    Column("week", String(8), nullable=False),
    Column("reason", String(32)),
    Column("at", Double, nullable=False),
    PrimaryKeyConstraint("team", "kind", "subject", "week"),
    Index(None, "at"),
)

reflections = Table(
    "reflections",
    metadata,
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    Column("week", String(8), nullable=False),
    Column("sealed", Text),
    Column("at", Double, nullable=False),
    PrimaryKeyConstraint("team", "user", "week"),
)

followups = Table(
    "followups",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    Column("outcome", String(16)),
    Column("at", Double, nullable=False),
    Index(None, "team", "user", "at"),
)

groups = Table(
    "groups",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("team", String(32), nullable=False),
    Column("manager", String(32), nullable=False),
    Column("name", String(80), nullable=False),
    Column("slot", String(16), nullable=False),
    Column("channel", String(32)),
    Column("digest_due", Double),
    Column("created_at", Double, nullable=False),
    Index(None, "digest_due"),
    Index(None, "team", "manager"),
)

members = Table(
    "members",
    metadata,
    Column("group_id", String(64), nullable=False),
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    Column("agreed_at", Double),
    PrimaryKeyConstraint("group_id", "user"),
    Index(None, "team", "user"),
)

digests = Table(
    "digests",
    metadata,
    Column("group_id", String(64), nullable=False),
    Column("team", String(32), nullable=False),
    Column("week", String(8), nullable=False),
    Column("facts", Text, nullable=False),
    Column("at", Double, nullable=False),
    PrimaryKeyConstraint("group_id", "week"),
    Index(None, "team", "week"),
)

counted = Table(
    "counted",
    metadata,
    Column("group_id", String(64), nullable=False),
    Column("week", String(8), nullable=False),
    Column("team", String(32), nullable=False),
    Column("user", String(32), nullable=False),
    PrimaryKeyConstraint("group_id", "week", "user"),
    Index(None, "team", "week", "user"),
)
