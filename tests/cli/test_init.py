"""Tests of ``reframe init``: from no .env to a doctor that finds nothing wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from dotenv import dotenv_values

from bot import settings as bot_settings
from bot.cli.answer_checks import AnswerChecks
from bot.cli.env_file import values_in
from bot.cli.init import SetUp
from bot.cli.interview import Terminal
from bot.core.secret_key import why_too_weak
from bot.sandbox.faults import Fault
from bot.sandbox.slack import FakeSlack
from bot.slack.identity import SCOPES
from bot.slack.manifest import create_app_address, http_manifest, socket_mode_manifest
from bot.store.encryption import generate_secret
from tests.processes.reframe import reframe

SECRET = "0123456789abcdef0123456789abcdef"
PATIENCE_SECONDS = 60


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """Return a Slack that has given the app all scopes."""
    async with FakeSlack() as running:
        running.workspace.granted_scopes = ",".join(sorted(SCOPES))
        yield running


async def init(
    folder: Path, slack: FakeSlack, *arguments: str, answers: str = "", **environment: str
) -> CompletedProcess[str]:
    """Run the command with a file of answers; without answers, with the environment alone."""
    if answers:
        (folder / "answers").write_text(answers)
        arguments = (*arguments, "--answers", "answers")
    values = {"SLACK_API_URL": slack.api_url, **environment}
    return await asyncio.to_thread(lambda: reframe(folder, "init", *arguments, environment=values))


def socket_answers(slack: FakeSlack, **changes: str) -> str:
    """Return the answers of somebody who does everything right, but for the changes."""
    right = {
        "MODE": "socket",
        "SLACK_BOT_TOKEN": slack.workspace.bot_token,
        "SLACK_APP_TOKEN": slack.workspace.app_token,
    }
    return "".join(f"{name}={value}\n" for name, value in (right | changes).items())


async def test_socket_mode_from_nothing(tmp_path: Path, slack: FakeSlack) -> None:
    """Check both tokens, write .env, and end with ok."""
    admin = slack.workspace.add_user("ana")
    typed = socket_answers(slack, REFRAME_ADMINS=admin.lower())
    done = await init(tmp_path, slack, answers=typed)
    written = dotenv_values(tmp_path / ".env")

    assert done.returncode == 0, done.stdout + done.stderr
    assert slack.socket_mode.connections_opened == 2  # here and by the doctor
    assert list(written) == [
        *("SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"),
        *("REFRAME_ADMINS", "REFRAME_ENCRYPTION_KEY"),
    ]
    assert (written["REFRAME_ADMINS"] or "").upper() == admin
    assert why_too_weak(written["REFRAME_ENCRYPTION_KEY"] or "") is None
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "reframe.db").exists()
    assert done.stderr == ""  # no line of the log among the questions
    assert " run. Then" in done.stdout.splitlines()[-1]
    for secret in (slack.workspace.bot_token, slack.workspace.app_token):
        assert secret not in done.stdout + done.stderr


async def test_http(tmp_path: Path, slack: FakeSlack) -> None:
    """Say how to print the manifest with the address, and ask for the signing secret instead."""
    answers = socket_answers(slack, SLACK_SIGNING_SECRET=SECRET, SLACK_APP_TOKEN="")
    done = await init(tmp_path, slack, "--http", "https://bot.example.com", answers=answers)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "reframe manifest --http https://bot.example.com" in done.stdout
    assert dotenv_values(tmp_path / ".env")["SLACK_SIGNING_SECRET"] == SECRET
    assert done.stdout.splitlines()[-1].startswith("All set, but for the warning above: ")
    assert " run --http. Then" in done.stdout.splitlines()[-1]
    assert done.stderr == ""


async def test_what_is_odd_is_not_called_all_set(tmp_path: Path, slack: FakeSlack) -> None:
    """The bot can start, and something deserves a look: here, the form of the signing secret."""
    answers = socket_answers(slack, SLACK_SIGNING_SECRET="fourteen-chars", SLACK_APP_TOKEN="")
    done = await init(tmp_path, slack, "--http", "https://bot.example.com", answers=answers)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "All set" not in done.stdout
    assert "the warnings above" in done.stdout.splitlines()[-1]


async def test_the_environment_answers_where_nobody_can(tmp_path: Path, slack: FakeSlack) -> None:
    """As in a container: no terminal, no file."""
    done = await init(
        tmp_path,
        slack,
        SLACK_BOT_TOKEN=slack.workspace.bot_token,
        SLACK_APP_TOKEN=slack.workspace.app_token,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert dotenv_values(tmp_path / ".env")["SLACK_APP_TOKEN"] == slack.workspace.app_token


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "this is a user token"),
        ({"SLACK_BOT_TOKEN": "xapp-1-A0REFRAME-sandbox"}, "belongs in SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "abc"}, "a bot token starts with xoxb-, and this doesn't"),
        ({"SLACK_APP_TOKEN": "abc"}, "an app-level token starts with xapp-, and this doesn't"),
        ({"SLACK_BOT_TOKEN": "xoxb-old"}, "Slack refuses it (invalid_auth)"),
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN: it is empty. Correct that"),
        ({"SLACK_BOT_TOKEN": "xoxb-1 2"}, "there is a blank or a line end inside"),
        ({"SLACK_BOT_TOKN": "xoxb-1"}, "SLACK_BOT_TOKN (did you mean SLACK_BOT_TOKEN?)"),
        ({"SLACK_APP_TOKEN": "xapp-1-A0OTHER-x"}, "another app (A0OTHER)"),
        ({"SLACK_APP_TOKEN": "xapp-1-A0REFRAME-old"}, "Slack refuses it (invalid_auth)"),
        ({"MODE": "smoke signals"}, "answer socket or http"),
        ({"REFRAME_ADMINS": "@ana"}, "@ana is not a user ID"),
        ({"REFRAME_ADMINS": "U0404"}, "nobody in this workspace has this ID"),
    ],
)
async def test_a_wrong_answer_writes_nothing(
    tmp_path: Path, slack: FakeSlack, changes: dict[str, str], said: str
) -> None:
    """With nobody to ask again, stop with the reason; .env and database are not there."""
    done = await init(tmp_path, slack, answers=socket_answers(slack, **changes))

    assert done.returncode == 2
    assert said in done.stderr
    assert [found.name for found in tmp_path.iterdir()] == ["answers"]


async def test_no_log_line_under_an_old_name(tmp_path: Path, slack: FakeSlack) -> None:
    """A setting under its old name makes a line in the log at every reading; none is shown."""
    key = generate_secret()
    done = await init(tmp_path, slack, answers=socket_answers(slack), REFRAME_SEAL_KEY=key)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "REFRAME_ENCRYPTION_KEY" not in dotenv_values(tmp_path / ".env")


async def test_what_cannot_be_a_token_is_not_sent_to_slack(
    tmp_path: Path, slack: FakeSlack
) -> None:
    await init(tmp_path, slack, answers=socket_answers(slack, SLACK_BOT_TOKEN="hunter2"))

    assert slack.calls == []


async def test_an_app_that_was_removed_is_to_be_installed_again(
    tmp_path: Path, slack: FakeSlack
) -> None:
    slack.workspace.is_installed = False
    done = await init(tmp_path, slack, answers=socket_answers(slack))

    assert "install it again" in done.stdout + done.stderr


async def test_the_port_that_the_environment_names_is_kept(
    tmp_path: Path, slack: FakeSlack
) -> None:
    """``reframe practice --request-url`` has it exported; a new terminal knows nothing of it."""
    answers = socket_answers(slack, SLACK_SIGNING_SECRET=SECRET, SLACK_APP_TOKEN="")
    http = ("--http", "https://bot.example.com")
    done = await init(tmp_path, slack, *http, answers=answers, PORT="3456")
    again = await asyncio.to_thread(lambda: reframe(tmp_path, "doctor", environment={}))

    assert dotenv_values(tmp_path / ".env")["PORT"] == "3456"
    assert "PORT" in done.stdout
    assert ":3456/slack/events" in again.stdout


async def test_an_app_token_without_its_scope(tmp_path: Path, slack: FakeSlack) -> None:
    """Say which scope it was made without."""
    slack.faults.inject("apps.connections.open", Fault.error("missing_scope"))
    done = await init(tmp_path, slack, answers=socket_answers(slack))

    assert done.returncode == 2
    assert "without the scope connections:write" in done.stderr


async def test_what_is_set_already_stays(tmp_path: Path, slack: FakeSlack) -> None:
    """A second run changes no value and no other line."""
    before = f"# ours\nPORT=3001\nREFRAME_ENCRYPTION_KEY={generate_secret()}\nSLACK_APP_TOKEN=\n"
    before += f"SLACK_BOT_TOKEN={slack.workspace.bot_token}\n"
    (tmp_path / ".env").write_text(before)
    answers = socket_answers(slack, SLACK_BOT_TOKEN="xoxb-another")
    done = await init(tmp_path, slack, answers=answers)

    assert done.returncode == 0, done.stdout + done.stderr
    after = (tmp_path / ".env").read_text()
    same, _, added = after.partition("# Which Slack")
    assert same == before.replace(
        "SLACK_APP_TOKEN=\n", f"SLACK_APP_TOKEN={slack.workspace.app_token}\n"
    )
    assert added.splitlines()[1:] == [f"SLACK_API_URL={slack.api_url}"]


async def test_another_slack_is_remembered(tmp_path: Path, slack: FakeSlack) -> None:
    """Whoever set the bot up with a practice Slack reaches it from a new terminal, too, and is told
    which Slack that is; when it is gone, what to do."""
    (tmp_path / ".env").write_text("SLACK_API_URL=http://127.0.0.1:9/api/\n")
    await init(tmp_path, slack, answers=socket_answers(slack))
    there = await asyncio.to_thread(lambda: reframe(tmp_path, "doctor"))
    await slack.stop()
    gone = await asyncio.to_thread(lambda: reframe(tmp_path, "doctor"))
    again = await init(tmp_path, slack, answers=socket_answers(slack))

    assert dotenv_values(tmp_path / ".env")["SLACK_API_URL"] == slack.api_url
    assert there.returncode == 0, there.stdout
    assert f"{slack.api_url} (SLACK_API_URL), not" in " ".join(there.stdout.split())
    assert "as reframe practice prints it" in " ".join(gone.stdout.split())
    assert "If that was reframe practice" in again.stderr


@pytest.mark.parametrize("asked", ["https://slack.com/api/", "http://127.0.0.1:9/api/"])
@pytest.mark.parametrize(
    "named",
    ["", "https://slack.com/api/", "https://slack.com/api", "http://127.0.0.1:8/api/", "http://["],
)
def test_the_slack_that_is_asked_stands_beside_its_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, named: str
) -> None:
    """Whatever stood there before; without a line, slack.com is meant."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_API_URL", asked)
    file = Path(".env")
    file.write_text(f"SLACK_API_URL={named}\n" if named else "")
    set_up = SetUp(Terminal(), values_in(file))
    set_up.keep_slack_address()
    set_up.write()

    written = values_in(file).get("SLACK_API_URL", "https://slack.com/api/")
    assert f"{written.rstrip('/')}/" == asked


