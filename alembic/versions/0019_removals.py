"""Which workspaces have just removed the app, so what is still written about them goes too."""

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "removals",
        sa.Column("removed_workspace_id", sa.String(32), nullable=False),
        sa.Column("removed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("removed_workspace_id", name="pk_removals"),
    )


def downgrade() -> None:
    op.drop_table("removals")
