"""Tests of ``reframe doctor`` and the previews, which read the database and change nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.sandbox.slack import FakeSlack
from bot.store.database import Database
from bot.store.tables import inbox, preferences, sales_teams
from tests.processes.reframe import reframe


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a database that knows one person and one team."""

    async def fill() -> None:
        database = Database(f"sqlite:///{tmp_path}/reframe.db")
        await database.open()
        await database.migrate()
        async with database.begin() as connection:
            await connection.execute(
                insert(preferences).values(workspace_id="T1", user_id="U1", weekly_reflection=True)
            )
            await connection.execute(
                insert(sales_teams).values(
                    workspace_id="T1",
                    id="G1",
                    manager_id="U9",
                    name="North",
                    slot="mon 09:00",
                    created_at=0,
                )
            )
        await database.close()

    asyncio.run(fill())
    return tmp_path


def test_preview_of_a_weekly_reflection(folder: Path) -> None:
    """Print as text what a person would be sent; enqueue nothing."""
    done = reframe(folder, "reflect", "--preview", "U1")

    assert done.returncode == 0, done.stderr
    assert "Your weekly reflection" in done.stdout
    assert "[Reflect]" in done.stdout
    assert reframe(folder, "reflect", "--preview", "U404").returncode == 1


def test_preview_of_digests(folder: Path) -> None:
    """Print what each manager would be sent; with too few sellers, an article and a question."""
    done = reframe(folder, "digest", "--preview")

    assert done.returncode == 0, done.stderr
    assert "A question for North this week." in done.stdout
    assert "U9" not in done.stdout
    assert reframe(folder, "digest").returncode == 2


def test_doctor_finds_nothing_wrong(folder: Path) -> None:
    """Exit with 0, and print the counts and what is not set."""
    done = reframe(folder, "doctor")

    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("questions", "preferences 1", "oldest text", "the limit is 24", "nothing is sent"):
        assert said in done.stdout


def test_doctor_reports_text_kept_too_long(folder: Path) -> None:
    """54: fail if a text is older than its limit, as after a purge that never ran."""

    async def age() -> None:
        database = Database(f"sqlite:///{folder}/reframe.db")
        async with database.begin() as connection:
            await connection.execute(
                insert(inbox).values(
                    event_id="E", workspace_id="T1", channel_id="C", ts="1.5", author_id="U1",
                    text="old", version="1", state="waiting", due_at=0,
                    accepted_at=time.time() - 30 * 3_600,
                )
            )  # fmt: skip
        await database.close()

    asyncio.run(age())
    done = reframe(folder, "doctor")

    assert done.returncode == 1
    assert "30.0 hours" in done.stdout


def test_doctor_without_a_database(tmp_path: Path) -> None:
    """Report missing tables, with the command that creates them."""
    done = reframe(tmp_path, "doctor")

    assert done.returncode == 1
    assert "reframe migrate" in " ".join(done.stdout.split())
    assert not (tmp_path / "reframe.db").exists()


@pytest.mark.parametrize("command", ["digest --preview", "reflect --preview U1", "labels"])
def test_commands_that_read_without_a_database(tmp_path: Path, command: str) -> None:
    """Say what to do if there are no tables, and exit with 2."""
    done = reframe(tmp_path, *command.split())

    assert done.returncode == 2
    assert "reframe migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("token", "code", "said"), [("", 0, "bot U0REFRAME"), ("x", 1, "refuses the bot token")]
)
async def test_doctor_checks_the_token(folder: Path, token: str, code: int, said: str) -> None:
    """Accept a token that Slack accepts, and report one that it refuses."""
    async with FakeSlack() as slack:
        values = {
            "SLACK_BOT_TOKEN": f"{slack.workspace.bot_token}{token}",
            "SLACK_API_URL": slack.api_url,
        }
        done = await asyncio.to_thread(lambda: reframe(folder, "doctor", environment=values))

    assert done.returncode == code
    assert said in done.stdout
