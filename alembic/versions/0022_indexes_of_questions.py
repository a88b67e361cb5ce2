"""Indexes of the few decisions that became questions, among all that somebody has had."""

import sqlalchemy as sa

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_QUESTIONS = "outcome IN ('speak', 'observed')"
_INDEXES = (
    ("ix_inbox_spoken", "inbox", ("author_id", "decided_at"), "reason IN ('speak')"),
    ("ix_findings_to_author", "findings", ("author_id", "created_at"), _QUESTIONS),
    ("ix_findings_in_channel", "findings", ("channel_id", "created_at"), _QUESTIONS),
)


def upgrade() -> None:
    for name, table, columns, which in _INDEXES:
        condition = sa.text(which)
        op.create_index(
            name,
            table,
            ["workspace_id", *columns],
            postgresql_where=condition,
            sqlite_where=condition,
        )


def downgrade() -> None:
    for name, table, *_ in _INDEXES:
        op.drop_index(name, table)
