"""What ships beside the code: the compose file, Slack's manifest, the settings example."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from bot import serve, settings
from bot.slack import requests
from tests.house import House

ROOT = Path(__file__).resolve().parent.parent
MANIFEST: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text("utf-8"))
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")

SCOPES_OF: dict[str, set[str]] = {
    "auth_test": set(),
    "apps_connections_open": set(),  # with the app-level token, whose connections:write it needs
    "bots_info": {"users:read"},
    "users_info": {"users:read"},
    "conversations_info": {"channels:read", "groups:read"},
    "conversations_history": {"channels:history", "groups:history", "im:history"},
    "conversations_replies": {"channels:history", "groups:history", "im:history"},
    "conversations_open": {"im:write"},
    "chat_postMessage": {"chat:write"},
    "chat_postEphemeral": {"chat:write"},
    "chat_delete": {"chat:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_completeUploadExternal": {"files:write"},
    "views_open": set(),
    "views_update": set(),
    "views_publish": set(),
}
"""The methods that the gateway may call, and their scopes (docs.slack.dev/reference/methods)."""

EVENT_SCOPES = {
    "app_home_opened": "",
    "app_uninstalled": "",
    "tokens_revoked": "",
    "member_joined_channel": "channels:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
}
"""The events that ``bot.slack.listeners`` does something with, and their scopes."""

Lines = list[tuple[int, str]]

SECRET = re.compile(
    r"xox[abeoprs]-\d{8,}-[\w-]{20,}|xapp-\d-[A-Z0-9]{8,}-\d{8,}-\w{20,}"
    r"|sk-[A-Za-z0-9_-]{32,}|-{5}BEGIN [A-Z ]*PRIVATE KEY"
)
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(?:root|work|home|Users)/[\w.]|\b[A-Z]:\\Users\b")


def read_yaml(text: str) -> Any:
    """Reads block mappings and lists, ``|`` texts, plain and "quoted" values; refuses the rest."""
    lines = list(enumerate(text.split("\n"), 1))
    value = _block(lines, 0)
    if lines:
        raise ValueError(f"line {lines[0][0]}: outside of everything")
    return value


def _upcoming(lines: Lines) -> bool:
    """Whether something comes after blank lines and comments, which are dropped."""
    while lines and (not lines[0][1].strip() or lines[0][1].lstrip().startswith("#")):
        del lines[0]
    return bool(lines)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _block(lines: Lines, at_least: int) -> Any:
    if not _upcoming(lines) or (depth := _depth(lines[0][1])) < at_least:
        return None
    items: list[Any] = []
    mapping: dict[str, Any] = {}
    while _upcoming(lines) and _depth(lines[0][1]) == depth:
        number, line = lines.pop(0)
        found = re.fullmatch(r"([\w-]+):(?: (.+))?", line[depth:])
        if line[depth:].startswith("- ") and not mapping:
            item = line[depth + 2 :]
            if re.match(r"\w+: ", item):
                lines.insert(0, (number, " " * (depth + 2) + item))
                items.append(_block(lines, depth + 2))
            else:
                items.append(_scalar(item, number))
        elif not found or found[1] in mapping or items:
            raise ValueError(f"line {number}: not understood, or said twice")
        elif found[2] == "|":
            inside = list(takewhile(lambda x: not x[1].strip() or _depth(x[1]) > depth, lines))
            mapping[found[1]] = textwrap.dedent("\n".join(line for _, line in inside))
            del lines[: len(inside)]
        else:
            value = _scalar(found[2], number) if found[2] else _block(lines, depth + 1)
            mapping[found[1]] = value
    if lines and _depth(lines[0][1]) > depth:
        raise ValueError(f"line {lines[0][0]}: shifted")
    return items or mapping


def _scalar(text: str, number: int) -> Any:
    if text.startswith('"'):
        return json.loads(text)
    if text[0] in "[{&*!%@`'>|#?, " or re.search(r" #|: |\t|:$", text):
        raise ValueError(f"line {number}: write this value in double quotes")
    return {"true": True, "false": False}.get(text, int(text) if text.isdigit() else text)


SERVICES: dict[str, Any] = read_yaml(COMPOSE)["services"]
REFRAME: dict[str, Any] = SERVICES["reframe"]


def started(*profiles: str) -> set[str]:
    """The services of these profiles: as compose tells where it's installed, else as we read it."""
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("POSTGRES_", "COMPOSE_"))}

    def compose(*arguments: str) -> tuple[int, str]:
        command = ["docker", "compose", "--env-file", os.devnull, *arguments]
        ended = subprocess.run(command, cwd=ROOT, env=outer, capture_output=True, text=True)
        return ended.returncode, ended.stdout or ended.stderr

    if shutil.which("docker") and compose("version")[0] == 0:
        code, told = compose(*(f"--profile={p}" for p in profiles), "config", "--services")
        assert code == 0, told
        return set(told.split())
    return {n for n, s in SERVICES.items() if "profiles" not in s or {*s["profiles"]} & {*profiles}}


