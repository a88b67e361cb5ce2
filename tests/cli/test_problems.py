"""Known problems: exit code 2 and one sentence that names what is amiss, and nothing secret."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot import playbook, settings
from bot.sandbox.process import free_port
from bot.sandbox.slack import PretendSlack
from bot.store.database import Database

HIDDEN = "hush-7f3a"
PATIENCE = 20
SECRETS = {
    "SLACK_BOT_TOKEN": f"xoxb-{HIDDEN}",
    "SLACK_APP_TOKEN": f"xapp-{HIDDEN}",
    "SLACK_SIGNING_SECRET": HIDDEN,
    "OPENAI_API_KEY": f"sk-{HIDDEN}",
}
BAD = {
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
    "REFRAME_IN_DOUBT_SECONDS": "-1",
    "REFRAME_RETENTION_DAYS": "0",
    "REFRAME_JUDGE": "always",
    "REFRAME_JUDGE_DAILY_CALLS": "-1",
    "REFRAME_JUDGE_DEADLINE_SECONDS": "0",
    "REFRAME_WORDS": "some",
    "REFRAME_SEAL_KEY": "short",
    "REFRAME_HOLIDAYS": "christmas",
    "REFRAME_LANGUAGE": "../de",
    "REFRAME_LOG_LEVEL": "LOUD",
}
ANYTHING_GOES = {
    "REFRAME_CHANNELS",
    "REFRAME_ADMINS",
    "REFRAME_PROMPTS_DIR",
}  # the folder has tests of its own


@dataclass(frozen=True)
class Ending:
    """How a command ended."""

    code: int
    printed: str
    complaint: str

    def is_kind(self, *named: str) -> bool:
        """Holds it to the rule: code 2, one sentence naming these, nothing of our insides."""
        assert self.code == 2, self.complaint
        assert self.printed == ""
        assert self.complaint.count("\n") == 1, self.complaint
        assert "Traceback" not in self.complaint
        assert HIDDEN not in self.complaint
        return all(name in self.complaint for name in named)


async def reframe(folder: Path, *arguments: str, **values: str) -> Ending:
    """Runs a command with all secrets set; a value given as "" counts as not set."""
    environment = {"PATH": os.defpath, "REFRAME_LOG_LEVEL": "ERROR", **SECRETS, **values}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=folder,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            printed, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ending(process.returncode or 0, printed.decode(), complaint.decode())


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
    """What the way in needs and does not have is named."""
    ending = await reframe(tmp_path, "run", *arguments, **{missing: ""})

    assert ending.is_kind(f"{missing} is not set")


async def test_no_way_in_at_all(tmp_path: Path) -> None:
    """Without app token and signing secret both are named, so that one can choose."""
    ending = await reframe(tmp_path, "run", SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="")

    assert ending.is_kind("SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")


@pytest.mark.parametrize(("name", "value"), BAD.items())
async def test_a_bad_value_of_a_setting(tmp_path: Path, name: str, value: str) -> None:
    """A value that can't be used is refused under the setting's own name."""
    ending = await reframe(tmp_path, "say", "hello", **{name: value})

    assert ending.is_kind(f"The setting {name} can't be used")


def test_each_of_our_settings_is_tried() -> None:
    """No REFRAME_ setting is left out above."""
    ours = {name for name, _, _ in settings.describe() if name.startswith("REFRAME_")}

    assert ours == set(BAD) | ANYTHING_GOES


@pytest.mark.parametrize("name", ["SLACK_API_URL", "OPENAI_BASE_URL"])
@pytest.mark.parametrize("url", ["http://far.example/api/", "ftp://127.0.0.1/", "http://[bad"])
async def test_an_address_that_would_leak(tmp_path: Path, name: str, url: str) -> None:
    """Tokens go over https, or over http to this machine only."""
    ending = await reframe(tmp_path, "run", **{name: url})

    assert ending.is_kind(f"The setting {name} can't be used")


@pytest.mark.parametrize("port", ["http", "65536", "-1"])
async def test_a_port_that_is_none(tmp_path: Path, port: str) -> None:
    """PORT is a number up to 65535."""
    ending = await reframe(tmp_path, "run", PORT=port)

    assert ending.is_kind("The setting PORT can't be used")


async def test_an_env_file_that_is_no_text(tmp_path: Path) -> None:
    """A .env in another encoding is named; its bytes are not shown."""
    (tmp_path / ".env").write_bytes(f"SLACK_BOT_TOKEN={HIDDEN}\xff\n".encode("latin-1"))
    ending = await reframe(tmp_path, "run")

    assert ending.is_kind(".env")


@pytest.mark.parametrize(
    ("file", "added"),
    [
        ("voice.toml", "helpful = \n"),
        ("voice.toml", "[cli]\n"),
        ("rubric.toml", 'again = """\nnever closed\n'),
        ("traps/blame.toml", '[[questions]]\nid = "blame-new"\ntext = "?"\narticle = "none"\n'),
    ],
)
async def test_words_that_are_broken(tmp_path: Path, file: str, added: str) -> None:
    """A broken file of words is named with the line, at or after the one where the break begins."""
    words = tmp_path / "words"
    shutil.copytree(playbook.prompts_folder(), words)
    before = (words / file).read_text(encoding="utf-8")
    (words / file).write_text(f"{before}\n{added}", encoding="utf-8")
    ending = await reframe(tmp_path, "say", "hello", REFRAME_PROMPTS_DIR=str(words))

    assert ending.is_kind(f"{words / file}, line ")
    line = int(ending.complaint.split(", line ")[1].split(":")[0])
    assert line > before.count("\n")


