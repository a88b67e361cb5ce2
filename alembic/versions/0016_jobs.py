"""Procrastinate's tables, which hand out work among processes. PostgreSQL alone knows several.

The schema is the library's own, of version 3.10, which pyproject.toml pins: a newer one with other
tables needs a migration of its own (tests/store/test_job_queue.py).
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TABLES = ("events", "periodic_defers", "jobs", "workers")
_TYPES = ("job_to_defer_v1", "job_status", "job_event_type")
_DROP_FUNCTIONS = """
DO $$
DECLARE
    found regprocedure;
BEGIN
    FOR found IN
        SELECT p.oid::regprocedure FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = current_schema() AND p.proname LIKE 'procrastinate\\_%'
    LOOP
        EXECUTE 'DROP FUNCTION ' || found || ' CASCADE';
    END LOOP;
END;
$$
"""


def upgrade() -> None:
    if not _is_postgresql():
        return
    from procrastinate.schema import SchemaManager  # 11 MB that a bot on SQLite never needs

    _run(SchemaManager.get_schema())


def downgrade() -> None:
    _run(_DROP_FUNCTIONS)
    for table in _TABLES:
        _run(f"DROP TABLE procrastinate_{table} CASCADE")
    for name in _TYPES:
        _run(f"DROP TYPE procrastinate_{name}")


def _run(statements: str) -> None:
    if _is_postgresql():
        op.get_bind().execution_options(no_parameters=True).exec_driver_sql(statements)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
