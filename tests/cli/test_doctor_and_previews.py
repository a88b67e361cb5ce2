"""Tests of ``reframe doctor`` and the previews, which read the database and change nothing."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.core.weekly_slot import iso_week
from bot.store.database import Database
from bot.store.encryption import generate_secret
from bot.store.keyring import read_keys
from bot.store.tables import inbox, preferences, sales_teams, workspace_settings
from bot.store.unit_of_work import SqlStore
from tests.fakes.languages import two_language_prompts
from tests.processes.reframe import reframe
from tests.shipped import shipped_playbook
from tests.store.examples import add, decide


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


@pytest.mark.parametrize("arguments", [(), ("U1",), ("U404",)])
def test_preview_of_a_weekly_reflection(folder: Path, arguments: tuple[str, ...]) -> None:
    """Print the layout with placeholders, the same whoever is named, and read nobody's data.

    Ana's plan and the question that she got are in the database, and the key is set.
    """
    key = generate_secret()
    asyncio.run(fill_with_canaries(folder, key))
    values = {"REFRAME_ENCRYPTION_KEY": key}
    done = reframe(folder, "reflect", "--preview", *arguments, environment=values)

    assert done.returncode == 0, done.stderr
    assert "Your weekly reflection" in done.stdout
    assert "[Reflect]" in done.stdout
    assert "(what the seller wrote last week)" in done.stdout
    for box in ("What I learned", "Next", "If-then"):
        assert box in done.stdout
    assert "canary" not in done.stdout + done.stderr
    assert "U1" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["digest --preview", "doctor", "labels"])
def test_no_command_shows_what_a_person_wrote_or_got(folder: Path, command: str) -> None:
    """Commands that read the database print neither words, nor who they belong to."""
    key = generate_secret()
    asyncio.run(fill_with_canaries(folder, key))
    values = {"REFRAME_ENCRYPTION_KEY": key}
    done = reframe(folder, *command.split(), environment=values)

    assert done.returncode in (0, 1)
    for hidden in ("canary", "U1", "U9", "C-deal"):
        assert hidden not in done.stdout + done.stderr


async def fill_with_canaries(folder: Path, key: str) -> None:
    """Store a plan, a message and a decision of U1."""
    database = Database(f"sqlite:///{folder}/reframe.db")
    store = SqlStore(database, await read_keys(database, [key], (), now=0))
    now = time.time()
    async with store.begin() as uow:
        week = iso_week(now, UTC)
        await uow.reflections.save("T1", "U1", week, {"if": "canary-if", "then": "x"}, now=now)
    await decide(store, 1, reason=None, at=now)
    await add(store, 2, words="canary-text", at=now)
    await database.close()


def test_preview_of_digests(folder: Path) -> None:
    """Print what each manager would be sent; with too few sellers, an article and a question."""
    done = reframe(folder, "digest", "--preview")

    assert done.returncode == 0, done.stderr
    assert "This week's theme for North" in done.stdout
    assert "comes from the calendar" in done.stdout
    assert "U9" not in done.stdout
    assert reframe(folder, "digest").returncode == 2


def test_preview_of_a_digest_before_anything_is_set_up(tmp_path: Path) -> None:
    """Print a sample with figures, say that it is one, and create no database."""
    done = reframe(tmp_path, "digest", "--preview")

    assert done.returncode == 0, done.stderr
    assert "This week's theme for (your team)" in done.stdout
    assert "10 or more" in done.stdout
    assert "a sample" in done.stderr
    assert list(tmp_path.glob("*.db*")) == []


def test_doctor_finds_nothing_wrong(folder: Path) -> None:
    """Exit with 0, and print the counts and what is not set."""
    done = reframe(folder, "doctor")

    assert done.returncode == 0, done.stdout + done.stderr
    kept = "people's settings: 1"
    for said in ("questions", kept, "oldest text", "the limit is 24", "nothing is sent"):
        assert said in done.stdout


def test_doctor_knows_the_languages(folder: Path) -> None:
    """Those that are installed; and one that a workspace has chosen, and nobody can read."""

    async def choose() -> None:
        database = Database(f"sqlite:///{folder}/reframe.db")
        async with database.begin() as connection:
            chosen = insert(workspace_settings).values(workspace_id="T1", language="de")
            await connection.execute(chosen)
        await database.close()

    assert "installed: English (en)" in " ".join(reframe(folder, "doctor").stdout.split())
    asyncio.run(choose())
    done = reframe(folder, "doctor")
    assert done.returncode == 1
    assert "strings.de.toml" in done.stdout
    prompts = two_language_prompts(shipped_playbook(), folder)
    done = reframe(folder, "doctor", environment={"REFRAME_PROMPTS_DIR": str(prompts)})
    assert done.returncode == 0, done.stdout
    assert "Deutsch (de)" in " ".join(done.stdout.split())


@pytest.mark.fault_case(54)
def test_doctor_reports_text_kept_too_long(folder: Path) -> None:
    """54: fail if a text is older than its limit, as after a purge that never ran."""

    async def age() -> None:
        database = Database(f"sqlite:///{folder}/reframe.db")
        async with database.begin() as connection:
            await connection.execute(
                insert(inbox).values(
                    event_id="E", workspace_id="T1", channel_id="C", ts="1.5", author_id="U1",
                    sealed_text="old", version="1", state="waiting", due_at=0,
                    accepted_at=time.time() - 30 * 3_600,
                )
            )  # fmt: skip
        await database.close()

    asyncio.run(age())
    done = reframe(folder, "doctor")

    assert done.returncode == 1
    assert "30.0 hours" in done.stdout


def test_replacing_the_key(folder: Path) -> None:
    """Print a key, move what the old one encrypted, and say when the old one can go."""
    old, new = (reframe(folder, "new-key").stdout.strip() for _ in range(2))
    assert old != new
    asyncio.run(fill_with_canaries(folder, old))

    locked = reframe(folder, "doctor", environment={"REFRAME_ENCRYPTION_KEY": new})
    assert locked.returncode == 1
    assert "1 can't be opened" in " ".join(locked.stdout.split())
    failed = reframe(folder, "rotate-key", environment={"REFRAME_ENCRYPTION_KEY": new})
    assert failed.returncode == 1
    assert "that need a key that isn't set: 1." in failed.stdout
    both = {"REFRAME_ENCRYPTION_KEY": new, "REFRAME_ENCRYPTION_KEY_OLD": old}
    moved = reframe(folder, "rotate-key", environment=both)
    assert moved.returncode == 0, moved.stderr
    assert "Answers moved to the current key: 1." in moved.stdout
    assert "can be removed" in moved.stdout
    done = reframe(folder, "doctor", environment={"REFRAME_ENCRYPTION_KEY": new})
    assert "kept, encrypted" in done.stdout
    for each in (locked, failed, moved, done):
        assert old not in each.stdout + each.stderr
        assert new not in each.stdout + each.stderr


def test_replacing_the_key_needs_a_key_and_tables(tmp_path: Path) -> None:
    """Say what is missing, and exit with 2."""
    without_key = reframe(tmp_path, "rotate-key")
    values = {"REFRAME_ENCRYPTION_KEY": generate_secret()}
    without_tables = reframe(tmp_path, "rotate-key", environment=values)

    assert (without_key.returncode, without_tables.returncode) == (2, 2)
    assert "REFRAME_ENCRYPTION_KEY" in without_key.stderr
    assert "reframe migrate" in without_tables.stderr


def test_doctor_without_a_database(tmp_path: Path) -> None:
    """Report missing tables, with the command that creates them."""
    done = reframe(tmp_path, "doctor")

    assert done.returncode == 1
    assert "reframe migrate" in " ".join(done.stdout.split())
    assert not (tmp_path / "reframe.db").exists()


@pytest.mark.parametrize("command", ["digest --preview", "labels"])
def test_commands_that_read_a_database_without_tables(tmp_path: Path, command: str) -> None:
    """Say what to do if there are no tables, and exit with 2."""
    (tmp_path / "reframe.db").touch()
    done = reframe(tmp_path, *command.split())

    assert done.returncode == 2
    assert "reframe migrate" in done.stderr
    assert "Traceback" not in done.stderr
