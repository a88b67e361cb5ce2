"""The tables of what holds something back (a channel, a method of Slack's, what was taken back),
and of what lifts that for a while: a test.
"""

from __future__ import annotations

from sqlalchemy import Table

from bot.store.columns import key, metadata, string, time

channel_pacing = Table(
    "channel_pacing",
    metadata,
    *key("workspace_id", "channel_id"),
    time("free_at"),
    string("held_by", nullable=True),
)

method_holds = Table(
    "method_holds",
    metadata,
    *key("workspace_id", "method"),
    time("free_at"),
)

retractions = Table(
    "retractions",
    metadata,
    *key("workspace_id", "channel_id", "author_id", "ts"),
    time("created_at"),
)

channel_tests = Table(
    "channel_tests",
    metadata,
    *key("workspace_id", "channel_id", "user_id"),
    time("until"),
)
"""Who tries the bot out in a channel, and until when."""
