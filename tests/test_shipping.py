"""Tests of the files beside the code: compose file, Slack manifest, .env.example."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import settings
from bot.core.policy import Limits
from bot.flows.house_rules import HouseRules
from bot.flows.ports.telemetry import NoTelemetry
from bot.slack import dispatch
from bot.slack.background import BackgroundTasks
from bot.slack.identity import OPTIONAL_SCOPES, SCOPES
from bot.slack.listeners import command, on_demand
from bot.slack.listeners.channel_changes import RemembersReaders
from bot.slack.listeners.registration import register_listeners
from bot.slack.presenter import SlackPresenter
from bot.slack.workspaces import InstalledWorkspaces
from tests.slack.bolt import mock_flows

ROOT = Path(__file__).resolve().parent.parent
MANIFEST: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text("utf-8"))
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")

SCOPES_OF: dict[str, set[str]] = {
    "auth_test": set(),
    "apps_connections_open": set(),  # uses the app-level token with connections:write
    "bots_info": {"users:read"},
    "users_info": {"users:read"},
    "users_conversations": {"channels:read", "groups:read"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_members": {"channels:read", "groups:read"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "conversations_open": {"im:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_delete": {"chat:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_completeUploadExternal": {"files:write"},
    "views_open": set(),
    "views_update": set(),
    "views_publish": set(),
}
"""Methods that bot.slack may call, with their scopes (docs.slack.dev/reference/methods)."""

EVENT_SCOPES = {
    "app_home_opened": "",
    "app_uninstalled": "",
    "tokens_revoked": "",
    "channel_id_changed": "channels:read",
    "channel_shared": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_unshared": "channels:read",
    "group_unarchive": "groups:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "team_join": "users:read",
    "user_change": "users:read",
}
"""Events that the listeners handle, with their scopes."""

SECRET = re.compile(
    r"xox[abeoprs]-\d{8,}-[\w-]{20,}|xapp-\d-[A-Z0-9]{8,}-\d{8,}-\w{20,}"
    r"|sk-[A-Za-z0-9_-]{32,}|-{5}BEGIN [A-Z ]*PRIVATE KEY"
)
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:root|work|home|Users)/[\w.]|\b[A-Z]:\\Users\b")


def shipped_files() -> list[Path]:
    """Return every file that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_manifest_within_slacks_limits() -> None:
    """Keep Slack's limits, and offer only commands and shortcuts that have a listener."""
    about, features = MANIFEST["display_information"], MANIFEST["features"]

    assert 1 <= len(about["name"]) <= 35
    assert 1 <= len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", about["background_color"])
    assert 1 <= len(features["bot_user"]["display_name"]) <= 80
    assert [c["command"] for c in features["slash_commands"]] == [command.COMMAND]
    assert [s["callback_id"] for s in features["shortcuts"]] == [on_demand.SHORTCUT]
    assert all(len(s["name"]) <= 24 and s["type"] == "message" for s in features["shortcuts"])
    assert features["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    assert set(features) == {"app_home", "bot_user", "shortcuts", "slash_commands"}
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}


def test_manifest_asks_for_the_scopes_in_use() -> None:
    """Request exactly the scopes that the methods in use need; private channels are optional.

    Slack takes an optional scope only if it is among the others as well.
    """
    sources = "".join(f.read_text("utf-8") for f in sorted((ROOT / "bot/slack").rglob("*.py")))
    calls = {c for c in re.findall(r"\bclient\.(\w+)\(", sources) if c in vars(AsyncWebClient)}
    needed = set[str]().union({"commands"}, *(SCOPES_OF[c] for c in calls))
    scopes = MANIFEST["oauth_config"]["scopes"]
    private = {s for s in needed if s.startswith("groups:")}

    assert calls == set(SCOPES_OF)
    assert sorted(scopes["bot_optional"]) == sorted(private)
    assert sorted(scopes["bot"]) == sorted(needed)
    assert set(scopes) == {"bot", "bot_optional"}
    assert frozenset(scopes["bot"]) == SCOPES
    assert frozenset(scopes["bot_optional"]) == OPTIONAL_SCOPES


