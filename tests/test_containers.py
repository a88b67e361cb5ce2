"""Tests of Dockerfile and docker-compose.yml, as far as that needs no engine."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from bot import serve
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from bot.store.encryption import generate_secret
from tests.harness import BotHarness
from tests.postgres import Postgres
from tests.processes.reframe import command as reframe_program
from tests.processes.reframe import reframe

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
STEPS = (ROOT / "Dockerfile").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").splitlines()


class StrictLoader(yaml.SafeLoader):
    """Loads YAML, and rejects a key that is given twice, of which YAML would drop one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a dict from a mapping."""
        keys = [key.value for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, "duplicate key", node.start_mark)
        return super().construct_mapping(node, deep)


class Strict(BaseModel):
    """A part of a compose file, with the keys that we use; another key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Condition(Strict):
    """When a service may start."""

    condition: Literal["service_healthy", "service_completed_successfully"]


class Healthcheck(Strict):
    """How a container is asked whether it works."""

    test: list[str] = Field(min_length=2)
    interval: str = Field(pattern=r"^\d+s$")
    timeout: str = Field(pattern=r"^\d+s$")
    start_period: str = Field(pattern=r"^\d+s$")
    retries: int = Field(ge=1)


class EnvFile(Strict):
    """A file of settings that need not be there."""

    path: str
    required: bool


class Deploy(Strict):
    """How many containers of a service there are."""

    replicas: int = Field(ge=1)


class Service(Strict):
    """One service (docs.docker.com/reference/compose-file/services)."""

    image: str = Field(pattern=r"^[a-z0-9./-]+(:[\w.-]+)?$")
    build: str | None = None
    command: list[str] | None = None
    profiles: list[str] = []
    deploy: Deploy | None = None
    env_file: list[EnvFile] = []
    environment: dict[str, str] = {}
    volumes: list[str] = []
    ports: list[str] = []
    network_mode: str | None = None
    depends_on: dict[str, Condition] = {}
    healthcheck: Healthcheck | None = None
    init: bool = False
    read_only: bool = False
    tmpfs: list[str] = []
    cap_drop: list[str] = []
    security_opt: list[str] = []
    restart: Literal["no", "unless-stopped"]
    stop_grace_period: str = Field("10s", pattern=r"^\d+s$")


class ComposeFile(BaseModel):
    """A compose file; besides its parts it may hold ``x-`` keys for what they share."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    name: str
    services: dict[str, Service]
    volumes: dict[str, None]


FILE = ComposeFile.model_validate(yaml.load(COMPOSE, StrictLoader))  # noqa: S506 - a SafeLoader
SERVICES = FILE.services
OURS = {name: service for name, service in SERVICES.items() if service.build}
BOTS = {name: service for name, service in OURS.items() if service.restart != "no"}
GATES = {name: service for name, service in OURS.items() if service.restart == "no"}


def started(*profiles: str) -> set[str]:
    """Return the services that these profiles start, according to compose if it is installed."""
    outer = {k: v for k, v in os.environ.items() if not k.startswith(("POSTGRES_", "COMPOSE_"))}

    def compose(*arguments: str) -> tuple[int, str]:
        command = ["docker", "compose", "--env-file", os.devnull, *arguments]
        ended = subprocess.run(command, cwd=ROOT, env=outer, capture_output=True, text=True)
        return ended.returncode, ended.stdout or ended.stderr

    if shutil.which("docker") and compose("version")[0] == 0:
        code, output = compose(*(f"--profile={p}" for p in profiles), "config", "--services")
        assert code == 0, output
        return set(output.split())
    return {n for n, s in SERVICES.items() if not s.profiles or {*s.profiles} & {*profiles}}


def test_the_file_holds_only_what_compose_knows() -> None:
    """Each key is one of compose's, and what is shared with ``x-`` stands in no other place."""
    others = set(FILE.model_extra or ())

    assert {key for key in others if not key.startswith("x-")} == set()
    used = {v.split(":")[0] for s in SERVICES.values() for v in s.volumes}
    assert used == set(FILE.volumes)
    assert {d for s in SERVICES.values() for d in s.depends_on} <= set(SERVICES)


@pytest.mark.parametrize("text", ["a: 1\na: 2", "a:\n\tb: 1", "a:\n  b: 1\n c: 2", "a: b: c"])
def test_the_loader_is_strict(text: str) -> None:
    """Reject duplicate keys and bad indentation."""
    with pytest.raises(yaml.YAMLError):
        yaml.load(text, StrictLoader)  # noqa: S506 - a SafeLoader


