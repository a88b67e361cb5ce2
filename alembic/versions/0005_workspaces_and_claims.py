"""Plain column names, keys that are unique per workspace, and leases.

Every table is created anew and filled from the old one. Old and new tables stand side by side only
inside the one transaction of this migration.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ASIDE = "old_"
_CHUNK = 1_000
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
before = sa.MetaData(naming_convention=_NAMING)
after = sa.MetaData(naming_convention=_NAMING)


def s(name: str, length: int = 32, null: bool = False) -> Any:
    return sa.Column(name, sa.String(length), nullable=null)


def f(name: str, null: bool = False) -> Any:
    return sa.Column(name, sa.Double(), nullable=null)


def t(name: str, null: bool = True, default: Any = None) -> Any:
    return sa.Column(name, sa.Text(), nullable=null, server_default=default)


def i(name: str, null: bool = False, default: str | None = None) -> Any:
    return sa.Column(name, sa.Integer(), nullable=null, server_default=default)


def b(name: str, default: Any = None) -> Any:
    return sa.Column(name, sa.Boolean(), nullable=default is None, server_default=default)


def row_id() -> Any:
    return sa.Column("id", sa.Integer(), primary_key=True)


def lease() -> tuple[Any, Any]:
    return s("lease_owner", 64, null=True), f("lease_until", null=True)


def inbox_id() -> Any:
    return sa.Column(
        "inbox_id", sa.Integer(), sa.ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False
    )


pk = sa.PrimaryKeyConstraint
uq = sa.UniqueConstraint


def ix(*names: str) -> sa.Index:
    return sa.Index(None, *names)


# fmt: off
for name, *parts in (
    ("inbox", row_id(), s("event_id", 64), s("team"), s("channel"), s("ts"),
     s("thread_ts", null=True), s("author"), t("text"), s("version"), s("state", 16), f("due_at"),
     i("attempts", default="0"), f("accepted_at"), f("decided_at", null=True),
     s("reason", null=True), uq("event_id"), uq("team", "channel", "ts"), ix("state", "due_at")),
    ("findings", row_id(), inbox_id(), s("team"), s("channel"), s("thread_ts"), s("author"),
     s("trap", null=True), f("score"), s("detector", 64), s("playbook", 64), s("outcome"),
     s("question_id", 64, null=True), s("key", 128, null=True), s("feedback", null=True),
     f("answered_at", null=True), f("created_at"), uq("inbox_id"), uq("key"),
     ix("team", "author", "created_at"), ix("team", "channel", "created_at"), ix("created_at"),
     ix("feedback", "answered_at")),
    ("outbox", row_id(), s("key", 128), s("kind", 16), s("team"), s("channel"), s("thread_ts"),
     s("reader"), s("about", 128, null=True), t("body", null=False), s("state", 16),
     f("not_before"), i("attempts", default="0"), f("sending_since", null=True),
     s("sent_ts", null=True), s("reason", 64, null=True), f("created_at"), f("done_at", null=True),
     uq("key"), ix("state", "not_before"), ix("about")),
    ("people", s("team"), s("user"), f("paused_until", null=True), f("resumed_at", null=True),
     s("delivery", 16, null=True), i("daily_limit", null=True), s("quiet", 40, null=True),
     b("reflect"), s("reflect_at", 16, null=True), b("greeted", sa.false()),
     s("zone", 64, null=True), i("utc_offset", null=True), f("reflect_due", null=True),
     pk("team", "user"), ix("reflect_due")),
    ("mutes", s("team"), s("user"), s("trap"), f("until"), pk("team", "user", "trap")),
    ("channels", s("team"), s("channel"), f("paused_until", null=True), s("why", 64, null=True),
     s("delivery", 16, null=True), s("inviter", null=True), f("invited_at", null=True),
     pk("team", "channel")),
    ("asks", row_id(), s("key", 160), s("kind", 16), s("team"), s("user"), t("text"),
     s("place", 16), t("address"), s("ts"), s("state", 16), f("not_before"),
     i("attempts", default="0"), f("created_at"), f("done_at", null=True), uq("key"),
     ix("state", "not_before"), ix("team", "user", "created_at")),
    ("asked", s("team"), s("user"), s("question_id", 64), f("at"),
     pk("team", "user", "question_id")),
    ("probation", s("team"), s("trap"), f("since", null=True), f("cleared_at", null=True),
     pk("team", "trap")),
    ("labels", s("key", 128), s("team"), s("user"), s("trap", null=True), s("reason", null=True),
     t("words"), f("at"), pk("key")),
    ("judge_calls", s("team"), s("day", 10), i("calls"), pk("team", "day")),
    ("weekly", s("team"), s("kind", 16), s("subject"), s("week", 8), s("reason", null=True),
     f("at"), pk("team", "kind", "subject", "week"), ix("at")),
    ("reflections", s("team"), s("user"), s("week", 8), t("sealed"), f("at"),
     pk("team", "user", "week")),
    ("followups", s("key", 128), s("team"), s("user"), s("outcome", 16, null=True), f("at"),
     pk("key"), ix("team", "user", "at")),
    ("groups", s("id", 64), s("team"), s("manager"), s("name", 80), s("slot", 16),
     s("channel", null=True), f("digest_due", null=True), f("created_at"), pk("id"),
     ix("digest_due"), ix("team", "manager")),
    ("members", s("group_id", 64), s("team"), s("user"), f("agreed_at", null=True),
     pk("group_id", "user"), ix("team", "user")),
    ("digests", s("group_id", 64), s("team"), s("week", 8), t("facts", null=False), f("at"),
     pk("group_id", "week"), ix("team", "week")),
    ("counted", s("group_id", 64), s("week", 8), s("team"), s("user"),
     pk("group_id", "week", "user"), ix("team", "week", "user")),
):
    sa.Table(name, before, *parts, sqlite_autoincrement=name in ("inbox", "asks"))

for name, *parts in (
    ("inbox", row_id(), s("workspace_id"), s("event_id", 64), s("channel_id"), s("ts"),
     s("thread_ts", null=True), s("author_id"), t("text"), s("version"), s("state", 16),
     f("due_at"), i("attempts", default="0"), *lease(), f("accepted_at"),
     f("decided_at", null=True), s("reason", 64, null=True), uq("workspace_id", "event_id"),
     uq("workspace_id", "channel_id", "ts"), ix("state", "due_at"),
     ix("workspace_id", "author_id", "decided_at")),
    ("findings", row_id(), inbox_id(), s("workspace_id"), s("channel_id"), s("thread_ts"),
     s("author_id"), s("trap", null=True), f("score"), s("detector", 64),
     s("playbook_version", 64), s("outcome"), s("question_id", 64, null=True),
     s("key", 160, null=True), t("situations", null=False, default=sa.text("''")),
     b("is_private", sa.false()), s("feedback", null=True), f("answered_at", null=True),
     f("created_at"), uq("inbox_id"), uq("workspace_id", "key"),
     ix("workspace_id", "author_id", "created_at"), ix("workspace_id", "channel_id", "created_at"),
     ix("workspace_id", "channel_id", "thread_ts"), ix("created_at"),
     ix("feedback", "answered_at")),
    ("outbox", row_id(), s("workspace_id"), s("key", 160), s("kind", 16), s("channel_id"),
     s("thread_ts"), s("recipient_id"), s("about_key", 160), s("topic", 64),
     t("content", null=False), s("state", 16), f("not_before"), i("attempts", default="0"),
     *lease(), f("sending_since", null=True), s("sent_ts", null=True), s("reason", 64, null=True),
     f("created_at"), f("done_at", null=True), uq("workspace_id", "key"),
     ix("state", "not_before"), ix("workspace_id", "about_key"),
     ix("workspace_id", "recipient_id", "sent_ts")),
    ("channel_pacing", s("workspace_id"), s("channel_id"), f("free_at"),
     s("held_by", 64, null=True), pk("workspace_id", "channel_id")),
    ("preferences", s("workspace_id"), s("user_id"), f("paused_until", null=True),
     f("resumed_at", null=True), s("delivery", 16, null=True), i("daily_limit", null=True),
     s("quiet_hours", 40, null=True), b("weekly_reflection"), s("reflection_slot", 16, null=True),
     b("greeted", sa.false()), s("time_zone", 64, null=True), f("reflection_due_at", null=True),
     *lease(), pk("workspace_id", "user_id"), ix("reflection_due_at")),
    ("mutes", s("workspace_id"), s("user_id"), s("trap"), f("until"),
     pk("workspace_id", "user_id", "trap")),
    ("asked_questions", s("workspace_id"), s("user_id"), s("question_id", 64), f("asked_at"),
     pk("workspace_id", "user_id", "question_id")),
    ("topics", s("workspace_id"), s("user_id"), s("trap", null=True),
     t("situations", null=False), f("noted_at"), pk("workspace_id", "user_id")),
    ("labels", s("workspace_id"), s("key", 160), s("user_id"), s("trap", null=True),
     s("reason", 64, null=True), t("words"), f("created_at"), pk("workspace_id", "key")),
    ("channels", s("workspace_id"), s("channel_id"), f("paused_until", null=True),
     s("pause_reason", 64, null=True), s("delivery", 16, null=True), s("inviter_id", null=True),
     f("invited_at", null=True), pk("workspace_id", "channel_id")),
    ("probation", s("workspace_id"), s("trap"), f("since", null=True), f("cleared_at", null=True),
     pk("workspace_id", "trap")),
    ("asks", row_id(), s("workspace_id"), s("key", 160), s("kind", 16), s("user_id"), t("text"),
     s("place", 16), t("address"), s("thread_ts"), s("state", 16), f("due_at"),
     i("attempts", default="0"), *lease(), f("created_at"), f("done_at", null=True),
     uq("workspace_id", "key"), ix("state", "due_at"),
     ix("workspace_id", "user_id", "created_at")),
    ("llm_calls", s("workspace_id"), s("day", 10), i("calls"), pk("workspace_id", "day")),
    ("weekly_runs", s("workspace_id"), s("kind", 16), s("subject_id", 64), s("week", 8),
     s("skipped", null=True), f("created_at"),
     pk("workspace_id", "kind", "subject_id", "week"), ix("created_at")),
    ("reflections", s("workspace_id"), s("user_id"), s("week", 8), t("encrypted_answers"),
     f("created_at"), pk("workspace_id", "user_id", "week")),
    ("follow_ups", s("workspace_id"), s("key", 160), s("user_id"), s("outcome", null=True),
     f("created_at"), pk("workspace_id", "key"), ix("workspace_id", "user_id", "created_at")),
    ("sales_teams", s("workspace_id"), s("id", 64), s("manager_id"), s("name", 80),
     s("slot", 16), s("channel_id", null=True), f("digest_due_at", null=True), *lease(),
     f("created_at"), pk("workspace_id", "id"), ix("digest_due_at"),
     ix("workspace_id", "manager_id")),
    ("sales_team_members", s("workspace_id"), s("sales_team_id", 64), s("user_id"),
     f("accepted_at", null=True), pk("workspace_id", "sales_team_id", "user_id"),
     ix("workspace_id", "user_id")),
    ("digests", s("workspace_id"), s("sales_team_id", 64), s("week", 8),
     t("figures", null=False), f("created_at"), pk("workspace_id", "sales_team_id", "week")),
    ("digest_members", s("workspace_id"), s("sales_team_id", 64), s("week", 8), s("user_id"),
     pk("workspace_id", "sales_team_id", "week", "user_id"),
     ix("workspace_id", "week", "user_id")),
):
    sa.Table(name, after, *parts, sqlite_autoincrement=name in ("inbox", "outbox", "asks"))
# fmt: on

TABLES = {
    "inbox": "inbox",
    "findings": "findings",
    "outbox": "outbox",
    "people": "preferences",
    "mutes": "mutes",
    "channels": "channels",
    "asks": "asks",
    "asked": "asked_questions",
    "probation": "probation",
    "labels": "labels",
    "judge_calls": "llm_calls",
    "weekly": "weekly_runs",
    "reflections": "reflections",
    "followups": "follow_ups",
    "groups": "sales_teams",
    "members": "sales_team_members",
    "digests": "digests",
    "counted": "digest_members",
}
COLUMNS = {
    "": {"team": "workspace_id", "channel": "channel_id", "author": "author_id", "user": "user_id"},
    "findings": {"playbook": "playbook_version"},
    "outbox": {"reader": "recipient_id", "about": "about_key", "body": "content"},
    "people": {
        "quiet": "quiet_hours",
        "reflect": "weekly_reflection",
        "reflect_at": "reflection_slot",
        "zone": "time_zone",
        "reflect_due": "reflection_due_at",
    },
    "channels": {"why": "pause_reason", "inviter": "inviter_id"},
    "asks": {"ts": "thread_ts", "not_before": "due_at"},
    "asked": {"at": "asked_at"},
    "labels": {"at": "created_at"},
    "weekly": {"subject": "subject_id", "reason": "skipped", "at": "created_at"},
    "reflections": {"sealed": "encrypted_answers", "at": "created_at"},
    "followups": {"at": "created_at"},
    "groups": {"manager": "manager_id", "digest_due": "digest_due_at"},
    "members": {"group_id": "sales_team_id", "agreed_at": "accepted_at"},
    "digests": {"group_id": "sales_team_id", "facts": "figures", "at": "created_at"},
    "counted": {"group_id": "sales_team_id"},
}
KINDS = {
    "nudge": "nudge",
    "private": "ephemeral_nudge",
    "retract": "delete",
    "whisper": "ephemeral",
    "say": "message",
}
KEY_PREFIXES = {"retract-": "delete-", "whisper-": "line-"}

Row = dict[str, Any]


def upgrade() -> None:
    columns = {old: COLUMNS[""] | COLUMNS.get(old, {}) for old in TABLES}
    _replace(before, after, TABLES, columns, _message)
    bind = op.get_bind()
    findings, nudge = after.tables["findings"], _aside(before.tables["outbox"])
    of_nudge = (
        sa.update(findings)
        .where(findings.c.workspace_id == sa.bindparam("of_workspace"))
        .where(findings.c.key == sa.bindparam("of_key"))
        .values(situations=sa.bindparam("found"), is_private=sa.bindparam("private"))
    )
    for rows in _chunks(nudge, nudge.c.kind.in_(("nudge", "private"))):
        bind.execute(
            of_nudge,
            [
                {
                    "of_workspace": row["team"],
                    "of_key": row["key"],
                    "found": json.loads(row["body"]).get("scenes", ""),
                    "private": row["kind"] == "private",
                }
                for row in rows
            ],
        )
    follow_ups = after.tables["follow_ups"]
    learned = sa.update(follow_ups).where(follow_ups.c.outcome == "learnt")
    bind.execute(learned.values(outcome="learned"))
    _drop(before)


def downgrade() -> None:
    tables = {new: old for old, new in TABLES.items()}
    columns = {
        new: {to: source for source, to in (COLUMNS[""] | COLUMNS.get(old, {})).items()}
        for old, new in TABLES.items()
    }
    _replace(after, before, tables, columns, _post)
    bind = op.get_bind()
    outbox, findings = before.tables["outbox"], _aside(after.tables["findings"])
    for rows in _chunks(findings, findings.c.key.is_not(None)):
        for row in rows:
            of_key = outbox.c.key == row["key"]
            body = bind.scalar(sa.select(outbox.c.body).where(of_key))
            if body is not None:
                scenes = json.loads(body) | {"scenes": row["situations"]}
                bind.execute(sa.update(outbox).where(of_key).values(body=json.dumps(scenes)))
    followups = before.tables["followups"]
    learnt = sa.update(followups).where(followups.c.outcome == "learned")
    bind.execute(learnt.values(outcome="learnt"))
    _drop(after)


def _message(row: Row) -> Row:
    """Return a row of the outbox as version 0.2 writes it."""
    body: dict[str, Any] = json.loads(row["content"])
    row |= {"about_key": row["about_key"] or "", "topic": "", "kind": KINDS[row["kind"]]}
    row["key"] = _with_prefix(row["key"], KEY_PREFIXES)
    body.pop("scenes", None)
    if row["kind"] == "ephemeral":
        row |= {"about_key": body["key"], "topic": body["about"]}
        body = {
            "line": body["line"],
            "topic": body["about"],
            "key": body["key"],
            "offer": body.get("offer", ""),
        }
    if row["kind"] == "message" and body:
        blocks = {"blocks": body.get("blocks"), "plain_blocks": body.get("plain")}
        body = {"text": body["text"]} | {k: json.loads(v) for k, v in blocks.items() if v}
    return row | {"content": json.dumps(body)}


def _post(row: Row) -> Row:
    """Return a row of the outbox as version 0.1 wrote it."""
    content: dict[str, Any] = json.loads(row["body"])
    kinds = {new: old for old, new in KINDS.items()}
    row |= {"kind": kinds[row["kind"]]}
    row["about"] = row["about"] if row["kind"] == "retract" else None
    row["key"] = _with_prefix(row["key"], {new: old for old, new in KEY_PREFIXES.items()})
    if row["kind"] in ("nudge", "private"):
        content["scenes"] = ""  # the finding knows them
    if row["kind"] == "whisper":
        offer = content.pop("offer", "")
        content = {"line": content["line"], "about": content["topic"], "key": content["key"]}
        content |= {"offer": offer} if offer else {}
    if row["kind"] == "say" and content:
        names = {"blocks": "blocks", "plain_blocks": "plain"}
        content = {"text": content["text"]} | {
            old: json.dumps(content[new]) for new, old in names.items() if new in content
        }
    return row | {"body": json.dumps(content)}


def _with_prefix(key: str, prefixes: Mapping[str, str]) -> str:
    for source, to in prefixes.items():
        if key.startswith(source):
            return to + key.removeprefix(source)
    return key


def _replace(
    source: sa.MetaData,
    target: sa.MetaData,
    tables: Mapping[str, str],
    columns: Mapping[str, Mapping[str, str]],
    convert: Callable[[Row], Row],
) -> None:
    """Put the source's tables aside, create the target's, and copy the rows."""
    bind = op.get_bind()
    for table in source.sorted_tables:
        _set_aside(bind, table.name)
    target.create_all(bind, checkfirst=False)
    for table in source.sorted_tables:
        if table.name not in tables:
            continue
        to = target.tables[tables[table.name]]
        names = {c.name: columns[table.name].get(c.name, c.name) for c in table.c}
        kept = {name: new for name, new in names.items() if new in to.c}
        aside = _aside(table)
        if table.name == "outbox":
            for rows in _chunks(aside):
                written = [convert({new: r[name] for name, new in kept.items()}) for r in rows]
                bind.execute(sa.insert(to), written)
        else:
            chosen = sa.select(*(aside.c[name] for name in kept))
            bind.execute(sa.insert(to).from_select(list(kept.values()), chosen))
        if "id" in to.c and isinstance(to.c.id.type, sa.Integer):
            _go_on_counting(bind, to.name, aside.name)


def _set_aside(bind: sa.Connection, name: str) -> None:
    """Rename a table, and free the names of its indexes."""
    quote = bind.dialect.identifier_preparer.quote
    if bind.dialect.name == "sqlite":
        for index in sa.inspect(bind).get_indexes(name):
            bind.execute(sa.text(f"DROP INDEX {quote(str(index['name']))}"))
    else:
        found = sa.text(
            "SELECT indexname FROM pg_indexes "
            "WHERE schemaname = current_schema() AND tablename = :name"
        )
        for index in bind.execute(found, {"name": name}).scalars().all():
            bind.execute(sa.text(f"ALTER INDEX {quote(index)} RENAME TO {quote(_ASIDE + index)}"))
        sequence = f"{name}_id_seq"
        bind.execute(sa.text(f"ALTER SEQUENCE IF EXISTS {sequence} RENAME TO {_ASIDE}{sequence}"))
    bind.execute(sa.text(f"ALTER TABLE {quote(name)} RENAME TO {quote(_ASIDE + name)}"))


def _go_on_counting(bind: sa.Connection, name: str, aside: str) -> None:
    """Let ids go on from where they were: an id is never used again."""
    if bind.dialect.name != "sqlite":
        old = sa.table(f"{aside}_id_seq", sa.column("last_value"), sa.column("is_called"))
        bind.execute(sa.select(sa.func.setval(f"{name}_id_seq", old.c.last_value, old.c.is_called)))
        return
    used = bind.scalar(
        sa.text("SELECT seq FROM sqlite_sequence WHERE name = :aside"), {"aside": aside}
    )
    if used is not None and name in ("inbox", "outbox", "asks"):
        bind.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
        bind.execute(
            sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :used)"),
            {"name": name, "used": used},
        )


def _aside(table: sa.Table) -> sa.TableClause:
    return sa.table(_ASIDE + table.name, *(sa.column(c.name, c.type) for c in table.c))


def _chunks(table: sa.TableClause, *which: Any) -> Any:
    """Yield rows by their ids, some at a time."""
    bind, last = op.get_bind(), 0
    while True:
        some = sa.select(table).where(table.c.id > last, *which).order_by(table.c.id).limit(_CHUNK)
        rows = bind.execute(some).mappings().all()
        if not rows:
            return
        last = rows[-1]["id"]
        yield rows


def _drop(source: sa.MetaData) -> None:
    for table in reversed(source.sorted_tables):  # children before what they refer to
        quote = op.get_bind().dialect.identifier_preparer.quote
        op.execute(sa.text(f"DROP TABLE {quote(_ASIDE + table.name)}"))
