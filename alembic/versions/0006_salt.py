"""The salt with which keys are derived, and whether rows of version 0.1 are left."""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "encryption",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("cost", sa.String(32), nullable=False),
        sa.Column("no_unbound_rows", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_encryption"),
    )


def downgrade() -> None:
    # What a newer version encrypted stays: an older one shows it to nobody, and retention ends it.
    op.drop_table("encryption")
