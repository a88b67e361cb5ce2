"""What the admins of a workspace have chosen for it, and who they are."""

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workspace_settings",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("quiet_hours", sa.String(40), nullable=True),
        sa.Column("holidays", sa.Text(), nullable=True),
        sa.Column("daily_cap", sa.Integer(), nullable=True),
        sa.Column("weekly_cap", sa.Integer(), nullable=True),
        sa.Column("delivery", sa.String(16), nullable=True),
        sa.Column("uses_model", sa.Boolean(), nullable=True),
        sa.Column("daily_model_calls", sa.Integer(), nullable=True),
        sa.Column("help_contact", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", name="pk_workspace_settings"),
    )
    op.create_table(
        "workspace_admins",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name="pk_workspace_admins"),
    )


def downgrade() -> None:
    op.drop_table("workspace_admins")
    op.drop_table("workspace_settings")
