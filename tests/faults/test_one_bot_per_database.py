"""One bot works on a PostgreSQL database; a second one is refused, whatever happens to its
connections. (For SQLite, a locked file does the same: tests/store/test_database.py.)"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.cli.problems import explain
from bot.flows.errors import DatabaseError
from tests.harness import ENTITLEMENT, BotHarness, running_harness
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres

_END_ALL = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def address(postgres: Postgres) -> Iterator[str]:
    """Yield the address of a new database with all tables."""
    with postgres.database(migrated=True) as address:
        yield address


@pytest.fixture
async def first(tmp_path: Path, address: str) -> AsyncIterator[BotHarness]:
    """Yield a running bot."""
    (tmp_path / "first").mkdir()
    async with running_harness(tmp_path / "first") as bot:
        bot.address = address
        await bot.start()
        yield bot


@pytest.fixture
async def second(tmp_path: Path, address: str) -> AsyncIterator[BotHarness]:
    """Yield a bot for the same database, not yet started."""
    (tmp_path / "second").mkdir()
    async with running_harness(tmp_path / "second") as bot:
        bot.address = address
        yield bot


async def start_error(bot: BotHarness) -> DatabaseError | None:
    """Start a bot; return the error that it was refused with, or None if it runs."""
    try:
        await bot.start()
    except DatabaseError as refused:
        return refused
    return None


async def ask_once(bot: BotHarness) -> None:
    """Check that the bot asks one question about a new message."""
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    assert len(bot.replies(ts)) == 1


async def test_second_bot_is_refused(
    first: BotHarness, second: BotHarness, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refuse a second bot with a sentence that says what to do, and let the first one work on."""
    refused = await start_error(second)
    assert refused is not None

    assert explain(refused) == 2
    sentence = capsys.readouterr().err
    assert sentence.startswith("Another Reframe is using the database postgresql://")
    assert "Stop it first, or set DATABASE_URL to another database." in sentence
    await ask_once(first)


async def test_all_connections_end(first: BotHarness, second: BotHarness, address: str) -> None:
    """Never run two bots, though PostgreSQL ends every connection, as a failover does."""
    await ask_once(first)
    for _ in range(2):
        with psycopg.connect(address, autocommit=True) as connection:
            ended = connection.execute(_END_ALL).fetchone()
        assert ended is not None
        assert ended[0] > 0
        refused = await start_error(second)
        assert refused is not None
        assert refused.kind == "database_in_use"
        assert first.is_running
        await ask_once(first)


async def test_next_bot_after_a_stop(first: BotHarness, second: BotHarness) -> None:
    """Let another bot take over at once when the first one stops."""
    await first.stop()
    assert await start_error(second) is None
    await ask_once(second)