def shipped_files() -> list[Path]:
    """Every file that git has, or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_the_bot_alone_starts_without_a_profile() -> None:
    """Without a profile, and with no password set, compose starts the bot on SQLite and no more."""
    assert started() == {"reframe"}
    assert REFRAME["environment"]["DATABASE_URL"].startswith("sqlite:////data/")
    assert "reframe-data:/data" in REFRAME["volumes"]


def test_the_profile_brings_postgresql() -> None:
    """The profile postgres has a bot whose database is the PostgreSQL server beside it."""
    other, server = SERVICES["reframe-postgres"], SERVICES["postgres"]

    assert started("postgres") == {"reframe", "reframe-postgres", "postgres"}
    assert other["extends"] == {"service": "reframe"}
    assert other["environment"]["DATABASE_URL"] == "postgresql://reframe@postgres/reframe"
    assert other["environment"]["PGPASSWORD"] == server["environment"]["POSTGRES_PASSWORD"]
    assert other["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert server["healthcheck"]["test"][1] == "pg_isready"
    assert re.fullmatch(r"postgres:\d+", server["image"])


def test_a_missing_password_is_the_servers_error() -> None:
    """No name must be set for compose to read the file, and no password has a default."""
    names = re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", re.sub(r"(?m)^ *#.*", "", COMPOSE))

    assert dict(names) == {"PORT": ":-3000", "POSTGRES_PASSWORD": ":-"}
    assert "POSTGRES_HOST_AUTH_METHOD" not in SERVICES["postgres"]["environment"]


def test_the_container_may_do_little() -> None:
    """The bot is no root, on a read-only disk, without rights, and it has time to stop."""
    users = re.findall(r"(?m)^USER (\d+):(\d+)$", REFRAME["build"]["dockerfile_inline"])

    assert [(int(u) > 0, int(g) > 0) for u, g in users] == [(True, True)]
    assert REFRAME["read_only"] is True
    assert REFRAME["tmpfs"] == ["/tmp"]  # noqa: S108 - the container's own
    assert REFRAME["cap_drop"] == ["ALL"]
    assert REFRAME["security_opt"] == ["no-new-privileges:true"]
    assert [p.startswith("127.0.0.1:") for p in REFRAME["ports"]] == [True]
    assert REFRAME["env_file"] == [{"path": ".env", "required": False}]
    assert REFRAME["restart"] == "unless-stopped"
    assert int(REFRAME["stop_grace_period"].removesuffix("s")) > serve._LAST_WORDS_SECONDS + 5


def test_the_image_is_built_from_what_is_here() -> None:
    """Each folder and file that the image copies is here, and no package comes without its hash."""
    steps = REFRAME["build"]["dockerfile_inline"]
    sources = " ".join(re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", steps)).split()
    fetched = re.findall(r"(?m)^RUN .*pip (?:download|install|wheel) .*", steps)

    assert {"requirements.txt", "pyproject.toml", "bot", "prompts", "alembic"} <= {*sources}
    assert [s for s in sources if not (ROOT / s).exists()] == []
    assert len(fetched) == 2
    assert all("--require-hashes" in f or "--no-index" in f for f in fetched)


async def test_the_healthcheck_tells_the_truth(house: House) -> None:
    """The healthcheck passes for a bot that runs, also behind a proxy, and fails for one gone."""
    arguments = REFRAME["healthcheck"]["test"][2:]
    here = [a.replace(":3000/", f":{house.port}/") for a in arguments]
    proxied = os.environ | {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}

    async def check() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *here, env=proxied, stderr=asyncio.subprocess.DEVNULL
        )
        return await process.wait()

    running = await check()
    await house.stop()
    gone = await check()

    assert (running, gone) == (0, 1)
    assert here != arguments


@pytest.mark.parametrize(
    "text",
    ["a: 1\na: 2", "a:\n\tb: 1", "a:\n  b: 1\n c: 2", "a: 1\n  b: 2", "a: [1]", "a: b: c", 'a: "b'],
)
def test_the_reader_takes_no_nonsense(text: str) -> None:
    """What the reader of the compose file does not understand, it refuses."""
    with pytest.raises(ValueError, match=r"line|Unterminated"):
        read_yaml(text)


def test_manifest_within_slacks_limits() -> None:
    """The manifest keeps Slack's limits, and offers no door that nobody answers."""
    about, features = MANIFEST["display_information"], MANIFEST["features"]

    assert 1 <= len(about["name"]) <= 35
    assert 1 <= len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    assert re.fullmatch(r"#[0-9a-f]{6}", about["background_color"])
    assert 1 <= len(features["bot_user"]["display_name"]) <= 80
    assert [c["command"] for c in features["slash_commands"]] == [requests.COMMAND]
    assert [s["callback_id"] for s in features["shortcuts"]] == [requests.SHORTCUT]
    assert all(len(s["name"]) <= 24 and s["type"] == "message" for s in features["shortcuts"])
    assert features["app_home"] == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }
    assert set(features) == {"app_home", "bot_user", "shortcuts", "slash_commands"}
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}


