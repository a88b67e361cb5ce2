"""PostgreSQL behind pgbouncer in transaction mode: nothing may depend on a session (s24)."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import literal, select, text

from bot.flows.errors import DatabaseError
from bot.flows.ports.inbox import NewMessage
from bot.flows.ports.outbox import MessageKind, OutgoingMessage
from bot.flows.ports.work import WorkItem, WorkKind
from bot.sandbox.process import free_port
from bot.store.database import Database
from bot.store.encryption import Encryptor
from bot.store.engines import postgres_engine
from bot.store.job_queue import JobQueue
from bot.store.unit_of_work import SqlStore
from bot.workers.job_runner import JobRunner
from tests.postgres import Postgres
from tests.store.examples import NOW, count_waiting, message, store_of

pytestmark = [pytest.mark.postgres, pytest.mark.pgbouncer]
_CONFIGURATION = """
[databases]
{name} = host={server} dbname={name} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
server_round_robin = 1
logfile = {folder}/log
"""


@pytest.fixture
def address(postgres: Postgres, tmp_path: Path) -> Iterator[str]:
    """Yield the address of an empty database behind a pooler that shares four sessions."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        missing = "pgbouncer was not found; on Debian and Ubuntu: apt install pgbouncer"
        if os.environ.get("REFRAME_REQUIRE_POSTGRES"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = postgres.folder / f"pgbouncer-{tmp_path.name}"  # the server's own user may write here
    folder.mkdir()
    with postgres.database() as direct:
        name, port = direct.split("@/")[1].split("?")[0], free_port()
        file = folder / "pgbouncer.ini"
        file.write_text(
            _CONFIGURATION.format(name=name, server=postgres.folder, port=port, folder=folder)
        )
        command = [program, str(file)]
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(folder, "postgres")
            command = ["runuser", "-u", "postgres", "--", *command]
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as pooler:
            _wait_for(port)
            yield f"postgresql://postgres@127.0.0.1:{port}/{name}"
            pooler.terminate()


async def test_transactions_share_a_few_sessions(address: str) -> None:
    """Two hundred transactions at the same time, of two workers, each with its claims, and every
    message is decided and queued once."""
    one, two = Database(address), Database(address)
    await one.open()
    await one.migrate()
    stores = (store_of(one), store_of(two))
    await stores[0].release_all_leases()
    free = asyncio.Semaphore(8)

    async def add(store: SqlStore, n: int) -> bool:
        async with free, store.begin() as uow:
            return await uow.inbox.add(NewMessage(message(n), NOW), now=NOW)

    async def work(store: SqlStore, owner: str) -> int:
        async with free, store.begin() as uow:
            await uow.serialize("T1", "U1")
            claimed = await uow.inbox.claim_due(now=NOW, limit=3, owner=owner, lease_until=NOW + 9)
            for candidate in claimed:
                assert await uow.inbox.decide(candidate, None, now=NOW)
                ts = candidate.message.ts
                nudge = OutgoingMessage(f"nudge-{ts}", MessageKind.NUDGE, "T1", ts, "U1", ts)
                assert await uow.outbox.enqueue(nudge, now=NOW)
            return len(claimed)

    added = await asyncio.gather(*(add(stores[n % 2], n) for n in range(100)))
    decided = await asyncio.gather(*(work(stores[n % 2], f"w{n}") for n in range(100)))

    assert all(added)
    assert sum(decided) == 100
    assert await count_waiting(stores[0]) == 0
    async with stores[1].begin() as uow:
        posts = await uow.outbox.claim_ready(now=NOW, limit=200, owner="w", lease_until=NOW + 9)
        assert await uow.personal_data.erase("T1", "U1") == 200
    assert len({p.message.key for p in posts}) == 100
    await stores[1].purge_erased_pages()
    await two.close()
    await one.close()


async def test_one_bot_per_database(address: str) -> None:
    """A second bot is refused behind the pooler too, and a restart works."""
    first = Database(address)
    await first.open()
    with pytest.raises(DatabaseError) as refused:
        await Database(address).open()
    assert refused.value.kind == "database_in_use"
    await asyncio.sleep(1)
    assert not first.lock_lost.is_set()
    await first.close()

    again = Database(address)
    await again.open()
    await again.close()


async def test_jobs_are_handed_out(address: str) -> None:
    """Behind the pooler nobody is told of a new job; it is found all the same, within seconds."""
    database = Database(address)
    await database.open("worker")
    await database.migrate()
    queue, done = JobQueue(database, time.time), asyncio.Event()
    await queue.open()

    async def run_one(item: WorkItem) -> None:
        done.set()

    runner = JobRunner(queue, {WorkKind.DECISION: run_one}, time.time)
    running = asyncio.create_task(runner.run())
    await asyncio.sleep(0.5)  # until it has looked once, and waits
    async with SqlStore(database, Encryptor(), queue).begin() as uow:
        await uow.inbox.add(NewMessage(message(1), NOW), now=NOW)
    async with asyncio.timeout(10):
        await done.wait()
    runner.stop()
    await running
    await queue.close()
    await database.close()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with closing(socket.socket()) as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("pgbouncer did not start")


async def test_statements_are_prepared_for_whoever_has_a_session(
    address: str, postgres: Postgres
) -> None:
    """With a session of its own a process has what comes again prepared; behind the pooler it
    never does, since the next transaction may be somebody else's."""
    with postgres.database(migrated=True) as direct:
        found = [await prepared_after_many(each) for each in (direct, address)]

    assert found[0] > 0
    assert found[1] == 0


async def prepared_after_many(address: str) -> int:
    """Return how many statements are prepared where one has run often."""
    engine = postgres_engine(Database(address).url, pool_size=1)
    for _ in range(20):
        async with engine.begin() as connection:
            assert await connection.scalar(select(literal(7))) == 7
    async with engine.begin() as connection:
        count = await connection.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
    await engine.dispose()
    return count or 0
