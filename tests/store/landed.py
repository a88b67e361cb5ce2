"""Rows of version 0.1: of every table, of every kind and in every state."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, MetaData, insert, inspect, select

from tests.store.examples import NOW

Rows = dict[str, list[dict[str, Any]]]
NUDGE = {"mirror": "No answer so far.", "question": "What could help?", "credit": "Idea"}
SAID = {
    "text": "A look \u201cback\u201d",
    "blocks": json.dumps([{"type": "section", "text": {"text": "a"}}]),
    "plain": json.dumps([{"type": "divider"}]),
}
FACTS = {
    "themes": [{"trap": "blame", "band": 5, "trend": 1}],
    "shown": 10, "helpful": 0, "not_useful": 0, "paused": 0, "looked_back": "half",
}  # fmt: skip


def message(id: int, *, state: str = "decided", **values: Any) -> dict[str, Any]:
    row = {
        "id": id, "event_id": f"Ev{id}", "team": "T1", "channel": "C1", "ts": f"{id}.5",
        "thread_ts": None, "author": "U1", "text": None, "version": f"{id}.5", "state": state,
        "due_at": NOW, "attempts": 1, "accepted_at": NOW, "decided_at": NOW, "reason": "speak",
    }  # fmt: skip
    return row | values


def finding(inbox_id: int, **values: Any) -> dict[str, Any]:
    row = {
        "id": inbox_id, "inbox_id": inbox_id, "team": "T1", "channel": "C1",
        "thread_ts": f"{inbox_id}.5", "author": "U1", "trap": "fixing", "score": 0.9,
        "detector": "d", "playbook": "p1", "outcome": "speak", "question_id": "fixing-01",
        "key": f"nudge-C1-{inbox_id}.5", "feedback": None, "answered_at": None, "created_at": NOW,
    }  # fmt: skip
    return row | values


def post(id: int, key: str, kind: str, body: dict[str, Any], **values: Any) -> dict[str, Any]:
    row = {
        "id": id, "key": key, "kind": kind, "team": "T1", "channel": f"C{id}", "thread_ts": "1.5",
        "reader": "U1", "about": None, "body": json.dumps(body), "state": "queued",
        "not_before": NOW, "attempts": 0, "sending_since": None, "sent_ts": None, "reason": None,
        "created_at": NOW, "done_at": None,
    }  # fmt: skip
    return row | values


def landed_rows() -> Rows:
    """Rows of every table, of every kind and in every state, as version 0.1 wrote them."""
    me = {"team": "T1", "user": "U1"}
    silence = {"outcome": "daily_cap", "question_id": None, "key": None}
    sent = {"state": "sent", "sent_ts": "77.5", "done_at": NOW, "attempts": 1}
    sending = {"state": "sending", "sending_since": NOW, "not_before": NOW + 15, "attempts": 1}
    whisper = {"line": "Thanks", "about": "helpful", "key": "nudge-C1-2.5"}
    return {
        "inbox": [
            message(1, state="waiting", text="they owe us", decided_at=None, reason=None),
            *(message(n) for n in (2, 3, 4, 5)),
            message(6, reason="daily_cap"),
            message(7, author="", reason="deleted", thread_ts="1.5"),
            message(9),
        ],
        "findings": [
            *(finding(n) for n in (2, 3, 4)),
            finding(5, feedback="helpful", answered_at=NOW),
            finding(6, **silence),
            finding(9, outcome="observed", key=None, trap=None),
        ],
        "outbox": [
            post(2, "nudge-C1-2.5", "nudge", NUDGE | {"scenes": "demo,price"}, **sent),
            post(3, "nudge-C1-3.5", "private", NUDGE | {"scenes": ""}, **sending),
            post(4, "nudge-C1-4.5", "nudge", NUDGE | {"scenes": "silence"}),
            post(5, "nudge-C1-5.5", "nudge", NUDGE | {"scenes": ""}, state="dropped",
                 reason="is_archived", done_at=NOW),
            post(6, "retract-nudge-C1-2.5", "retract", {}, about="nudge-C1-2.5"),
            post(7, "retract-nudge-C1-4.5", "retract", {}, about="nudge-C1-4.5"),
            post(8, "whisper-helpful-U1-nudge-C1-2.5", "whisper", whisper | {"offer": "reflect"}),
            post(9, "whisper-why-0-U1-nudge-C1-2.5", "whisper", whisper | {"about": "why"},
                 **sent),
            post(10, "reflection-U1-2026-W48", "say", SAID, channel="U1", thread_ts=""),
            post(11, "followup-k", "say", {}, **sent | {"sent_ts": "88.5"}),
            post(12, "nudge-C1-3.5-thread", "nudge",
                 NUDGE | {"scenes": "", "finding": "nudge-C1-3.5"}),
            post(20, "hello-Ev1", "say", {"text": "Hello", "blocks": "[]"}),
        ],
        "people": [
            me | {"paused_until": NOW, "resumed_at": NOW - 1, "delivery": "private",
                  "daily_limit": 0, "quiet": "off", "reflect": True, "reflect_at": "thu 16:00",
                  "greeted": True, "zone": "Europe/Berlin", "utc_offset": None,
                  "reflect_due": NOW},
            {"team": "T1", "user": "U2", "greeted": False},
        ],
        "mutes": [me | {"trap": "blame", "until": NOW}],
        "channels": [
            {"team": "T1", "channel": "C1", "paused_until": NOW, "why": "is_archived",
             "delivery": "observe", "inviter": "U1", "invited_at": NOW},
        ],
        "asks": [
            me | {"id": 1, "key": "a1", "kind": "advice", "text": "words", "place": "direct",
                  "address": "D1", "ts": "1.5", "state": "waiting", "not_before": NOW,
                  "attempts": 0, "created_at": NOW, "done_at": None},
            me | {"id": 5, "key": "a2", "kind": "why", "text": None, "place": "response",
                  "address": None, "ts": "", "state": "done", "not_before": NOW, "attempts": 1,
                  "created_at": NOW, "done_at": NOW},
        ],
        "asked": [me | {"question_id": "fixing-01", "at": NOW}],
        "probation": [{"team": "T1", "trap": "blame", "since": NOW, "cleared_at": None}],
        "labels": [
            me | {"key": "nudge-C1-2.5", "trap": "fixing", "reason": "fact", "words": "mine",
                  "at": NOW},
        ],
        "judge_calls": [{"team": "T1", "day": "2025-10-09", "calls": 3}],
        "weekly": [
            {"team": "T1", "kind": "reflection", "subject": "U1", "week": "2026-W48",
             "reason": "paused", "at": NOW},
            {"team": "T1", "kind": "digest", "subject": "G1", "week": "2026-W48",
             "reason": None, "at": NOW},
        ],
        "reflections": [me | {"week": "2026-W48", "sealed": "gAAAA", "at": NOW}],
        "followups": [
            me | {"key": "k", "outcome": "learnt", "at": NOW},
            me | {"key": "k2", "outcome": "asked", "at": NOW},
            me | {"key": "k3", "outcome": None, "at": NOW},
        ],
        "groups": [
            {"id": "G1", "team": "T1", "manager": "boss", "name": "Harbor", "slot": "mon 09:00",
             "channel": "C9", "digest_due": NOW, "created_at": NOW},
        ],
        "members": [
            {"group_id": "G1", "team": "T1", "user": "U1", "agreed_at": NOW},
            {"group_id": "G1", "team": "T1", "user": "U2", "agreed_at": None},
        ],
        "digests": [
            {"group_id": "G1", "team": "T1", "week": "2026-W48", "facts": json.dumps(FACTS),
             "at": NOW},
        ],
        "counted": [{"group_id": "G1", "team": "T1", "week": "2026-W48", "user": "U1"}],
    }  # fmt: skip


def fill(connection: Connection) -> None:
    tables = MetaData()
    tables.reflect(connection)
    for name, rows in landed_rows().items():
        for row in rows:
            connection.execute(insert(tables.tables[name]).values(row))
    inbox = tables.tables["inbox"]
    if connection.dialect.name == "postgresql":  # rows with ids of their own don't count there
        for name in ("inbox", "findings", "outbox", "asks"):
            connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', 30)")
    else:
        connection.execute(insert(inbox).values(message(30)))
        connection.execute(inbox.delete().where(inbox.c.id == 30))


def everything(connection: Connection) -> Rows:
    """All rows of all tables, but for those that version 0.1 doesn't know."""
    tables = MetaData()
    tables.reflect(connection)  # all at once: one by one takes a server ten times as long
    found: Rows = {}
    for name, table in sorted(tables.tables.items()):
        if name != "alembic_version":
            rows = connection.execute(select(table).order_by(*table.c)).mappings()
            found[name] = [dict(row) for row in rows]
    found.pop("instance_lock", None)
    return found


def as_stored(connection: Connection) -> Rows:
    """The same as the database stores it, without asking it for the shape of each table, which is
    most of the time. Names of columns and text of JSON have to be the same, too."""
    names = set(inspect(connection).get_table_names()) - {"alembic_version", "instance_lock"}
    return {name: _rows_of(connection, name) for name in sorted(names)}


def _rows_of(connection: Connection, table: str) -> list[dict[str, Any]]:
    rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').mappings()
    return sorted((dict(row) for row in rows), key=repr)
