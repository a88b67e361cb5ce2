"""Fixtures shared by all tests: databases of both kinds, words, the detector."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot import playbook as words
from bot.core.words import Playbook
from bot.detect.offline import OfflineDetector
from bot.store.database import Database
from tests.house import House, house_in
from tests.postgres import Postgres, PostgresMissing


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of our own, on a socket in a temporary folder."""
    try:
        server = Postgres.start()
    except PostgresMissing as missing:
        if os.environ.get("REFRAME_REQUIRE_POSTGRES"):
            pytest.fail(f"PostgreSQL is required here: {missing}")
        pytest.skip(f"no PostgreSQL: {missing}")
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/reframe.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.database() as address:
        yield address


@pytest.fixture
async def database(database_address: str) -> AsyncIterator[Database]:
    """An open database with its tables, of each kind in turn."""
    opened = Database(database_address)
    await opened.open()
    await opened.migrate()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def playbook() -> Playbook:
    """The words that ship."""
    return words.read()


@pytest.fixture(scope="session")
def detector(playbook: Playbook) -> OfflineDetector:
    """The detector that ships."""
    return OfflineDetector.shipped(playbook.cues)


@pytest.fixture
async def empty_house(tmp_path: Path) -> AsyncIterator[House]:
    """A pretend Slack, and a bot that the test starts with settings of its own."""
    async with house_in(tmp_path) as house:
        yield house


@pytest.fixture
async def house(empty_house: House) -> House:
    """The bot, running over HTTP with caps and quiet hours off."""
    await empty_house.start()
    return empty_house
