"""Invented payloads of the kinds that Slack sends, odd ones included.

Shapes follow docs.slack.dev/reference/events and docs.slack.dev/reference/interaction-payloads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Json = dict[str, Any]
Kind = Literal["event", "bare", "interaction", "command"]

WORKSPACE, ORGANIZATION, APP = "T0SHAPES", "E0SHAPES", "A0SHAPES"
WORDS = "canary: the harbour crane stands idle again"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One payload.

    Attributes:
        name: for the report. kind: how Slack sends it; a bare event comes without its envelope.
    """

    name: str
    kind: Kind
    payload: Json


_EVENTS: dict[str, Json] = {
    "app_home_opened": {"user": "U1", "channel": "D1", "tab": "home"},
    "app_mention": {"user": "U1", "channel": "C1", "text": WORDS, "ts": "1760000000.000100"},
    "app_uninstalled": {},
    "assistant_thread_started": {"assistant_thread": {"user_id": "U1", "context": {}}},
    "channel_archive": {"channel": "C1", "user": "U1"},
    "channel_created": {"channel": {"id": "C1", "name": "deal", "creator": "U1"}},
    "channel_left": {"channel": "C1", "actor_id": "U1"},
    "channel_rename": {"channel": {"id": "C1", "name": "deal-2"}},
    "channel_shared": {"channel": "C1", "connected_team_id": "T2"},
    "emoji_changed": {"subtype": "add", "name": "crane", "value": "https://x.example/e.png"},
    "file_shared": {"file_id": "F1", "user_id": "U1", "file": {"id": "F1"}},
    "function_executed": {"function": {"id": "Fn1"}, "inputs": {}, "function_execution_id": "Fx1"},
    "grid_migration_finished": {"enterprise_id": ORGANIZATION},
    "link_shared": {"channel": "C1", "user": "U1", "links": []},
    "member_joined_channel": {"user": "U1", "channel": "C1", "team": WORKSPACE},
    "member_left_channel": {"user": "U1", "channel": "C1", "team": WORKSPACE},
    "pin_added": {"user": "U1", "channel_id": "C1", "item": {"type": "message"}},
    "reaction_added": {"user": "U1", "reaction": "crane", "item": {"type": "message", "ts": "1.2"}},
    "scope_denied": {"scopes": ["chat:write"]},
    "star_added": {"user": "U1", "item": {"type": "message"}},
    "subteam_created": {"subteam": {"id": "S1"}},
    "team_join": {"user": {"id": "U1", "team_id": WORKSPACE}},
    "tokens_revoked": {"tokens": {"oauth": ["U1"]}},
    "user_change": {"user": {"id": "U1", "profile": {"status_text": WORDS}}},
    "workflow_published": {"workflow_id": "Wf1"},
    "planet_aligned": {},
}
_MESSAGES: dict[str, Json] = {
    "plain": {},
    "thread": {"thread_ts": "1760000000.000001"},
    "no user": {"user": None},
    "no text": {"text": None},
    "no ts": {"ts": None},
    "user is an object": {"user": {"id": "U1"}},
    "ts is a number": {"ts": 1760000000.5},
    "ts is huge": {"ts": "9" * 30 + ".1"},
    "text is a list": {"text": [WORDS]},
    "channel is an object": {"channel": {"id": "C1"}},
    "by a bot": {"bot_id": "B1", "subtype": "bot_message"},
    "joined": {"subtype": "channel_join"},
    "changed": {
        "subtype": "message_changed",
        "message": {"user": "U1", "text": WORDS, "ts": "1760000000.000100"},
        "previous_message": {"user": "U1", "text": "old", "ts": "1760000000.000100"},
    },
    "changed, nothing inside": {"subtype": "message_changed"},
    "changed, null inside": {"subtype": "message_changed", "message": None},
    "deleted": {"subtype": "message_deleted", "deleted_ts": "1760000000.000100"},
    "deleted, odd": {"subtype": "message_deleted", "deleted_ts": 5, "previous_message": []},
    "tombstone": {"subtype": "message_changed", "message": {"subtype": "tombstone", "ts": "1.2"}},
    "file": {"subtype": "file_share", "files": [{"id": "F1"}]},
    "direct": {"channel": "D1", "channel_type": "im"},
    "group": {"channel": "G1", "channel_type": "mpim"},
    "other workspace's author": {"user_team": "T2"},
    "with NUL and half an emoji": {"text": WORDS + " \x00 \ud83d", "user": "U\x00\ud83d"},
    "long ids": {"user": "U" * 400, "channel": "C" * 400},
}
_ODD_EVENTS: dict[str, Any] = {
    "a text": "event",
    "null": None,
    "a list": [],
    "a number": 5,
    "an empty object": {},
    "a type that is no text": {"type": 5},
    "a type that is null": {"type": None},
    "no type": {"user": "U1", "channel": "C1"},
    "user is a list": {"type": "message", "user": ["U1"]},
    "item is a text": {"type": "reaction_added", "item": "message"},
    "channel is a list": {"type": "message", "channel": ["C1"]},
    "message is a text": {"type": "message", "subtype": "message_changed", "message": WORDS},
}
_INTERACTIONS: dict[str, Json] = {
    "block_actions": {"actions": [{"action_id": "x", "type": "button", "value": "v"}]},
    "block_suggestion": {"action_id": "x", "block_id": "b", "value": "v"},
    "message_action": {"callback_id": "x", "message": {"user": "U1", "text": WORDS, "ts": "1.2"}},
    "shortcut": {"callback_id": "x"},
    "view_submission": {
        "view": {
            "id": "V1",
            "type": "modal",
            "callback_id": "x",
            "private_metadata": "",
            "state": {"values": {}},
        }
    },
    "view_closed": {"view": {"id": "V1", "callback_id": "x"}, "is_cleared": False},
    "interactive_message": {"actions": [{"name": "n", "value": "v"}], "callback_id": "x"},
    "dialog_submission": {"submission": {"a": WORDS}, "callback_id": "x"},
    "dialog_cancellation": {"callback_id": "x"},
    "dialog_suggestion": {"name": "n", "value": "v", "callback_id": "x"},
    "workflow_step_edit": {"callback_id": "x", "workflow_step": {}},
    "planet_aligned": {},
}
_ODD_INTERACTIONS: dict[str, Json] = {
    "team is null": {"team": None, "enterprise": {"id": ORGANIZATION}},
    "team is a text": {"team": WORKSPACE},
    "no user": {"user": None},
    "user is a text": {"user": "U1"},
    "no actions": {"actions": []},
    "actions is null": {"actions": None},
    "actions is an object": {"actions": {"action_id": "x"}},
    "an action that is a text": {"actions": ["x"]},
    "an action without id": {"actions": [{"type": "button"}]},
    "view is null": {"view": None},
    "view is a text": {"view": "V1"},
    "no trigger": {"trigger_id": None},
    "no channel": {"channel": None},
    "channel is a text": {"channel": "C1"},
    "no container": {"container": None},
    "no response address": {"response_url": None},
    "type is null": {"type": None},
    "type is a list": {"type": ["block_actions"]},
}
_COMMANDS: dict[str, Json] = {
    "help": {"text": "help"},
    "nothing": {"text": ""},
    "a sentence": {"text": WORDS},
    "no user": {"user_id": ""},
    "org-wide": {"enterprise_id": ORGANIZATION, "is_enterprise_install": "true"},
    "another command": {"command": "/crane"},
    "with NUL": {"text": WORDS + "\x00"},
    "long": {"text": "crane " * 3_000},
}