def test_manifest_asks_for_the_scopes_in_use() -> None:
    """Each scope has a method that needs it, each method its scopes; private ones are optional."""
    calls = re.findall(r"_client\.(\w+)", (ROOT / "bot/slack/gateway.py").read_text("utf-8"))
    calls = [c for c in calls if c not in ("session", "timeout", "logger")]
    needed = set[str]().union({"commands"}, *(SCOPES_OF[c] for c in calls))
    scopes = MANIFEST["oauth_config"]["scopes"]
    private = {s for s in needed if s.startswith("groups:")}

    assert set(calls) == set(SCOPES_OF)
    assert sorted(scopes["bot_optional"]) == sorted(private)
    assert sorted(scopes["bot"]) == sorted(needed - private)
    assert set(scopes) == {"bot", "bot_optional"}


def test_manifest_subscribes_to_what_is_handled() -> None:
    """Each event has a listener and a scope, and there is no other one."""
    files = ("listeners.py", "requests.py", "channel_requests.py")
    listeners = "".join((ROOT / "bot/slack" / f).read_text("utf-8") for f in files)
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    scopes = MANIFEST["oauth_config"]["scopes"]

    assert set(re.findall(r'app\.event\("(\w+)"\)', listeners)) == {
        e.partition(".")[0] for e in EVENT_SCOPES
    }
    assert sorted(events) == sorted(EVENT_SCOPES)
    assert {EVENT_SCOPES[e] for e in events} <= {"", *scopes["bot"], *scopes["bot_optional"]}


def test_env_example_names_every_setting() -> None:
    """.env.example holds each setting once, in order, with its sentence and its default."""
    tokens = {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}
    found = re.findall(r"(?m)^# (.+)\n(# )?([A-Z_]+)=(.*)$", EXAMPLE)

    assert [(n, d, s) for s, _, n, d in found] == settings.describe()
    assert {name for _, shown, name, _ in found if not shown} == tokens
    assert len(re.findall(r"(?m)^(?:# )?[A-Z_]+=", EXAMPLE)) == len(found)


def test_env_example_changes_nothing(tmp_path: Path) -> None:
    """With every default of .env.example switched on, the settings are as without a file."""
    switched_on = re.sub(r"(?m)^# ([A-Z_]+=)", r"\1", EXAMPLE)
    (tmp_path / "env").write_text(switched_on, "utf-8")

    assert settings.load(env_file=tmp_path / "env") == settings.load(env_file=None)


@pytest.mark.parametrize("wanted", [SECRET, MACHINE_PATH], ids=["secrets", "machine paths"])
def test_nothing_private_ships(wanted: re.Pattern[str]) -> None:
    """No file in git holds a secret or a path of somebody's machine."""
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
    """A real-looking token, key or path is found."""
    assert wanted.search(start + end)
