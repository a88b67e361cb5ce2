"""Marks: that something happened, without saying to whom; and their keys."""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workspace_secrets",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("secret", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_workspace_secrets"),
    )
    op.create_table(
        "marks",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "mark", "at", name="pk_marks"),
    )
    op.create_index("ix_marks_at", "marks", ["at"])


def downgrade() -> None:
    op.drop_table("marks")
    op.drop_table("workspace_secrets")
