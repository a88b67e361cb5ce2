"""``reframe doctor`` and the previews: they look, and change nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.sandbox.slack import PretendSlack
from bot.store.database import Database
from bot.store.tables import groups, inbox, people
from tests.cli.test_eval import reframe


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a database in which one person and one team are known."""

    async def fill() -> None:
        database = Database(f"sqlite:///{tmp_path}/reframe.db")
        await database.open()
        await database.migrate()
        async with database.begin() as connection:
            await connection.execute(insert(people).values(team="T1", user="U1", reflect=True))
            await connection.execute(
                insert(groups).values(
                    id="G1", team="T1", manager="U9", name="North", slot="mon 09:00", created_at=0
                )
            )
        await database.close()

    asyncio.run(fill())
    return tmp_path


def test_a_look_back_is_printed(folder: Path) -> None:
    """What a person would be sent, as text; nothing is queued."""
    done = reframe(folder, "reflect", "--preview", "U1")

    assert done.returncode == 0, done.stderr
    assert "Your look back" in done.stdout
    assert "[Look back]" in done.stdout
    assert reframe(folder, "reflect", "--preview", "U404").returncode == 1


def test_digests_are_printed(folder: Path) -> None:
    """What each manager would be sent; below the floor the article and a question."""
    done = reframe(folder, "digest", "--preview")

    assert done.returncode == 0, done.stderr
    assert "A question for North this week." in done.stdout
    assert "U9" not in done.stdout
    assert reframe(folder, "digest").returncode == 2


def test_a_healthy_house(folder: Path) -> None:
    """In order: exit code 0, the counts, and what is not set."""
    done = reframe(folder, "doctor")

    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("questions", "people 1", "oldest text", "the limit is 24", "nothing is sent"):
        assert said in done.stdout


def test_text_that_is_too_old_is_told(folder: Path) -> None:
    """54: a text past its day, as after a purge that never ran, is no healthy house."""

    async def age() -> None:
        database = Database(f"sqlite:///{folder}/reframe.db")
        async with database.begin() as connection:
            await connection.execute(
                insert(inbox).values(
                    event_id="E", team="T1", channel="C", ts="1.5", author="U1", text="old",
                    version="1", state="waiting", due_at=0, accepted_at=time.time() - 30 * 3_600,
                )
            )  # fmt: skip
        await database.close()

    asyncio.run(age())
    done = reframe(folder, "doctor")

    assert done.returncode == 1
    assert "30.0 hours" in done.stdout


def test_an_empty_folder_is_told_what_to_do(tmp_path: Path) -> None:
    """No tables yet: said, with the command that makes them."""
    done = reframe(tmp_path, "doctor")

    assert done.returncode == 1
    assert "reframe migrate" in " ".join(done.stdout.split())
    assert not (tmp_path / "reframe.db").exists()


@pytest.mark.parametrize("command", ["digest --preview", "reflect --preview U1", "labels"])
def test_nothing_to_look_at_is_a_kind_sentence(tmp_path: Path, command: str) -> None:
    """Without tables the commands that look say what to do, and end with 2."""
    done = reframe(tmp_path, *command.split())

    assert done.returncode == 2
    assert "reframe migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("token", "code", "said"), [("", 0, "bot U0REFRAME"), ("x", 1, "refused")])
async def test_slack_is_asked_who_we_are(folder: Path, token: str, code: int, said: str) -> None:
    """A token that Slack takes, and one that it does not."""
    async with PretendSlack() as slack:
        values = {
            "SLACK_BOT_TOKEN": f"{slack.workspace.bot_token}{token}",
            "SLACK_API_URL": slack.api_url,
        }
        done = await asyncio.to_thread(lambda: reframe(folder, "doctor", **values))

    assert done.returncode == code
    assert said in done.stdout