class Browser:
    """Stands for ``webbrowser``; opens pages, or can't.

    Args:
        works: whether there is one.
    """

    def __init__(self, *, works: bool) -> None:
        self.works = works
        self.opened: list[str] = []

    def open(self, page: str) -> bool:
        """Open a page, and return whether that worked."""
        self.opened.append(page)
        return self.works


@pytest.mark.parametrize("works", [True, False])
@pytest.mark.parametrize("http", [None, "https://bot.example.com"])
def test_the_page_of_slack_that_creates_the_app(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    works: bool,
    http: str | None,
) -> None:
    """It opens with the manifest filled in, and the terminal stays short; where no browser opens,
    its address is printed. Both say how to print the manifest instead."""
    browser = Browser(works=works)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.cli.init.webbrowser", browser)
    monkeypatch.setattr("bot.cli.interview.typer.prompt", lambda *_, **__: "socket")
    SetUp(Terminal(), {}).create_app(http, opens_browser=True)
    printed = capsys.readouterr().out
    manifest = http_manifest(http) if http else socket_mode_manifest()
    page = create_app_address(manifest)

    assert browser.opened == [page]
    assert (page in printed) == (not works)
    assert "reframe manifest" in printed
    assert ("manifest --http https://bot.example.com" in printed) == bool(http)
    assert len(printed.replace(page, "").splitlines()) <= 3


