"""In which channel something was asked, until it is answered."""

import sqlalchemy as sa

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("asks", sa.Column("asked_in", sa.String(32), nullable=True))


def downgrade() -> None:
    op.drop_column("asks", "asked_in")