def test_the_bot_alone_starts_without_a_profile() -> None:
    """Start only the bot, on SQLite, if no profile and no password are given."""
    assert started() == {"migrate", "reframe"}
    for service in (SERVICES["migrate"], SERVICES["reframe"]):
        assert service.environment["DATABASE_URL"].startswith("sqlite:////data/")
        assert "reframe-data:/data" in service.volumes


def test_the_profile_brings_postgresql() -> None:
    """Start with the profile postgres a server, and what uses it."""
    server = SERVICES["postgres"]
    users = {n: s for n, s in OURS.items() if "postgres" in s.profiles}

    assert started("postgres") - started() == {*users, "postgres"}
    for service in users.values():
        assert service.environment["DATABASE_URL"] == "postgresql://reframe@postgres/reframe"
        assert service.environment["PGPASSWORD"] == server.environment["POSTGRES_PASSWORD"]
        assert service.volumes == []
    assert SERVICES["migrate-postgres"].depends_on["postgres"].condition == "service_healthy"
    assert server.healthcheck is not None
    assert server.healthcheck.test[1] == "pg_isready"
    assert re.fullmatch(r"postgres:\d+", server.image)


def test_postgresql_is_shared_by_two_and_two() -> None:
    """Two processes listen, each on a port of its own, and two work, on none."""
    web, worker = SERVICES["web"], SERVICES["worker"]
    (ports,) = web.ports

    assert [s.deploy.replicas if s.deploy else 0 for s in (web, worker)] == [2, 2]
    assert [s.command for s in (web, worker)] == [["run", "--role", r] for r in ("web", "worker")]
    assert "3000-3001" in ports
    assert worker.ports == []
    assert {n for n, s in BOTS.items() if "postgres" in s.profiles} == {"web", "worker"}


def test_a_missing_password_is_the_servers_error() -> None:
    """Require no variable for reading the file, and give no password a default."""
    names = re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", re.sub(r"(?m)^ *#.*", "", COMPOSE))

    assert dict(names) == {
        "PORT": ":-3000",
        "POSTGRES_PASSWORD": ":-",
        "WEB_PORTS": ":-3000-3001",
    }
    assert "POSTGRES_HOST_AUTH_METHOD" not in SERVICES["postgres"].environment


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_the_container_has_few_rights(service: Service) -> None:
    """Run as a user other than root on a read-only disk, without capabilities."""
    (user,) = re.findall(r"(?m)^USER (\d+):(\d+)$", STEPS)

    assert all(int(number) > 0 for number in user)
    assert service.read_only is True
    assert service.tmpfs == ["/tmp"]  # noqa: S108 - the container's own
    assert service.cap_drop == ["ALL"]
    assert service.security_opt == ["no-new-privileges:true"]
    assert [p for p in service.ports if not p.startswith("127.0.0.1:")] == []
    assert service.env_file == [EnvFile(path=".env", required=False)]
    assert int(service.stop_grace_period.removesuffix("s")) > serve.SHUTDOWN_GRACE_SECONDS + 5


def test_set_up_faults_end_and_crashes_restart() -> None:
    """A bot starts only after a service that is never restarted has found the set-up good."""
    assert set(GATES) == {"migrate", "migrate-postgres"}
    assert SERVICES["migrate"].command == ["migrate", "--check"]
    assert SERVICES["migrate-postgres"].command == ["migrate", "--check", "--role", "web"]
    for name, bot in BOTS.items():
        gates = [g for g in bot.depends_on if g in GATES]
        assert len(gates) == 1, name
        assert bot.depends_on[gates[0]].condition == "service_completed_successfully"
        assert bot.environment.items() >= SERVICES[gates[0]].environment.items(), "checks another"
        assert bot.restart == "unless-stopped"


def test_a_container_without_tokens_ends_with_the_reason(tmp_path: Path) -> None:
    """The gate of the default set-up, with what compose gives it when there is no .env."""
    command = SERVICES["migrate"].command or []
    address = SERVICES["migrate"].environment["DATABASE_URL"].replace("/data", str(tmp_path))
    done = reframe(tmp_path, *command, environment={"DATABASE_URL": address})

    assert done.returncode == 2
    assert "SLACK_BOT_TOKEN" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


