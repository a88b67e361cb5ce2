"""Fixtures shared by all tests: databases of both kinds, the playbook, the detector, the bot."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.core.playbook_model import Playbook
from bot.detect.offline import OfflineDetector
from bot.store.database import Database
from tests.browser.chromium import ChromiumMissingError, find_chromium
from tests.harness import BotHarness, let_databases_wait, running_harness
from tests.installed import build_wheel, install
from tests.once import made_once
from tests.postgres import Postgres, PostgresMissingError, memory, migrate
from tests.shared_authorities import authorities_read_once
from tests.shared_migrations import migrations_read_once
from tests.shared_statements import statements_compiled_once
from tests.shared_toml import toml_parsed_once
from tests.shipped import shipped_playbook


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Yield a PostgreSQL server on a socket in a temporary folder, one per test process."""
    try:
        server = Postgres.start(memory(), max_wal_size="128MB")
    except PostgresMissingError as missing:
        if os.environ.get("REFRAME_REQUIRE_POSTGRES"):
            pytest.fail(f"PostgreSQL is required here: {missing}")
        pytest.skip(f"no PostgreSQL: {missing}")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium_program() -> str:
    """Return the program of a Chromium, for tests of pages."""
    try:
        return find_chromium()
    except ChromiumMissingError as missing:
        if os.environ.get("REFRAME_REQUIRE_CHROMIUM"):
            pytest.fail(f"Chromium is required here: {missing}")
        pytest.skip(f"no Chromium: {missing}")


@pytest.fixture(scope="session", autouse=True)
def _what_never_changes_is_made_once() -> Iterator[None]:
    with (
        migrations_read_once(),
        statements_compiled_once(),
        authorities_read_once(),
        toml_parsed_once(),
    ):
        yield


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with all tables, to be copied."""

    def make(folder: Path) -> None:
        migrate(f"sqlite:///{folder}/reframe.db")

    return made_once(tmp_path_factory, "migrated", make) / "reframe.db"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from this checkout."""
    (found,) = (made_once(tmp_path_factory, "wheel", build_wheel) / "copy" / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that has the installed wheel and nothing else."""
    return made_once(tmp_path_factory, "installed", functools.partial(install, wheel))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of a new database, of each kind in turn.

    It has no tables, unless the test uses ``database``: then it is a copy of a migrated one.
    """
    migrated = "database" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "reframe.db"
        if migrated:
            shutil.copy(request.getfixturevalue("migrated_sqlite"), file)
        yield f"sqlite:///{file}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database(migrated=migrated) as address:
        yield address


@pytest.fixture
async def database(database_address: str) -> AsyncIterator[Database]:
    """Yield an open database with all tables, of each kind in turn."""
    opened = Database(database_address)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let databases that are made from now on wait longer for a connection and for a lock."""
    let_databases_wait(monkeypatch)


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    """Return the playbook that ships."""
    return shipped_playbook()


@pytest.fixture(scope="session")
def detector(playbook: Playbook) -> OfflineDetector:
    """Return the detector that ships."""
    return OfflineDetector.shipped(playbook.cues)


@pytest.fixture
async def harness(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[BotHarness]:
    """Yield a fake Slack and a bot, which the test starts with the settings it needs."""
    shutil.copy(migrated_sqlite, tmp_path / "reframe.db")
    async with running_harness(tmp_path) as bot:
        yield bot


@pytest.fixture
async def bot(harness: BotHarness) -> BotHarness:
    """Return the bot, running over HTTP without caps and quiet hours."""
    await harness.start()
    return harness
