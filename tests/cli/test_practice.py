"""``reframe practice``: a newcomer does what it prints, in real processes, and is coached."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shlex
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.process import free_port
from bot.sandbox.workspace import Json
from tests.harness import ENTITLEMENT
from tests.processes.reframe import command as reframe_program

FROM_NOTHING = (sys.executable, "-m", "bot")
PATIENCE_SECONDS = 90
PRINTED = re.compile(r"^  (Bot token|App token|Signing secret|Member ID \(Omar\)) +(\S+)$", re.M)
ANSWERS = {
    "Bot token": "SLACK_BOT_TOKEN",
    "App token": "SLACK_APP_TOKEN",
    "Signing secret": "SLACK_SIGNING_SECRET",
    "Member ID (Omar)": "REFRAME_ADMINS",
}


class Newcomer:
    """Somebody with two terminals and the page.

    Args:
        session: the browser's. printed: what stands in the first terminal.
        folder: where the second one is.
        program: stands for the program that the printed commands name.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        printed: str,
        folder: Path,
        program: tuple[str, ...],
    ) -> None:
        self._session = session
        self._program = program
        self._folder = folder
        self._page: str = re.findall(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", printed)[0]
        self._commands: list[str] = re.findall(r"^  (\S.* (?:init|run)\b.*)$", printed, re.M)
        self.printed = dict(PRINTED.findall(printed))
        self._environment = {
            "PATH": os.defpath,
            **dict(re.findall(r"^  export (\w+)=(\S+)$", printed, re.M)),
            "REFRAME_QUIET_HOURS": "off",  # the tests run on any day
            "REFRAME_SETTLE_SECONDS": "0.2",
        }

    async def init(self, *, by_http: bool) -> str:
        """Run the command that was printed, with the answers that were, and return what it says."""
        given = "".join(f"{ANSWERS[label]}={value}\n" for label, value in self.printed.items())
        (self._folder / "answers").write_text(given)
        process = await self._start(f"{self._command('init', by_http)} --answers answers")
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()
        return said.decode()

    @asynccontextmanager
    async def run(self, *, by_http: bool, secret: str = "") -> AsyncIterator[None]:
        """Run the bot with the command that was printed; ``secret``: another signing secret."""
        if secret:
            self._environment["SLACK_SIGNING_SECRET"] = secret
        process = await self._start(self._command("run", by_http))
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            await process.communicate()

    async def stored(self) -> str:
        """Return what the doctor says is stored, which may run beside the bot."""
        process = await self._start(f"{shlex.join(FROM_NOTHING)} doctor --json")
        said, _ = await process.communicate()
        checks = json.loads(said)["checks"]
        return str(next(each["detail"] for each in checks if each["name"] == "stored"))

    async def do(self, action: str, **details: object) -> Json:
        """Do something on the page, as the first person there, in the first channel."""
        state = await self.state()
        asked = {
            "as": state["viewer"],
            "do": action,
            "channel": state["channels"][0]["id"],
            **details,
        }
        origin = self._page.rsplit("/", 2)[0]
        async with self._session.post(
            f"{self._page}do", json=asked, headers={"Origin": origin}
        ) as response:
            answer: Json = await response.json()
            return answer

    async def state(self) -> Json:
        """Return what the page shows."""
        async with self._session.get(f"{self._page}events") as response:
            line = await response.content.readline()
            state: Json = json.loads(line.removeprefix(b"data: "))
            return state

    async def sees(self, connection: str) -> None:
        """Wait until the page says something about the connection."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while connection not in (await self.state())["own_bot"]["connection"]["words"]:
                await asyncio.sleep(0.1)

    async def is_asked(self) -> str:
        """Wait for a question below what was posted, and return it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for message in (await self.state())["channels"][0]["messages"]:
                    if "reframe_answer_helpful" in json.dumps(message.get("blocks") or []):
                        return str(message["text"])
                await asyncio.sleep(0.1)

    def _command(self, name: str, by_http: bool) -> str:
        """Return the printed line for a command."""
        found = (each for each in self._commands if f" {name}" in each)
        return next(each for each in found if ("--http" in each) == by_http)

    async def _start(self, command: str) -> Process:
        words = shlex.split(command)
        assert tuple(words[:3]) == FROM_NOTHING
        return await asyncio.create_subprocess_exec(
            *(*self._program, *words[3:]),
            cwd=self._folder,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
        )


@pytest.fixture
async def newcomer(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Newcomer]:
    """Start the fake Slack, and yield somebody who has read what it prints. Unless a test asks for
    another program, processes come from the fork server."""
    program: tuple[str, ...] = getattr(request, "param", None) or reframe_program()
    port = free_port()
    request_url = f"http://127.0.0.1:{port}/slack/events"
    process = await asyncio.create_subprocess_exec(
        *(*program, "practice", "--no-browser", "--request-url", request_url),
        cwd=tmp_path,
        env={"PATH": os.defpath},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
    )
    assert process.stdout is not None
    printed = (await process.stdout.readuntil(b"press Ctrl+C here.\n")).decode()
    assert request_url in printed
    async with aiohttp.ClientSession() as session:
        yield Newcomer(session, printed, tmp_path, program)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    rest, _ = await process.communicate()
    assert process.returncode == 0, rest.decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("newcomer", "by_http"),
    [(FROM_NOTHING, False), (None, True)],
    ids=["socket, from nothing", "http"],
    indirect=["newcomer"],
)
async def test_what_is_printed_leads_to_a_question(newcomer: Newcomer, by_http: bool) -> None:
    """Set up, start, invite, write, and get a question; before, the page says that no app is
    there."""
    alone = await newcomer.do("command", text="help")
    await newcomer.sees("No app is connected right now")
    said = await newcomer.init(by_http=by_http)
    async with newcomer.run(by_http=by_http):
        await newcomer.sees("connected over HTTP" if by_http else "connected by Socket Mode")
        invited = await newcomer.do("invite", text="@Reframe")
        again = await newcomer.do("invite", text="@Reframe")
        await newcomer.do("post", text=ENTITLEMENT)
        question = await newcomer.is_asked()
        removed = await newcomer.do("remove", text="@Reframe")
        gone = (await newcomer.state())["channels"][0]

        unheard = await newcomer.do("install")
        uninstalled = await newcomer.do("uninstall")
        nobody = await newcomer.do("command", text="help")
        state = (await newcomer.state())["own_bot"]
        left = await newcomer.stored()
        installed = await newcomer.do("install")
        await newcomer.do("invite", text="@Reframe")
        back = (await newcomer.state())["channels"][0]

    assert (unheard, uninstalled, installed) == ({}, {}, {})
    assert "uninstalled" in nobody["error"]
    assert not state["installed"]
    assert "has erased everything about this workspace" in state["uninstall"]
    assert left == "encryption settings: 1"
    assert back["has_bot"]
    assert "No app is connected right now" in alone["error"]
    assert "All set" in said
    assert "not ok" not in said
    assert invited == {}
    assert "already" in again["error"]
    assert removed == {}
    assert not gone["has_bot"]
    assert "?" in question
    await newcomer.do("command", text="help")
    await newcomer.sees("Your app was connected, and isn't any more")


