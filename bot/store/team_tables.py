"""The tables of sales teams: who manages one, who is in it, and what its digests said."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from bot.store.columns import key, lease, metadata, string, time

sales_teams = Table(
    "sales_teams",
    metadata,
    *key("workspace_id", "id"),
    string("manager_id"),
    string("name"),
    string("slot"),
    string("channel_id", nullable=True),
    string("next_manager_id", nullable=True),
    time("digest_due_at", nullable=True),
    time("digest_look_at", nullable=True),
    *lease(),
    time("created_at"),
    time("ended_at", nullable=True),
    Index(None, "digest_due_at"),
    Index(None, "workspace_id", "manager_id"),
)

named_people = Table(
    "named_people",
    metadata,
    *key("workspace_id", "sales_team_id", "user_id"),
    Column("is_named", Boolean, nullable=False),
    Column("invitations", Integer, nullable=False),
    time("named_at"),
    Index(None, "workspace_id", "user_id"),
)
"""Whom a manager has named. It holds nothing that these people did, so the manager may see it."""

sales_team_members = Table(
    "sales_team_members",
    metadata,
    *key("workspace_id", "sales_team_id", "user_id"),
    time("accepted_at", nullable=True),
    Index(None, "workspace_id", "user_id"),
)

digests = Table(
    "digests",
    metadata,
    *key("workspace_id", "sales_team_id", "week"),
    Column("figures", Text, nullable=False),
    time("created_at"),
)

digest_members = Table(
    "digest_members",
    metadata,
    *key("workspace_id", "sales_team_id", "week", "user_id"),
    Index(None, "workspace_id", "week", "user_id"),
)
"""Who was counted in each digest."""
