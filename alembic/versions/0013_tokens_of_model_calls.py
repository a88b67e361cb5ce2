"""Tokens of calls to a language model, beside the number of calls."""

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TOKENS = ("prompt_tokens", "cached_tokens", "completion_tokens")


def upgrade() -> None:
    for name in _TOKENS:
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default=sa.text("0"))
        op.add_column("llm_calls", column)


def downgrade() -> None:
    for name in reversed(_TOKENS):
        op.drop_column("llm_calls", name)