async def test_words_that_are_not_there(tmp_path: Path) -> None:
    """A folder without words is named by the first file that is missed."""
    ending = await reframe(tmp_path, "say", "hello", REFRAME_PROMPTS_DIR="nowhere")

    assert ending.is_kind("nowhere")


async def test_a_database_that_can_not_be_made(tmp_path: Path) -> None:
    """A folder that can't be made, since a file stands in its way, is named as the database."""
    (tmp_path / "plain").write_text("a file", encoding="utf-8")
    ending = await reframe(tmp_path, "migrate", DATABASE_URL="sqlite:///plain/below/reframe.db")

    assert ending.is_kind("can't write to the database", "plain/below/reframe.db", "DATABASE_URL")


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A file that holds something else is named and left as it is."""
    other = tmp_path / "notes.txt"
    other.write_text("My notes on Northwind. " * 100, encoding="utf-8")
    ending = await reframe(tmp_path, "migrate", DATABASE_URL="sqlite:///notes.txt")

    assert ending.is_kind("notes.txt", "DATABASE_URL")
    assert other.read_text(encoding="utf-8").startswith("My notes")


async def test_a_folder_where_the_database_should_be(tmp_path: Path) -> None:
    """A database that can't be opened is named, and no thread complains after it."""
    (tmp_path / "reframe.db").mkdir()
    ending = await reframe(tmp_path, "migrate")

    assert ending.is_kind("reframe.db", "DATABASE_URL")


async def test_a_database_in_use(tmp_path: Path) -> None:
    """A database that another process works on is named, and that one goes on."""
    address = f"sqlite:///{tmp_path}/reframe.db"
    database = Database(address)
    await database.open()
    try:
        ending = await reframe(tmp_path, "migrate", DATABASE_URL=address)
        await database.migrate()
    finally:
        await database.close()

    assert ending.is_kind("Another Reframe is working on", f"{tmp_path}/reframe.db")


@pytest.mark.parametrize(
    "address",
    [
        f"mysql://reframe:{HIDDEN}@127.0.0.1/reframe",
        f"reframe {HIDDEN}",
        f"postgresql://reframe:{HIDDEN}@127.0.0.1:port/reframe",
        f"postgresql://reframe:{HIDDEN}@127.0.0.1:1/reframe",
        "sqlite://",
    ],
)
async def test_a_database_we_do_not_speak_to(tmp_path: Path, address: str) -> None:
    """An address of no database, of another kind or of a dead one shows the right form."""
    ending = await reframe(tmp_path, "migrate", DATABASE_URL=address)

    assert ending.is_kind("DATABASE_URL", "sqlite:///file.db", "postgresql://")


async def test_slack_refuses_the_token(tmp_path: Path) -> None:
    """A token that Slack does not know is named as the setting, with Slack's own word."""
    async with PretendSlack() as slack:
        ending = await reframe(tmp_path, "run", "--http", SLACK_API_URL=slack.api_url)

    assert ending.is_kind("SLACK_BOT_TOKEN", "invalid_auth")


async def test_slack_refuses_the_app_token(tmp_path: Path) -> None:
    """An app token that Slack does not know is named too, instead of trying for ever."""
    async with PretendSlack() as slack:
        ending = await reframe(
            tmp_path,
            *("run", "--socket"),
            SLACK_API_URL=slack.api_url,
            SLACK_BOT_TOKEN=slack.workspace.bot_token,
            PORT=str(free_port()),
        )

    assert ending.is_kind("SLACK_APP_TOKEN", "invalid_auth")


@pytest.mark.parametrize("way", ["--http", "--socket"])
async def test_slack_can_not_be_reached(tmp_path: Path, way: str) -> None:
    """Where nobody listens, the address is named."""
    url = f"http://127.0.0.1:{free_port()}/api/"
    ending = await reframe(tmp_path, "run", way, SLACK_API_URL=url)

    assert ending.is_kind("Slack can't be reached", url)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def test_a_port_in_use(tmp_path: Path, taken_port: int) -> None:
    """A port that is taken is named with the setting to change."""
    async with PretendSlack() as slack:
        assert urlsplit(slack.api_url).port != taken_port
        ending = await reframe(
            tmp_path,
            *("run", "--http"),
            SLACK_API_URL=slack.api_url,
            SLACK_BOT_TOKEN=slack.workspace.bot_token,
            PORT=str(taken_port),
        )

    assert ending.is_kind(f"127.0.0.1:{taken_port}", "PORT")


async def test_both_ways_at_once(tmp_path: Path) -> None:
    """--socket and --http exclude each other; the command's own usage is shown."""
    ending = await reframe(tmp_path, "run", "--socket", "--http")

    assert ending.code == 2
    assert "--socket or --http" in ending.complaint
    assert "Traceback" not in ending.complaint
