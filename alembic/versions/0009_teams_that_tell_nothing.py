"""Whom a manager named, apart from who is in; teams that end or change hands; channels' figures.

Everyone in a team now was named and asked once. Who has said no or left before is not known any
more, so nothing is told about them either.
"""

import sqlalchemy as sa

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sales_teams", sa.Column("next_manager_id", sa.String(32), nullable=True))
    op.add_column("sales_teams", sa.Column("ended_at", sa.Double(), nullable=True))
    op.create_table(
        "named_people",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("sales_team_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("invitations", sa.Integer(), nullable=False),
        sa.Column("named_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "sales_team_id", "user_id", name="pk_named_people"),
    )
    op.create_index(
        "ix_named_people_workspace_id_user_id", "named_people", ["workspace_id", "user_id"]
    )
    op.create_table(
        "channel_figures",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        sa.Column("week", sa.String(8), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("observed", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "channel_id", "week", name="pk_channel_figures"),
    )
    op.execute(
        sa.text(
            "INSERT INTO named_people"
            " (workspace_id, sales_team_id, user_id, is_named, invitations, named_at)"
            " SELECT m.workspace_id, m.sales_team_id, m.user_id, true, 1, t.created_at"
            " FROM sales_team_members m JOIN sales_teams t"
            " ON t.workspace_id = m.workspace_id AND t.id = m.sales_team_id"
        )
    )


def downgrade() -> None:
    op.drop_table("channel_figures")
    op.drop_table("named_people")
    op.execute(sa.text("DELETE FROM sales_teams WHERE ended_at IS NOT NULL"))
    op.drop_column("sales_teams", "ended_at")
    op.drop_column("sales_teams", "next_manager_id")