async def test_an_address_that_slack_would_not_take(tmp_path: Path, slack: FakeSlack) -> None:
    done = await init(tmp_path, slack, "--http", "http://x", answers=socket_answers(slack))

    assert done.returncode == 2
    assert "https address" in done.stderr


async def test_a_file_of_answers_that_is_not_there(tmp_path: Path, slack: FakeSlack) -> None:
    done = await init(tmp_path, slack, "--answers", "none")

    assert done.returncode == 2
    assert "none: No such file" in done.stderr


def hear_interrupts() -> None:
    """Hear Ctrl+C in the command, though the tests run in the background, where it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Person:
    """Somebody at a terminal, who types when a question appears.

    Args:
        folder: where the command runs. environment: its environment.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        self._start = asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "init", "--no-browser"),
            cwd=folder,
            env={"PATH": os.defpath, "COLUMNS": "200", **environment},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,  # so no other terminal is asked for what is hidden
            preexec_fn=hear_interrupts,
        )
        self._slave = slave
        self.seen = ""
        self._answered = 0

    async def start(self) -> asyncio.subprocess.Process:
        """Start the command."""
        process = await self._start
        os.close(self._slave)
        return process

    async def answers(self, question: str, answer: str) -> None:
        """Wait until a question waits for its answer, then type."""
        await self.is_asked(question)
        os.write(self._master, f"{answer}\n".encode())

    async def is_asked(self, question: str) -> None:
        """Wait until a question waits for its answer. The blank behind the colon comes
        when what is typed is hidden; what was typed before would be lost."""
        waits = re.compile(rf"{re.escape(question)}[^\r\n]*: $")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not waits.search(self.seen, self._answered):
                self.seen += await asyncio.to_thread(self._read)
        self._answered = len(self.seen)

    async def reads_to_the_end(self) -> None:
        """Read until the command has ended."""
        with contextlib.suppress(OSError):  # Linux reports the end of a terminal as an error
            while more := await asyncio.to_thread(self._read):
                self.seen += more

    def _read(self) -> str:
        return os.read(self._master, 65_536).decode()

    def close(self) -> None:
        """Take the terminal away."""
        os.close(self._master)


