"""What the gate needs: which kind of message it is, when it was due, and when to look again.

A channel whose bot was invited has had its notice.
"""

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NEW = (
    ("outbox", "unprompted", sa.String(length=32)),
    ("outbox", "due_at", sa.Double()),
    ("preferences", "reflection_look_at", sa.Double()),
    ("sales_teams", "digest_look_at", sa.Double()),
    ("channels", "noticed_at", sa.Double()),
)


def upgrade() -> None:
    for table, column, kind in _NEW:
        op.add_column(table, sa.Column(column, kind, nullable=True))
    op.execute(sa.text("UPDATE channels SET noticed_at = invited_at"))


def downgrade() -> None:
    for table, column, _ in reversed(_NEW):
        op.drop_column(table, column)