@pytest.mark.slow
async def test_another_signing_secret_is_told_from_no_app(newcomer: Newcomer) -> None:
    """The page says that the app turns requests away, and which setting to compare."""
    await newcomer.init(by_http=True)
    async with newcomer.run(by_http=True, secret="0123456789abcdef0123456789abcdef"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "No app" in (await newcomer.do("command", text="help"))["error"]:
                await asyncio.sleep(0.2)
        await newcomer.sees("SLACK_SIGNING_SECRET")


async def test_the_page_changes_no_bot_of_somebodys(newcomer: Newcomer) -> None:
    """Clock, caps and detector belong to a bot that runs elsewhere."""
    for action, details in (("clock", {"to": "hour"}), ("caps", {"lifted": True})):
        assert "its own settings" in (await newcomer.do(action, **details))["error"]
    assert "its own settings" in (await newcomer.do("detector", to="offline"))["error"]
    assert (await newcomer.state())["clock"]["jumps"] == []


async def test_a_request_url_that_is_none(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(*reframe_program(), "practice", "--request-url", "localhost:3000"),
        cwd=tmp_path,
        env={"PATH": os.defpath},
        stderr=PIPE,
    )
    _, complaint = await process.communicate()

    assert process.returncode == 2
    assert b"--request-url" in complaint
