"""Words wait sealed, and none of the readable ones stays.

What still waits from an older version is fetched again from Slack; what was asked for has to be
asked for again. PostgreSQL leaves a dropped column in its files, so the tables are written anew.
"""

import json

import sqlalchemy as sa

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rewrite_without("inbox", "text")
    _rewrite_without("asks", "text")
    op.add_column("inbox", sa.Column("sealed_text", sa.Text()))
    op.add_column("asks", sa.Column("sealed_text", sa.Text()))
    op.add_column(
        "asks", sa.Column("carried", sa.Text(), nullable=False, server_default=sa.text("''"))
    )
    op.add_column("outbox", sa.Column("sealed_content", sa.Text()))
    # What was said already may hold a model's words, which can't be told from the playbook's.
    done = "UPDATE outbox SET content = '{}' WHERE state NOT IN ('queued', 'sending')"
    op.execute(sa.text(done))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("ALTER TABLE outbox ALTER COLUMN content TYPE text USING content || ''"))


def downgrade() -> None:
    _fill_lines()
    op.drop_column("outbox", "sealed_content")
    op.drop_column("asks", "carried")
    op.drop_column("asks", "sealed_text")
    op.drop_column("inbox", "sealed_text")
    op.add_column("asks", sa.Column("text", sa.Text()))
    op.add_column("inbox", sa.Column("text", sa.Text()))


def _fill_lines() -> None:
    """Give lines that were said the parts, without words, that older versions read."""
    outbox = sa.table("outbox", *map(sa.column, ("id", "kind", "content", "topic", "about_key")))
    said = sa.select(outbox).where(outbox.c.kind == "ephemeral", outbox.c.content == "{}")
    for row in op.get_bind().execute(said).all():
        content = {"line": "", "topic": row.topic, "key": row.about_key, "offer": ""}
        op.execute(
            sa.update(outbox).where(outbox.c.id == row.id).values(content=json.dumps(content))
        )


def _rewrite_without(table: str, column: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, column, type_=sa.LargeBinary(), postgresql_using="NULL")
    else:
        emptied = sa.table(table, sa.column(column))
        op.execute(sa.update(emptied).values({column: None}))  # secure_delete overwrites it
    op.drop_column(table, column)
