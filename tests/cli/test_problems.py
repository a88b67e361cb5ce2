"""Tests of known problems: exit code 2 and one sentence naming the cause, without secrets."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot import playbook, settings
from bot.cli import problems
from bot.flows.errors import SettingsError
from bot.health import Transport
from bot.sandbox.faults import Fault
from bot.sandbox.process import free_port
from bot.sandbox.slack import FakeSlack
from bot.store.database import Database
from bot.store.encryption import generate_secret
from bot.workspace_wiring import choose_transport
from tests.postgres import Postgres
from tests.processes.reframe import command as reframe_program

HIDDEN = "hush-7f3a"
PATIENCE_SECONDS = 20
SECRETS = {
    "SLACK_BOT_TOKEN": f"xoxb-{HIDDEN}",
    "SLACK_APP_TOKEN": f"xapp-{HIDDEN}",
    "SLACK_SIGNING_SECRET": HIDDEN,
    "OPENAI_API_KEY": f"sk-{HIDDEN}",
}
MANY = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": HIDDEN,
    "SLACK_SIGNING_SECRET": HIDDEN,
    "REFRAME_ENCRYPTION_KEY": generate_secret(),
}
BAD = {
    "REFRAME_DELIVERY": "loudly",
    "REFRAME_SETTLE_SECONDS": "-1",
    "REFRAME_DAILY_CAP": "1.5",
    "REFRAME_WEEKLY_CAP": "-2",
    "REFRAME_COOLDOWN_DAYS": "a week",
    "REFRAME_SAME_QUESTION_DAYS": "nan",
    "REFRAME_QUIET_HOURS": "25:00-07:00",
    "REFRAME_TOO_OLD_SECONDS": "0",
    "REFRAME_MUTE_DAYS": "-0.5",
    "REFRAME_PAUSE_DAYS": "7 days",
    "REFRAME_POST_GAP_SECONDS": "-1",
    "REFRAME_POST_TIMEOUT_SECONDS": "0",
    "REFRAME_UNCONFIRMED_SECONDS": "-1",
    "REFRAME_RETENTION_DAYS": "0",
    "REFRAME_JUDGE": "always",
    "REFRAME_JUDGE_DAILY_CALLS": "-1",
    "REFRAME_JUDGE_DEADLINE_SECONDS": "0",
    "REFRAME_JUDGE_MIN_CONFIDENCE": "perhaps",
    "REFRAME_INPUT_PRICE": "-1",
    "REFRAME_OUTPUT_PRICE": "free",
    "REFRAME_LLM_WRITES": "some",
    "REFRAME_ENCRYPTION_KEY": "short",
    "REFRAME_METRICS_TOKEN": "short",
    "REFRAME_HOLIDAYS": "christmas",
    "REFRAME_LANGUAGE": "../de",
    "REFRAME_LOG_LEVEL": "LOUD",
    "REFRAME_LOG_FORMAT": "xml",
    "REFRAME_CHANNELS": "#deal-acme",
    "REFRAME_ADMINS": "@ana",
    "REFRAME_HELP_CONTACT": "<#C0123>",
    "REFRAME_PROMPTS_DIR": "nowhere",
}
NOT_VALIDATED = {
    "REFRAME_ENCRYPTION_KEY_OLD",  # a weak one is what may need replacing
}


@dataclass(frozen=True)
class Result:
    """The exit code and output of a command."""

    code: int
    stdout: str
    stderr: str

    def explains(self, *named: str) -> bool:
        """Return whether the sentence has all these words.

        Asserts what holds for every known problem: exit code 2, one sentence on stderr, no
        traceback and no secret.
        """
        assert self.code == 2, self.stderr
        assert self.stdout == ""
        assert self.stderr.count("\n") == 1, self.stderr
        assert "Traceback" not in self.stderr
        assert HIDDEN not in self.stderr
        return all(name in self.stderr for name in named)


async def reframe(folder: Path, *arguments: str, **values: str) -> Result:
    """Run a command with all secrets set; a value given as "" counts as not set."""
    environment = {"PATH": os.defpath, "REFRAME_LOG_LEVEL": "ERROR", **SECRETS, **values}
    process = await asyncio.create_subprocess_exec(
        *(*reframe_program(), *arguments),
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            stdout, stderr = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Result(process.returncode or 0, stdout.decode(), stderr.decode())


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [
        ("SLACK_BOT_TOKEN", ()),
        ("SLACK_BOT_TOKEN", ("--http",)),
        ("SLACK_APP_TOKEN", ("--socket",)),
        ("SLACK_SIGNING_SECRET", ("--http",)),
    ],
)
async def test_a_missing_secret(tmp_path: Path, missing: str, arguments: tuple[str, ...]) -> None:
    """Name the secret that the transport needs and does not have."""
    result = await reframe(tmp_path, "run", *arguments, **{missing: ""})

    assert result.explains(f"{missing} is not set")


async def test_no_transport(tmp_path: Path) -> None:
    """Name both the app token and the signing secret if neither is set: one of them will do."""
    result = await reframe(tmp_path, "run", SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="")

    assert result.explains("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")


@pytest.mark.parametrize("role", ["web", "worker"])
async def test_a_role_without_what_it_shares(tmp_path: Path, role: str) -> None:
    """Name what several processes must have in common: PostgreSQL, and a key."""
    on_sqlite = await reframe(tmp_path, "run", "--role", role)
    without_key = await reframe(
        tmp_path, "run", "--role", role, DATABASE_URL="postgresql://nobody@localhost:1/none"
    )

    assert on_sqlite.explains("A role (web, worker) needs a PostgreSQL database", "DATABASE_URL")
    assert without_key.explains("REFRAME_ENCRYPTION_KEY is not set")


@pytest.mark.parametrize(("name", "value"), BAD.items())
async def test_a_bad_value_of_a_setting(tmp_path: Path, name: str, value: str) -> None:
    """Reject a value that can't be used, naming the setting."""
    result = await reframe(tmp_path, "say", "hello", **{name: value})

    assert result.explains(f"The setting {name} can't be used")


