"""Number claims apart from tries, and keep what Slack says to leave alone, replies that are being
shown, and what was taken back.

Until now a claim counted as a try, and the count told a late claim from the current one. A row that
is claimed right now had no outcome yet, so that claim was no try.
"""

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_CLAIMED = ("inbox", "outbox", "asks", "preferences", "sales_teams")
_TRIED = ("inbox", "outbox", "asks")


def upgrade() -> None:
    for table in _CLAIMED:
        for column in ("claim_number", "unfinished_claims"):
            op.add_column(
                table, sa.Column(column, sa.Integer(), nullable=False, server_default="0")
            )
    for table in _TRIED:
        rows = _tried(table)
        op.execute(sa.update(rows).values(claim_number=rows.c.attempts))
        is_claimed = sa.and_(rows.c.lease_owner.is_not(None), rows.c.attempts > 0)
        no_try = {"attempts": rows.c.attempts - 1, "unfinished_claims": 1}
        op.execute(sa.update(rows).where(is_claimed).values(no_try))
    op.add_column("inbox", sa.Column("withdrawn", sa.String(32), nullable=True))
    op.add_column("asks", sa.Column("showing_since", sa.Double(), nullable=True))
    op.create_table(
        "method_holds",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("method", sa.String(64), nullable=False),
        sa.Column("free_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "method", name="pk_method_holds"),
    )
    op.create_table(
        "retractions",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("channel_id", sa.String(32), nullable=False),
        sa.Column("author_id", sa.String(32), nullable=False),
        sa.Column("ts", sa.String(32), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "channel_id", "author_id", "ts", name="pk_retractions"
        ),
    )


def downgrade() -> None:
    op.drop_table("retractions")
    op.drop_table("method_holds")
    op.drop_column("asks", "showing_since")
    op.drop_column("inbox", "withdrawn")
    for table in _TRIED:  # the count told claims apart, and begins anew with the next start
        rows = _tried(table)
        is_claimed = rows.c.lease_owner.is_not(None)
        op.execute(sa.update(rows).where(is_claimed).values(attempts=rows.c.attempts + 1))
    for table in _CLAIMED:
        op.drop_column(table, "unfinished_claims")
        op.drop_column(table, "claim_number")


def _tried(table: str) -> sa.TableClause:
    names = ("attempts", "claim_number", "unfinished_claims", "lease_owner")
    return sa.table(table, *(sa.column(name) for name in names))
