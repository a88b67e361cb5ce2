"""The tables of installations: who has installed the bot, and which installations have begun."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from bot.store.columns import key, metadata, string, time

installations = Table(
    "installations",
    metadata,
    *key("workspace_id"),
    string("bot_user_id"),
    string("bot_id", nullable=True),
    string("app_id", nullable=True),
    Column("sealed_tokens", Text, nullable=False),
    time("expires_at", nullable=True),
    string("refresh_owner", nullable=True),
    time("refresh_until", nullable=True),
    time("installed_at"),
)
"""The bot in each workspace that installed it, its tokens encrypted; one worker at a time exchanges
them."""

install_states = Table(
    "install_states",
    metadata,
    *key("mark"),
    time("expires_at"),
)
"""Marks of installations that have begun and not ended."""

removals = Table(
    "removals",
    metadata,
    *key("removed_workspace_id"),  # not its workspace: it outlives what is erased with that
    time("removed_at"),
)
"""Workspaces that have just removed the app: what is written about them is erased again."""