def test_every_setting_has_a_bad_value_above() -> None:
    """Leave out no REFRAME_ setting above."""
    ours = {name for name, _, _ in settings.describe() if name.startswith("REFRAME_")}

    assert ours == set(BAD) | NOT_VALIDATED


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("REFRAME_DAILY_CAP", "two", "write a whole number"),
        ("REFRAME_DAILY_CAP", "1.5", "write a whole number"),
        ("REFRAME_COOLDOWN_DAYS", "a week", "write a number"),
    ],
)
async def test_a_number_that_is_none(tmp_path: Path, name: str, value: str, said: str) -> None:
    """Say it in plain words, and not in the library's."""
    result = await reframe(tmp_path, "say", "hello", **{name: value})

    assert result.explains(name, said)


@pytest.mark.fault_case(45)
@pytest.mark.parametrize("name", ["SLACK_API_URL", "OPENAI_BASE_URL"])
@pytest.mark.parametrize("url", ["http://far.example/api/", "ftp://127.0.0.1/", "http://[bad"])
async def test_an_address_that_would_leak_tokens(tmp_path: Path, name: str, url: str) -> None:
    """Send tokens over https, or over http to this machine only."""
    result = await reframe(tmp_path, "run", **{name: url})

    assert result.explains(f"The setting {name} can't be used")


@pytest.mark.parametrize(
    "url", ["the collector", "grpc://127.0.0.1:4317", "http://169.254.169.254"]
)
async def test_an_address_that_is_no_collector(tmp_path: Path, url: str) -> None:
    """Traces go over HTTP, to any machine of the house but a cloud's metadata service."""
    result = await reframe(tmp_path, "say", "hello", OTEL_EXPORTER_OTLP_ENDPOINT=url)

    assert result.explains("The setting OTEL_EXPORTER_OTLP_ENDPOINT can't be used")


@pytest.mark.parametrize("port", ["http", "65536", "-1"])
async def test_an_invalid_port(tmp_path: Path, port: str) -> None:
    """Accept only numbers up to 65535."""
    result = await reframe(tmp_path, "run", PORT=port)

    assert result.explains("The setting PORT can't be used")


async def test_an_env_file_that_is_not_utf_8(tmp_path: Path) -> None:
    """Name a .env in another encoding, without showing its bytes."""
    (tmp_path / ".env").write_bytes(f"SLACK_BOT_TOKEN={HIDDEN}\xff\n".encode("latin-1"))
    result = await reframe(tmp_path, "run")

    assert result.explains(".env")


