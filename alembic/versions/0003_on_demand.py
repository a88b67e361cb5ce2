"""What sellers ask for themselves: asks, wishes, channel modes, probation, labels."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("ts", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
        sa.UniqueConstraint("key", name=op.f("uq_asks_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_asks_state_not_before"), "asks", ["state", "not_before"])
    op.create_index(op.f("ix_asks_team_user_created_at"), "asks", ["team", "user", "created_at"])
    op.create_table(
        "asked",
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("team", "user", "question_id", name=op.f("pk_asked")),
    )
    op.create_table(
        "probation",
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("trap", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Double(), nullable=True),
        sa.Column("cleared_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("team", "trap", name=op.f("pk_probation")),
    )
    op.create_table(
        "labels",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=False),
        sa.Column("user", sa.String(length=32), nullable=False),
        sa.Column("trap", sa.String(length=32), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_labels")),
    )
    with op.batch_alter_table("people") as people:
        people.add_column(sa.Column("resumed_at", sa.Double(), nullable=True))
        people.add_column(sa.Column("delivery", sa.String(length=16), nullable=True))
        people.add_column(sa.Column("daily_limit", sa.Integer(), nullable=True))
        people.add_column(sa.Column("quiet", sa.String(length=40), nullable=True))
        people.add_column(sa.Column("reflect", sa.Boolean(), nullable=True))
        people.add_column(sa.Column("reflect_at", sa.String(length=16), nullable=True))
        people.add_column(
            sa.Column("greeted", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("channels") as channels:
        channels.add_column(sa.Column("delivery", sa.String(length=16), nullable=True))
        channels.add_column(sa.Column("inviter", sa.String(length=32), nullable=True))
        channels.add_column(sa.Column("invited_at", sa.Double(), nullable=True))
    op.execute(
        sa.text(
            'INSERT INTO asked (team, "user", question_id, at) '
            "SELECT team, author, question_id, max(created_at) FROM findings "
            "WHERE question_id IS NOT NULL GROUP BY team, author, question_id"
        )
    )


def downgrade() -> None:
    with op.batch_alter_table("channels") as channels:
        for name in ("invited_at", "inviter", "delivery"):
            channels.drop_column(name)
    with op.batch_alter_table("people") as people:
        for name in (
            "greeted", "reflect_at", "reflect", "quiet", "daily_limit", "delivery", "resumed_at",
        ):  # fmt: skip
            people.drop_column(name)
    for table in ("labels", "probation", "asked", "asks"):
        op.drop_table(table)
