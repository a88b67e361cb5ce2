"""Runs migrations over the connection that ``bot.store.database`` hands in."""

from alembic import context
from bot.store.instance_lock import lock_table
from bot.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=lambda name, kind, _parents: (
        (kind, name) != ("table", lock_table.name) and not str(name).startswith("procrastinate_")
    ),
    render_as_batch=True,  # SQLite can't alter a table in place
    transactional_ddl=True,  # a migration that stops half way leaves nothing behind
)
with context.begin_transaction():
    context.run_migrations()