@pytest.mark.parametrize(
    ("file", "added"),
    [
        ("strings.toml", "helpful = \n"),
        ("strings.toml", "[cli]\n"),
        ("rubric.toml", 'again = """\nnever closed\n'),
        ("traps/blame.toml", '[[questions]]\nid = "blame-new"\ntext = "?"\narticle = "none"\n'),
    ],
)
async def test_a_broken_playbook_file(tmp_path: Path, file: str, added: str) -> None:
    """Name a broken file and its line, at or after the one where the error begins."""
    words = tmp_path / "words"
    shutil.copytree(playbook.prompts_folder(), words)
    before = (words / file).read_text(encoding="utf-8")
    (words / file).write_text(f"{before}\n{added}", encoding="utf-8")
    result = await reframe(tmp_path, "say", "hello", REFRAME_PROMPTS_DIR=str(words))

    assert result.explains(f"{words / file}, line ")
    line = int(result.stderr.split(", line ")[1].split(":")[0])
    assert line > before.count("\n")


async def test_a_missing_playbook_folder(tmp_path: Path) -> None:
    """Name the setting, and the folder in full: a relative one may be meant elsewhere."""
    result = await reframe(tmp_path, "say", "hello", REFRAME_PROMPTS_DIR="nowhere")

    assert result.explains("REFRAME_PROMPTS_DIR", f"{tmp_path / 'nowhere'} is no folder", "copy")


async def test_a_database_that_can_not_be_created(tmp_path: Path) -> None:
    """Name the database if its folder can't be created because a file has that name."""
    (tmp_path / "plain").write_text("a file", encoding="utf-8")
    result = await reframe(tmp_path, "migrate", DATABASE_URL="sqlite:///plain/below/reframe.db")

    assert result.explains("can't write to the database", "plain/below/reframe.db", "DATABASE_URL")


async def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    """Name a file with other content, and leave it unchanged."""
    other = tmp_path / "notes.txt"
    other.write_text("My notes on Northwind. " * 100, encoding="utf-8")
    result = await reframe(tmp_path, "migrate", DATABASE_URL="sqlite:///notes.txt")

    assert result.explains("notes.txt", "DATABASE_URL")
    assert other.read_text(encoding="utf-8").startswith("My notes")


async def test_a_folder_with_the_name_of_the_database(tmp_path: Path) -> None:
    """Name a database that can't be opened; no thread prints an error after that."""
    (tmp_path / "reframe.db").mkdir()
    result = await reframe(tmp_path, "migrate")

    assert result.explains("reframe.db", "DATABASE_URL")


async def test_a_database_in_use(tmp_path: Path) -> None:
    """Name a database that another process uses; that process is not disturbed."""
    address = f"sqlite:///{tmp_path}/reframe.db"
    database = Database(address)
    await database.open()
    try:
        result = await reframe(tmp_path, "migrate", DATABASE_URL=address)
        await database.migrate()
    finally:
        await database.close()

    assert result.explains("Another Reframe is using the database", f"{tmp_path}/reframe.db")


@pytest.mark.parametrize(
    "address",
    [
        f"mysql://reframe:{HIDDEN}@127.0.0.1/reframe",
        f"reframe {HIDDEN}",
        f"postgresql://reframe:{HIDDEN}@127.0.0.1:port/reframe",
        "sqlite://",
    ],
)
async def test_an_unusable_database_address(tmp_path: Path, address: str) -> None:
    """Show the right form for an address that is malformed, unsupported or unreachable."""
    result = await reframe(tmp_path, "migrate", DATABASE_URL=address)

    assert result.explains("DATABASE_URL", "sqlite:///file.db", "postgresql://")


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("nobody:x@127.0.0.1:1/reframe", "127.0.0.1:1"),
        ("nobody:x@no-such-host.invalid/reframe", "no-such-host.invalid"),
    ],
)
async def test_a_wrong_host_or_port(tmp_path: Path, part: str, named: str) -> None:
    """Name the host that doesn't exist, or the port where nothing answers."""
    result = await reframe(tmp_path, "migrate", DATABASE_URL=f"postgresql://{part}")

    assert result.explains(named, "DATABASE_URL")


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("user", "name", "named"),
    [("nobody_here", "postgres", "nobody_here"), ("postgres", "none_such", "none_such")],
)
async def test_a_wrong_user_or_database(
    tmp_path: Path, postgres: Postgres, user: str, name: str, named: str
) -> None:
    """Name the user or the database that the server doesn't have."""
    address = f"postgresql://{user}@/{name}?host={postgres.folder}"
    result = await reframe(tmp_path, "migrate", DATABASE_URL=address)

    assert result.explains(named, "DATABASE_URL")
    assert "no database" in result.stderr if named == name else "no user" in result.stderr


