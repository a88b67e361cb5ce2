"""A workspace that has removed the app is shut out: the database takes no row of it any more.

Whoever writes a row holds a lock on its workspace until the transaction ends, together with all
others who write; an erasure waits for them and then has it alone. So a row is either there before
the erasure, which sees it, or it finds that its workspace is gone. Without the lock, a transaction
that had begun before could commit after. Who comes in the middle of an erasure doesn't wait for it,
since it may wait for their rows, but is refused, and comes again. SQLite writes one transaction at
a time.
"""

import sqlalchemy as sa

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLES = (
    "asked_questions",
    "asks",
    "channel_figures",
    "channel_pacing",
    "channel_tests",
    "channels",
    "digest_members",
    "digests",
    "findings",
    "follow_ups",
    "inbox",
    "labels",
    "llm_calls",
    "marks",
    "method_holds",
    "mutes",
    "named_people",
    "outbox",
    "preferences",
    "probation",
    "reflections",
    "retractions",
    "sales_team_members",
    "sales_teams",
    "topics",
    "weekly_runs",
    "workspace_admins",
    "workspace_secrets",
    "workspace_settings",
)
"""All that have the column, but for the installations themselves."""
_JOBS = "procrastinate_jobs"
_IS_GONE = """
    EXISTS (SELECT 1 FROM removals WHERE removed_workspace_id = {workspace})
    AND NOT EXISTS (SELECT 1 FROM installations WHERE workspace_id = {workspace})
"""
_GONE = """
    SELECT removed_workspace_id FROM removals
    WHERE removed_workspace_id NOT IN (SELECT workspace_id FROM installations)
"""
_FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(1382377826, hashtext({workspace})) THEN
        RAISE EXCEPTION 'a workspace is being erased' USING ERRCODE = 'lock_not_available';
    END IF;
    IF {is_gone} THEN
        RETURN NULL;  -- the row is left out
    END IF;
    RETURN NEW;
END;
$$
"""
_FUNCTIONS = {
    "reframe_shut_out": "NEW.workspace_id",
    "reframe_shut_out_job": "(NEW.args->>'workspace_id')",
}


def upgrade() -> None:
    for table in ("findings", *_TABLES):  # findings first: they name rows of the inbox
        late = sa.table(table, sa.column("workspace_id"))
        op.execute(late.delete().where(late.c.workspace_id.in_(sa.text(_GONE))))
    if op.get_bind().dialect.name == "sqlite":
        is_gone = _IS_GONE.format(workspace="NEW.workspace_id")
        for table in _TABLES:
            op.execute(
                f"CREATE TRIGGER shut_out_{table} BEFORE INSERT ON {table} WHEN {is_gone}"
                " BEGIN SELECT RAISE(IGNORE); END"
            )
        return
    for name, workspace in _FUNCTIONS.items():
        is_gone = _IS_GONE.format(workspace=workspace)
        op.execute(_FUNCTION.format(name=name, workspace=workspace, is_gone=is_gone))
    for table in _TABLES:
        op.execute(
            f"CREATE TRIGGER shut_out BEFORE INSERT ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION reframe_shut_out()"
        )
    op.execute(
        f"CREATE TRIGGER shut_out BEFORE INSERT ON {_JOBS} FOR EACH ROW"
        " WHEN (NEW.args->>'workspace_id' IS NOT NULL) EXECUTE FUNCTION reframe_shut_out_job()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _TABLES:
            op.execute(f"DROP TRIGGER shut_out_{table}")
        return
    for table in (*_TABLES, _JOBS):
        op.execute(f"DROP TRIGGER shut_out ON {table}")
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
