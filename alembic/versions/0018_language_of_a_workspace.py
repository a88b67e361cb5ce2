"""The language of the fixed words in a workspace."""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspace_settings", sa.Column("language", sa.String(16), nullable=True))


def downgrade() -> None:
    op.drop_column("workspace_settings", "language")