def test_manifest_subscribes_to_what_is_handled() -> None:
    """Subscribe to exactly the events that have a listener, with their scopes."""
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    scopes = MANIFEST["oauth_config"]["scopes"]

    assert _events_with_a_listener() == {e.partition(".")[0] for e in EVENT_SCOPES}
    assert sorted(events) == sorted(EVENT_SCOPES)
    assert {EVENT_SCOPES[e] for e in events} <= {"", *scopes["bot"], *scopes["bot_optional"]}


def test_permissions_are_explained() -> None:
    """Say in docs/permissions.md why each scope and each event is there, and no other."""
    page = (ROOT / "docs/permissions.md").read_text("utf-8")
    explained = set(re.findall(r"(?m)^\| `([a-z_.:]+)` \| \S", page))
    scopes = MANIFEST["oauth_config"]["scopes"]
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

    assert explained == {*scopes["bot"], *events}


def _events_with_a_listener() -> set[str]:
    """Return the events that a listener is registered for, by registering all of them."""
    app = create_autospec(AsyncApp, instance=True)
    register_listeners(
        app,
        workspaces=create_autospec(InstalledWorkspaces, instance=True),
        flows=mock_flows(),
        presenter=create_autospec(SlackPresenter, instance=True),
        readers=create_autospec(RemembersReaders, instance=True),
        background=BackgroundTasks(),
        strings_of=create_autospec(HouseRules, instance=True).read_strings,
        limits=Limits(),
        clock=time.time,
        telemetry=NoTelemetry(),
    )
    by_bolt = {c.args[0] for c in app.event.call_args_list if isinstance(c.args[0], str)}
    return by_bolt | {dispatch.MESSAGE}


def test_env_example_names_every_setting() -> None:
    """List each setting once in .env.example, in order, with its description and default."""
    tokens = {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}
    found = re.findall(r"(?m)^# (.+)\n(# )?([A-Z_]+)=(.*)$", EXAMPLE)

    assert [(n, d, s) for s, _, n, d in found] == settings.describe()
    assert {name for _, shown, name, _ in found if not shown} == tokens
    assert len(re.findall(r"(?m)^(?:# )?[A-Z_]+=", EXAMPLE)) == len(found)


def test_env_example_changes_nothing(tmp_path: Path) -> None:
    """Uncommenting every default in .env.example changes nothing."""
    switched_on = re.sub(r"(?m)^# ([A-Z_]+=)", r"\1", EXAMPLE)
    (tmp_path / "env").write_text(switched_on, "utf-8")

    assert settings.load(env_file=tmp_path / "env") == settings.load(env_file=None)


@pytest.mark.parametrize("wanted", [SECRET, MACHINE_PATH], ids=["secrets", "machine paths"])
def test_nothing_private_ships(wanted: re.Pattern[str]) -> None:
    """Ship no secret and no path of a developer's machine."""
    texts = {str(p): p.read_text("utf-8", errors="replace") for p in shipped_files()}

    assert len(texts) > 50
    assert [name for name, text in texts.items() if wanted.search(text)] == []


@pytest.mark.parametrize(
    ("wanted", "start", "end"),
    [
        (SECRET, "xoxb-", "123456789012-1234567890123-" + "a1B2" * 6),
        (SECRET, "xapp-", "1-A0123456789-1234567890123-" + "0af1" * 16),
        (SECRET, "sk-", "proj-" + "a1B2" * 10),
        (SECRET, "-----", "BEGIN RSA PRIVATE KEY-----"),
        (MACHINE_PATH, "'/", "root/.cache'"),
        (MACHINE_PATH, "C:", "\\Users\\ana"),
    ],
)
def test_private_things_would_be_found(wanted: re.Pattern[str], start: str, end: str) -> None:
    """Find realistic tokens, keys and paths."""
    assert wanted.search(start + end)