async def gate(
    folder: Path, slack: FakeSlack, command: Sequence[str] = ("migrate", "--check"), **settings: str
) -> tuple[int, str]:
    """Run a gate against a fake Slack; return its exit code and what it says."""
    process = await asyncio.create_subprocess_exec(
        *reframe_program(),
        *command,
        cwd=folder,
        env={"PATH": os.defpath, "SLACK_API_URL": slack.api_url, **settings},
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert process.returncode is not None
    return process.returncode, told.decode()


async def test_the_gate_tries_the_tokens(tmp_path: Path) -> None:
    """One that Slack refuses ends here, too; good ones let the bot start, again and again."""
    workspace = Workspace()
    good = {"SLACK_BOT_TOKEN": workspace.bot_token, "SLACK_APP_TOKEN": workspace.app_token}
    async with FakeSlack(workspace) as slack:
        refused = await gate(tmp_path, slack, **{**good, "SLACK_BOT_TOKEN": "xoxb-1-wrong"})
        bad_app = await gate(tmp_path, slack, **{**good, "SLACK_APP_TOKEN": "xapp-1-wrong"})
        assert not (tmp_path / "reframe.db").exists()
        first = await gate(tmp_path, slack, **good)
        again = await gate(tmp_path, slack, **good)

    assert [code for code, _ in (refused, bad_app, first, again)] == [2, 2, 0, 0]
    assert "invalid_auth" in refused[1]
    assert "app" in bad_app[1]
    assert "up to date" in again[1]
    assert (tmp_path / "reframe.db").exists()


@pytest.mark.postgres
async def test_the_gate_for_several_processes_wants_a_key(
    tmp_path: Path, postgres: Postgres
) -> None:
    """Without a key that all of them know they could not share what is sealed."""
    workspace, command = Workspace(), SERVICES["migrate-postgres"].command or []
    with postgres.database() as address:
        settings = {
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
            "DATABASE_URL": address,
        }
        async with FakeSlack(workspace) as slack:
            without = await gate(tmp_path, slack, command, **settings)
            key = {"REFRAME_ENCRYPTION_KEY": generate_secret()}
            good = await gate(tmp_path, slack, command, **settings, **key)

    assert [code for code, _ in (without, good)] == [2, 0]
    assert "REFRAME_ENCRYPTION_KEY" in without[1]


async def test_the_gate_lets_a_running_bot_be(bot: BotHarness) -> None:
    """``docker compose up`` runs it again each time, also while the bot has the database."""
    tokens = {
        "SLACK_BOT_TOKEN": bot.workspace.bot_token,
        "SLACK_SIGNING_SECRET": bot.workspace.signing_secret,
        "DATABASE_URL": bot.address,
    }
    code, told = await gate(bot.folder, bot.slack, **tokens)

    assert (code, "up to date" in told) == (0, True)
    assert bot.is_running


def test_the_image_is_built_from_what_is_here() -> None:
    """Copy only what exists, and install no package without its hash."""
    sources = " ".join(re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", STEPS)).split()
    fetched = re.findall(r"(?m)^RUN .*pip (?:download|install|wheel) .*", STEPS)

    assert {"requirements.txt", "pyproject.toml", "bot", "prompts", "alembic", "manifest.json"} <= {
        *sources
    }
    assert [s for s in sources if not (ROOT / s).exists()] == []
    assert len(fetched) == 2
    assert all("--require-hashes" in f or "--no-index" in f for f in fetched)
    assert {line for line in IGNORED if line.startswith("!")} == {f"!{s}" for s in sources}
    assert "*" in IGNORED, "everything else stays out of the builder, .env above all"


@pytest.mark.parametrize("service", OURS.values(), ids=OURS)
def test_every_command_exists(tmp_path: Path, service: Service) -> None:
    """The command line takes what compose passes to it; without a command, ``run``."""
    (default,) = re.findall(r'(?m)^CMD \["(.+)"\]$', STEPS)
    done = reframe(tmp_path, *(service.command or [default]), "--help")

    assert done.returncode == 0, done.stderr


def test_the_model_is_reached_over_loopback_alone() -> None:
    """It shares the bot's network, so no text crosses another one, and no port is published."""
    model = SERVICES["model"]

    assert started("model") - started() == {"model"}
    assert model.network_mode == "service:reframe"
    assert model.ports == []
    assert model.healthcheck is not None
    assert re.fullmatch(r"ollama/ollama:\d+\.\d+\.\d+", model.image)


@pytest.mark.parametrize("service", BOTS.values(), ids=BOTS)
async def test_the_healthcheck_tells_the_truth(bot: BotHarness, service: Service) -> None:
    """Pass for a running bot, even with a proxy set, and fail for a stopped one."""
    assert service.healthcheck is not None
    arguments = service.healthcheck.test[2:]
    here = [a.replace(":3000/", f":{bot.port}/") for a in arguments]
    proxied = os.environ | {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}

    async def check() -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *here, env=proxied, stderr=asyncio.subprocess.DEVNULL
        )
        return await process.wait()

    running = await check()
    await bot.stop()
    gone = await check()

    assert (running, gone) == (0, 1)
    assert here != arguments