def envelope(event: Any, *, org_wide: bool = False) -> Json:
    """Return the envelope of an event."""
    authorization = {"team_id": WORKSPACE, "enterprise_id": None, "is_bot": True}
    if org_wide:
        authorization = {"team_id": None, "enterprise_id": ORGANIZATION, "is_bot": True}
    return {
        "type": "event_callback",
        "team_id": WORKSPACE,
        "api_app_id": APP,
        "event": event,
        "event_id": "Ev0SHAPES",
        "event_time": 1_760_000_000,
        "authorizations": [authorization],
    }


def interaction(kind: str, **changes: Any) -> Json:
    """Return an interaction as Slack sends it."""
    return {
        "type": kind,
        "team": {"id": WORKSPACE, "domain": "shapes"},
        "user": {"id": "U1", "username": "ana", "team_id": WORKSPACE},
        "api_app_id": APP,
        "trigger_id": "1.2.3",
        "channel": {"id": "C1", "name": "deal"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1"},
        "response_url": "http://127.0.0.1:1/nobody",
        **_INTERACTIONS.get(kind, {}),
        **changes,
    }


def invented() -> Iterator[Recorded]:
    """Yield every shape."""
    for name, fields in _EVENTS.items():
        event = {"type": name, "event_ts": "1760000000.000100", **fields}
        yield Recorded(name, "event", envelope(event))
        yield Recorded(f"{name}, bare", "bare", event)
    for name, fields in _MESSAGES.items():
        message = {
            "type": "message",
            "channel": "C1",
            "channel_type": "channel",
            "user": "U1",
            "text": WORDS,
            "ts": "1760000000.000100",
            **fields,
        }
        yield Recorded(f"message: {name}", "event", envelope(message))
        yield Recorded(f"message: {name}, org-wide", "event", envelope(message, org_wide=True))
    for name, odd in _ODD_EVENTS.items():
        yield Recorded(f"event is {name}", "event", envelope(odd))
    for name in _INTERACTIONS:
        yield Recorded(name, "interaction", interaction(name))
        for odd_name, changes in _ODD_INTERACTIONS.items() if name == "block_actions" else ():
            yield Recorded(f"{name}, {odd_name}", "interaction", interaction(name, **changes))
    for name, fields in _COMMANDS.items():
        command = {
            "command": "/reframe",
            "text": "",
            "user_id": "U1",
            "team_id": WORKSPACE,
            "api_app_id": APP,
            "channel_id": "C1",
            "trigger_id": "1.2.3",
            "response_url": "http://127.0.0.1:1/nobody",
            **fields,
        }
        yield Recorded(f"command: {name}", "command", command)
    for name, payload in {
        "an empty object": {},
        "authorizations is null": envelope({"type": "message"}) | {"authorizations": None},
        "authorizations is a list of texts": envelope({"type": "x"}) | {"authorizations": ["T1"]},
        "challenge": {"type": "url_verification", "challenge": "c"},
        "challenge without one": {"type": "url_verification"},
        "rate limited": {"type": "app_rate_limited", "team_id": WORKSPACE},
        "ssl check": {"ssl_check": "1"},
        "nested deeply": {"type": "event_callback", "event": {"type": "x", "deep": _deep(300)}},
    }.items():
        yield Recorded(name, "bare", payload)


def _deep(levels: int) -> Any:
    value: Any = WORDS
    for _ in range(levels):
        value = [value]
    return value
