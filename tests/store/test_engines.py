"""What a transaction costs beside its statements, and how a database that was away is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from bot.flows.errors import StoreUnavailableError
from bot.store.database import Database
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield what is sent to databases meanwhile."""
    sent: list[str] = []

    def keep(_: object, __: object, statement: str, *___: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


async def ask(database: Database) -> None:
    async with database.begin() as connection:
        await connection.execute(text("SELECT 1"))


def end_connections(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_a_transaction_begins_in_one_trip(postgres: Postgres) -> None:
    with postgres.database() as address:
        database = Database(address)
        await ask(database)
        with statements() as sent:
            await ask(database)
            async with database.begin() as connection:
                limits = [await connection.scalar(text(f"SHOW {name}")) for name in LIMITS]
        await database.close()
    assert len(sent) == 2 + 1 + len(LIMITS)
    assert limits == ["1500ms", "10s"]


LIMITS = ("lock_timeout", "statement_timeout")


async def test_limits_end_with_the_transaction(postgres: Postgres) -> None:
    with postgres.database() as address:
        database = Database(address)
        await ask(database)
        async with database.outside_transaction() as connection:
            limits = [await connection.scalar(text(f"SHOW {name}")) for name in LIMITS]
        await ask(database)
        await database.close()
    assert limits == ["0", "0"]


async def test_a_connection_that_was_idle_is_replaced_if_it_is_gone(postgres: Postgres) -> None:
    with postgres.database() as address:
        database = Database(address)
        await ask(database)
        end_connections(address)
        with mock.patch("bot.store.engines._PING_AFTER_SECONDS", 0.0):
            await ask(database)
        await database.close()


async def test_a_connection_in_use_fails_once(postgres: Postgres) -> None:
    with postgres.database() as address:
        database = Database(address)
        await ask(database)
        end_connections(address)
        with (
            mock.patch("bot.store.engines._PING_AFTER_SECONDS", 60.0),
            pytest.raises(StoreUnavailableError),
        ):
            await ask(database)
        await ask(database)
        await database.close()