@pytest.fixture
def person(tmp_path: Path, slack: FakeSlack) -> Iterator[Person]:
    """Return somebody at a terminal."""
    somebody = Person(tmp_path, {"SLACK_API_URL": slack.api_url})
    yield somebody
    somebody.close()


async def test_a_person_may_try_again(tmp_path: Path, slack: FakeSlack, person: Person) -> None:
    """A wrong token is explained and asked again; what is typed as a secret is not shown."""
    process = await person.start()
    await person.answers("socket (no public address needed)", "sockte")
    await person.answers("socket (no public address needed)", "")
    await person.answers("2. The bot token", "xoxp-hush")
    await person.answers("2. The bot token", slack.workspace.bot_token)
    await person.answers("3. The app token", slack.workspace.app_token)
    await person.answers("4. Your member ID", "")
    await person.reads_to_the_end()

    assert await process.wait() == 0, person.seen
    assert "SLACK_BOT_TOKEN can't be used: this is a user token (xoxp-...)" in person.seen
    assert "hush" not in person.seen
    assert "Please answer socket or http." in person.seen
    assert "MODE can't" not in person.seen
    assert slack.workspace.bot_token not in person.seen
    assert "REFRAME_ADMINS" not in dotenv_values(tmp_path / ".env")
    assert "[bot." not in person.seen  # how the log names who says something


