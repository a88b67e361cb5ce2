"""Words to learn from name nobody: keyed hashes in place of the person and the question.

What was hashed can't be turned back, and an older version could not erase it for its author. So
going back erases the labels.
"""

import hmac
import secrets
from hashlib import sha256

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DAY = 86_400


def upgrade() -> None:
    connection = op.get_bind()
    old = connection.execute(sa.text("SELECT * FROM labels")).mappings().all()
    known = connection.execute(sa.text("SELECT workspace_id, secret FROM workspace_secrets"))
    keys = {row.workspace_id: row.secret for row in known}
    missing = {row["workspace_id"] for row in old} - keys.keys()
    new_keys = {workspace_id: secrets.token_hex(16) for workspace_id in sorted(missing)}
    for workspace_id, secret in new_keys.items():
        connection.execute(
            sa.text("INSERT INTO workspace_secrets (workspace_id, secret) VALUES (:id, :secret)"),
            {"id": workspace_id, "secret": secret},
        )
    keys |= new_keys
    op.drop_table("labels")
    table = op.create_table(
        "labels",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("mark", sa.String(40), nullable=False),
        sa.Column("person_mark", sa.String(40), nullable=False),
        sa.Column("trap", sa.String(32), nullable=True),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "mark", name="pk_labels"),
    )
    op.create_index("ix_labels_workspace_id_person_mark", "labels", ["workspace_id", "person_mark"])
    for row in old:
        secret = keys[row["workspace_id"]]
        connection.execute(
            sa.insert(table),
            {
                "workspace_id": row["workspace_id"],
                "mark": _mark(secret, "label", row["key"]),
                "person_mark": _mark(secret, "person", row["user_id"]),
                "trap": row["trap"],
                "reason": row["reason"],
                "words": row["words"],
                "created_at": row["created_at"] - row["created_at"] % _DAY,
            },
        )


def downgrade() -> None:
    op.drop_table("labels")
    op.create_table(
        "labels",
        sa.Column("workspace_id", sa.String(32), nullable=False),
        sa.Column("key", sa.String(160), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("trap", sa.String(32), nullable=True),
        sa.Column("reason", sa.String(64), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "key", name="pk_labels"),
    )


def _mark(secret: str, *parts: str) -> str:
    """Return what the store computes for the same parts."""
    return hmac.new(secret.encode(), "\0".join(parts).encode(), sha256).hexdigest()[:40]
