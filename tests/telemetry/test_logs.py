"""The log in both formats: one line per record, with its workspace, and nothing of a text."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.flows.concurrency import Lanes
from bot.flows.work_context import working_for
from bot.sandbox.process import BotProcess
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace
from bot.telemetry.logs import LogFormat, log_handler
from tests.harness import ENTITLEMENT, NO_LIMITS, PATIENCE_SECONDS
from tests.processes.reframe import command as reframe_program

CANARY = "hush7f3a"
FORMATS: tuple[LogFormat, ...] = ("text", "json")


class Logged:
    """A handler of one format, and what it has written."""

    def __init__(self, log_format: LogFormat) -> None:
        self.stream = io.StringIO()
        self.handler = log_handler(self.stream, log_format)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    @property
    def entry(self) -> dict[str, Any]:
        """Return the one entry."""
        (line,) = self.lines
        found: dict[str, Any] = json.loads(line)
        return found


@pytest.fixture(params=FORMATS)
def either(request: pytest.FixtureRequest) -> Iterator[Logged]:
    logged = Logged(request.param)
    logging.getLogger().addHandler(logged.handler)
    yield logged
    logging.getLogger().removeHandler(logged.handler)


@pytest.fixture
def as_json() -> Iterator[Logged]:
    logged = Logged("json")
    logging.getLogger().addHandler(logged.handler)
    yield logged
    logging.getLogger().removeHandler(logged.handler)


@pytest.fixture
def as_text() -> Iterator[Logged]:
    logged = Logged("text")
    logging.getLogger().addHandler(logged.handler)
    yield logged
    logging.getLogger().removeHandler(logged.handler)


def test_a_line_for_machines(as_json: Logged) -> None:
    """What stands as name=value can be searched; the line itself stays as the docs print it."""
    said = "workspace=T1 channel=C1 event=Ev1 trap=none outcome=daily_cap"
    logging.getLogger("bot.flows.nudge").warning(said)
    entry = as_json.entry

    assert entry.pop("time").endswith("Z")
    assert entry == {
        "level": "warning",
        "logger": "bot.flows.nudge",
        "message": said,
        "workspace": "T1",
        "fields": {"channel": "C1", "event": "Ev1", "trap": "none", "outcome": "daily_cap"},
    }


def test_a_line_for_people(as_text: Logged) -> None:
    """Time, level, words, module; no color where nobody looks."""
    logging.getLogger("bot.serve").warning("listening on %s", "http://127.0.0.1:3000")
    (line,) = as_text.lines

    assert "listening on http://127.0.0.1:3000" in line
    assert "warning" in line
    assert "bot.serve" in line
    assert "\x1b" not in line


def test_the_workspace_is_in_every_line_of_its_work(either: Logged) -> None:
    """Also where the line doesn't name it, and once where it does; not after the work."""
    log = logging.getLogger("bot.flows.llm")
    with working_for("T0SALES"):
        log.warning("no valid answer from the language model")
        log.warning("workspace=T0SALES the budget is used up")
    log.warning("stopped")
    first, second, third = either.lines

    assert "T0SALES" in first
    assert "T0SALES" in second
    assert "T0SALES" not in third


async def test_a_lane_works_for_its_workspace(as_json: Logged) -> None:
    """Lanes run side by side, and each line has the right one."""
    lanes, release = Lanes(patience_seconds=5), asyncio.Event()

    async def work() -> None:
        await release.wait()
        logging.getLogger("bot.work").warning("done")

    lanes.start("T1", work())
    lanes.start("T2", work())
    release.set()
    await lanes.wait()

    assert sorted(json.loads(line)["workspace"] for line in as_json.lines) == ["T1", "T2"]


@pytest.mark.parametrize("odd", ["T1\nfake", 'T"1', "T1 level=error", ""])
def test_an_odd_workspace_writes_no_line_of_its_own(either: Logged, odd: str) -> None:
    """Slack's ids are letters and digits; whatever else comes is left out."""
    with working_for(odd):
        logging.getLogger("bot.x").warning("something")

    assert len(either.lines) == 1
    assert "fake" not in either.lines[0]
    assert "level=error" not in either.lines[0]


def test_one_line_whatever_is_in_it(either: Logged) -> None:
    """Nobody can write a second line into the log."""
    logging.getLogger("bot.x").warning("refused: %s", "a\n2026-01-01 forged\r\nline")

    assert len(either.lines) == 1


def raise_with_text() -> None:
    """Fail as a library does that quotes what it was given."""
    local_text = f"they owe us, {CANARY} said"
    raise ValueError(f"can't parse {local_text!r}")


@pytest.mark.parametrize("name", ["bot.cli.problems", "asyncio", "aiohttp.server"])
def test_an_exception_says_where_and_not_what(either: Logged, name: str) -> None:
    """Its type and its places, without its words and without local variables."""
    try:
        raise_with_text()
    except ValueError:
        logging.getLogger(name).error("broken", exc_info=True)  # noqa: G201 - as libraries do
    (line,) = either.lines

    assert CANARY not in line
    assert "ValueError" in line
    assert "test_logs.py:" in line


@pytest.mark.parametrize(
    ("name", "message", "arguments"),
    [
        ("aiohttp.server", "Error handling request from %s", (CANARY,)),
        ("reframe.slack_libraries", "Received a message: %s", ({"text": CANARY},)),
        ("asyncio", f"Task exception was never retrieved\nfuture: ValueError({CANARY!r})", ()),
        ("openai", "Request options: %s", (f"sk-{CANARY}",)),
    ],
)
def test_a_library_shows_no_value(
    either: Logged, name: str, message: str, arguments: tuple[Any, ...]
) -> None:
    """Its wording is enough to find the place, and no value gets out."""
    logging.getLogger(name).critical(message, *arguments)
    (line,) = either.lines

    assert CANARY not in line
    assert message.split("%")[0].splitlines()[0].strip() in line


async def test_a_process_writes_objects_only(tmp_path: Path) -> None:
    """Of the real command, from its start to its stop, with a message in between."""
    workspace = Workspace()
    ana = workspace.add_user("ana")
    deal = workspace.add_channel("deal-northwind", [ana])
    async with FakeSlack(workspace) as slack:
        settings = {
            **{name: str(value) for name, value in NO_LIMITS.items()},
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_SIGNING_SECRET": workspace.signing_secret,
            "SLACK_API_URL": slack.api_url,
            "REFRAME_LOG_FORMAT": "json",
            "REFRAME_LOG_LEVEL": "DEBUG",
        }
        program = (*reframe_program(), "run")
        process = BotProcess(settings, tmp_path, "--http", program=program)
        slack.set_request_url(process.url)
        await process.start()
        await slack.post_message(ana, deal, f"{ENTITLEMENT} {CANARY}")
        await slack.wait_for_deliveries()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while b"outcome=" not in process.log_file.read_bytes():
                await asyncio.sleep(0.05)
        await process.stop()
    lines = process.log_file.read_text("utf-8").splitlines()
    entries = [json.loads(line) for line in lines]

    assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, entries))
    assert entries[-1]["message"] == "stopped"
    assert [e["workspace"] for e in entries if "outcome" in e.get("fields", {})] == [
        workspace.team_id
    ]
    secrets = (CANARY, ENTITLEMENT[:20], workspace.bot_token, workspace.signing_secret)
    assert [line for line in lines if any(secret in line for secret in secrets)] == []