async def test_a_person_who_leaves(tmp_path: Path, slack: FakeSlack, person: Person) -> None:
    """Ctrl+C after the first token: nothing was written."""
    process = await person.start()
    await person.answers("socket (no public address needed)", "")
    await person.answers("2. The bot token", slack.workspace.bot_token)
    await person.answers("3. The app token", "")
    await person.is_asked("3. The app token")
    process.send_signal(signal.SIGINT)  # what the terminal makes of Ctrl+C
    await person.reads_to_the_end()

    assert await process.wait() != 0
    assert list(tmp_path.iterdir()) == []


async def test_what_is_set_is_checked_before_anybody_may_keep_it(
    tmp_path: Path, slack: FakeSlack, person: Person
) -> None:
    """What looks odd is said first, and Enter doesn't keep it; what is refused isn't offered."""
    admin = slack.workspace.add_user("ana")
    (tmp_path / ".env").write_text(
        f"SLACK_BOT_TOKEN={slack.workspace.bot_token}\n"
        "SLACK_SIGNING_SECRET=fourteen-chars\n"
        "REFRAME_ADMINS=U0404\n"
    )
    process = await person.start()
    await person.answers("socket (no public address needed)", "http")
    await person.answers("public address", "https://bot.example.com")
    await person.answers("SLACK_BOT_TOKEN is set already. Keep it?", "")
    await person.answers("SLACK_SIGNING_SECRET is set already. Keep it?", "")
    await person.answers("3. The signing secret", SECRET)
    await person.answers("4. Your member ID", admin)
    await person.reads_to_the_end()

    assert await process.wait() == 0, person.seen
    odd = person.seen.index("The signing secret may be wrong")
    assert odd < person.seen.index("SLACK_SIGNING_SECRET is set already")
    known = person.seen.index("Slack knows it")
    assert known < person.seen.index("SLACK_BOT_TOKEN is set already")
    assert "REFRAME_ADMINS can't be used: U0404" in person.seen
    assert "REFRAME_ADMINS is set already" not in person.seen
    assert "I'm taking it" not in person.seen
    assert dotenv_values(tmp_path / ".env")["SLACK_SIGNING_SECRET"] == SECRET


def test_a_secret_of_another_length_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless somebody says that it is right all the same."""
    checks = AnswerChecks(bot_settings.load(env_file=None))
    for takes, kept in ((False, SECRET), (True, "abc")):
        typed = iter(["abc", SECRET])
        person = Terminal()
        monkeypatch.setattr(person, "ask", lambda *_, typed=typed, **__: next(typed))
        monkeypatch.setattr(person, "takes_odd", lambda takes=takes: takes)
        set_up_ = SetUp(person, {})
        set_up_._settle("SLACK_SIGNING_SECRET", "init_secret", checks.signing_secret)

        assert set_up_._new == {"SLACK_SIGNING_SECRET": kept}


async def test_who_keeps_what_is_odd_hears_what_to_do_if_it_was_wrong(
    tmp_path: Path, slack: FakeSlack, person: Person
) -> None:
    (tmp_path / ".env").write_text(
        f"SLACK_BOT_TOKEN={slack.workspace.bot_token}\nSLACK_SIGNING_SECRET=fourteen-chars\n"
    )
    process = await person.start()
    await person.answers("socket (no public address needed)", "http")
    await person.answers("public address", "https://bot.example.com")
    await person.answers("SLACK_BOT_TOKEN is set already. Keep it?", "y")
    await person.answers("SLACK_SIGNING_SECRET is set already. Keep it?", "y")
    await person.answers("4. Your member ID", "")
    await person.reads_to_the_end()

    assert await process.wait() == 0, person.seen
    assert (
        "I'm taking it anyway; if Slack's requests are turned away, copy it again." in person.seen
    )
    assert dotenv_values(tmp_path / ".env")["SLACK_SIGNING_SECRET"] == "fourteen-chars"
