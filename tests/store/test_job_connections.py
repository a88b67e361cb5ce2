"""Tests of the connections over which jobs are fetched: one trip each, and none that is dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from unittest import mock

import procrastinate
import psycopg
import pytest

from bot.store.database import engine_url
from bot.store.job_connections import job_connector
from tests.postgres import Postgres

pytestmark = pytest.mark.postgres


@pytest.fixture
async def connector(address: str) -> AsyncIterator[procrastinate.PsycopgConnector]:
    """Yield an open one, with a connection that has been used."""
    made = job_connector(engine_url(address))
    await made.open_async()
    await made.execute_query_async("SELECT 1")
    yield made
    await made.close_async()


@pytest.fixture
async def address(postgres: Postgres) -> AsyncIterator[str]:
    with postgres.database() as address:
        yield address


async def test_a_statement_is_one_trip(connector: procrastinate.PsycopgConnector) -> None:
    loop = asyncio.get_running_loop()
    with mock.patch.object(loop, "add_reader", wraps=loop.add_reader) as waits:
        found = await connector.execute_query_one_async("SELECT %(one)s AS one", one="1")

    assert found == {"one": "1"}
    assert waits.call_count == 1


async def test_what_the_server_hung_up_is_never_handed_out(
    connector: procrastinate.PsycopgConnector, address: str
) -> None:
    """A job whose end can't be noted would keep the line of its channel."""
    dropped = """
        SELECT count(pg_terminate_backend(pid, 5000)) AS count FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
    """
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as other:
        [count] = await (await other.execute(dropped)).fetchone() or (0,)
    assert count > 0

    found = await connector.execute_query_one_async("SELECT 1 AS one")

    assert found == {"one": 1}
