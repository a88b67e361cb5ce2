"""The week: reflections, teams, digests, and what was done once in a week."""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("zone", sa.String(length=64), nullable=True))
        people.add_column(sa.Column("utc_offset", sa.Integer(), nullable=True))
        people.add_column(sa.Column("reflect_due", sa.Double(), nullable=True))
        people.create_index(op.f("ix_people_reflect_due"), ["reflect_due"])
    op.create_index(
        op.f("ix_findings_feedback_answered_at"), "findings", ["feedback", "answered_at"]
    )
    op.create_table(
        "weekly",
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("team", "kind", "subject", "week", name=op.f("pk_weekly")),
    )
    op.create_index(op.f("ix_weekly_at"), "weekly", ["at"])
    op.create_table(
        "reflections",
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("team", "user", "week", name=op.f("pk_reflections")),
    )
    op.create_table(
        "followups",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_followups")),
    )
    op.create_index(op.f("ix_followups_team_user_at"), "followups", ["team", "user", "at"])
    op.create_table(
        "groups",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("manager", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("slot", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=True),
        sa.Column("digest_due", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
    )
    op.create_index(op.f("ix_groups_digest_due"), "groups", ["digest_due"])
    op.create_index(op.f("ix_groups_team_manager"), "groups", ["team", "manager"])
    op.create_table(
        "members",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("agreed_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("group_id", "user", name=op.f("pk_members")),
    )
    op.create_index(op.f("ix_members_team_user"), "members", ["team", "user"])
    op.create_table(
        "digests",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "week", name=op.f("pk_digests")),
    )
    op.create_index(op.f("ix_digests_team_week"), "digests", ["team", "week"])
    op.create_table(
        "counted",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "week", "user", name=op.f("pk_counted")),
    )
    op.create_index(op.f("ix_counted_team_week_user"), "counted", ["team", "week", "user"])


def downgrade() -> None:
    for table in ("counted", "digests", "members", "groups", "followups", "reflections", "weekly"):
        op.drop_table(table)
    op.drop_index(op.f("ix_findings_feedback_answered_at"), "findings")
    with op.batch_alter_table("people") as people:
        people.drop_index(op.f("ix_people_reflect_due"))
        for name in ("reflect_due", "utc_offset", "zone"):
            people.drop_column(name)