@pytest.mark.parametrize("place", ["/proc/reframe.db", "/proc/none/reframe.db"])
async def test_a_place_where_nothing_can_be_written(tmp_path: Path, place: str) -> None:
    """Say that it can't be written; nobody else is using it."""
    result = await reframe(tmp_path, "migrate", DATABASE_URL=f"sqlite:///{place}")

    assert result.explains("/proc", "DATABASE_URL")
    assert "Another" not in result.stderr


async def test_slack_refuses_the_token(tmp_path: Path) -> None:
    """Name the setting of a token that Slack refuses, with Slack's error code."""
    async with FakeSlack() as slack:
        result = await reframe(tmp_path, "run", "--http", SLACK_API_URL=slack.api_url)

    assert result.explains("SLACK_BOT_TOKEN", "invalid_auth")


async def test_an_org_wide_installation(tmp_path: Path) -> None:
    """Say that its token can't be used, and what to do instead."""
    answer = '{"ok": true, "user_id": "U1", "enterprise_id": "E1", "is_enterprise_install": true}'
    async with FakeSlack() as slack:
        slack.faults.inject("auth.test", Fault.http(200, answer, "application/json"))
        result = await reframe(tmp_path, "run", "--http", SLACK_API_URL=slack.api_url)

    assert result.explains("SLACK_BOT_TOKEN", "org-wide")


async def test_slack_refuses_the_app_token(tmp_path: Path) -> None:
    """Name a refused app token, too, instead of retrying forever."""
    async with FakeSlack() as slack:
        result = await reframe(
            tmp_path,
            *("run", "--socket"),
            SLACK_API_URL=slack.api_url,
            SLACK_BOT_TOKEN=slack.workspace.bot_token,
            PORT=str(free_port()),
        )

    assert result.explains("SLACK_APP_TOKEN", "invalid_auth")


@pytest.mark.parametrize("option", ["--http", "--socket"])
async def test_slack_can_not_be_reached(tmp_path: Path, option: str) -> None:
    """Name the address if nothing listens there."""
    url = f"http://127.0.0.1:{free_port()}/api/"
    result = await reframe(tmp_path, "run", option, SLACK_API_URL=url)

    assert result.explains("Slack can't be reached", url)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Yield a port on which another server listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def test_a_port_in_use(tmp_path: Path, taken_port: int) -> None:
    """Name a port that is in use, with the setting to change."""
    async with FakeSlack() as slack:
        assert urlsplit(slack.api_url).port != taken_port
        result = await reframe(
            tmp_path,
            *("run", "--http"),
            SLACK_API_URL=slack.api_url,
            SLACK_BOT_TOKEN=slack.workspace.bot_token,
            PORT=str(taken_port),
        )

    assert result.explains(f"127.0.0.1:{taken_port}", "PORT")


async def test_both_transports_at_once(tmp_path: Path) -> None:
    """Show the usage of the command: --socket and --http exclude each other."""
    result = await reframe(tmp_path, "run", "--socket", "--http")

    assert result.code == 2
    assert "--socket or --http" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("values", "asked", "name", "why"),
    [
        ({"SLACK_CLIENT_ID": "1.2"}, None, "SLACK_CLIENT_SECRET", "missing_for_many"),
        (MANY | {"SLACK_SIGNING_SECRET": ""}, None, "SLACK_SIGNING_SECRET", "missing_for_many"),
        (MANY | {"REFRAME_ENCRYPTION_KEY": ""}, None, "REFRAME_ENCRYPTION_KEY", "missing_for_many"),
        (MANY | {"SLACK_BOT_TOKEN": "xoxb-1"}, None, "SLACK_BOT_TOKEN", "one_or_many"),
        (MANY, "socket", "SLACK_CLIENT_ID", "many_need_http"),
    ],
)
def test_what_many_workspaces_need(
    capsys: pytest.CaptureFixture[str],
    values: dict[str, str],
    asked: Transport | None,
    name: str,
    why: str,
) -> None:
    """Each says what is missing, and how to serve a single workspace instead."""
    with pytest.raises(SettingsError) as refused:
        choose_transport(settings.load(values), asked)

    assert (refused.value.name, refused.value.why) == (name, why)
    assert problems.explain(refused.value) == 2
    told = capsys.readouterr().err
    assert name in told
    assert "SLACK_CLIENT_ID" in told


def test_many_workspaces_come_over_http() -> None:
    assert choose_transport(settings.load(MANY), None) == "http"
