"""The tables with one row per workspace: what its admins have chosen, and a secret for marks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, Table, Text

from bot.store.columns import key, metadata, string

workspace_secrets = Table(
    "workspace_secrets",
    metadata,
    *key("workspace_id"),
    string("secret"),
)
"""What marks are keyed with. Goes with the workspace, and its marks with it."""

workspace_settings = Table(
    "workspace_settings",
    metadata,
    *key("workspace_id"),
    string("quiet_hours", nullable=True),
    Column("holidays", Text),
    Column("daily_cap", Integer),
    Column("weekly_cap", Integer),
    string("delivery", nullable=True),
    Column("uses_model", Boolean),
    Column("daily_model_calls", Integer),
    Column("help_contact", Text),
    string("language", nullable=True),
)
"""What was chosen for a workspace; nothing where the operator's setting holds. Who chose it isn't
kept."""

workspace_admins = Table(
    "workspace_admins",
    metadata,
    *key("workspace_id", "user_id"),
)
"""The admins that were chosen for a workspace. Apart from its settings, since a row names a person,
who can see and erase it like any other."""
