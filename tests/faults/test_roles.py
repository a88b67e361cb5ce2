"""Web and worker processes share a PostgreSQL database: ``reframe run --role``."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from bot.core.policy import Backoff
from bot.flows.errors import StoreRefusedError
from bot.sandbox.faults import Fault
from bot.sandbox.process import BotProcess
from tests.faults.fleet import Fleet
from tests.postgres import Postgres
from tests.processes.reframe import reframe
from tests.shipped import shipped_playbook

pytestmark = pytest.mark.postgres
TAKEN_OVER_SECONDS = 60.0
MORE_THAN_TRIES = Backoff().max_attempts + 2
_BREAK = """
    CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = 'data_exception'; END $$;
    CREATE TRIGGER broken BEFORE UPDATE ON inbox FOR EACH ROW EXECUTE FUNCTION break();
"""
_FAILED = "SELECT id FROM procrastinate_jobs WHERE status = 'failed'"
_HURRY = "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo' AND attempts > 0"
_HELD = """
    SELECT method FROM method_holds WHERE free_at > extract(epoch FROM now()) ORDER BY method
"""
_JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'reframe'"


@pytest.fixture
def address(postgres: Postgres) -> Iterator[str]:
    """Yield the address of a new database with all tables."""
    with postgres.database(migrated=True) as address:
        yield address


@asynccontextmanager
async def running(folder: Path, address: str) -> AsyncIterator[Fleet]:
    """Two web and two worker processes."""
    fleet = Fleet(folder, address, webs=2, workers=2)
    async with fleet.slack:
        await fleet.start()
        try:
            yield fleet
        finally:
            await fleet.stop()


async def test_web_stores_and_workers_answer(tmp_path: Path, address: str) -> None:
    """What either web process has acknowledged, one of the workers answers, once, however often
    Slack asks to wait; a stop takes less than ten seconds."""
    async with running(tmp_path, address) as fleet:
        for _ in range(10):
            await fleet.say()
        await fleet.until_answered(30)

        assert fleet.is_each_answered_once
        assert fleet.statuses == {200: 10}
        refused = Fault.rate_limited("0.2")
        fleet.slack.faults.inject("chat.postMessage", refused, times=MORE_THAN_TRIES)
        await fleet.say()
        await fleet.until_answered(30)
        assert fleet.is_each_answered_once
        await a_dead_letter_is_handed_out_again(fleet, tmp_path, address)
        began = time.monotonic()
        await fleet.stop()
        assert time.monotonic() - began < 10
        with psycopg.connect(address) as connection:  # what is done leaves no job
            assert connection.execute(_JOBS).fetchone() == (0,)


async def test_what_slack_tells_one_process_all_others_obey(tmp_path: Path, address: str) -> None:
    """What a web process hears, the other one obeys, and workers read; what a worker hears is kept
    in the same place."""
    async with running(tmp_path, address) as fleet:
        fleet.slack.faults.inject("views.open", Fault.rate_limited("60"))
        fleet.slack.faults.inject("chat.postMessage", Fault.rate_limited("60"))
        for web in (*fleet.webs, *fleet.webs):
            await opens_no_form(fleet, web)
        assert len(fleet.slack.calls_to("views.open")) == 1

        await fleet.say()
        with psycopg.connect(address, autocommit=True) as connection:
            async with asyncio.timeout(30):
                while connection.execute(_HELD).fetchall() != [
                    ("chat.postMessage",),
                    ("views.open",),
                ]:
                    await asyncio.sleep(0.05)
        assert len(fleet.slack.calls_to("chat.postMessage")) == 1


async def opens_no_form(fleet: Fleet, web: BotProcess) -> None:
    """Type /reframe, which reaches this web process, and be told that no form can be opened."""
    fleet.slack.set_request_url(web.url)
    seller = next(u.id for u in fleet.workspace.users.values() if u.name == "seller0")
    channel_id = next(c for c, each in fleet.workspace.channels.items() if each.name == "deal-0")
    attempt = await fleet.slack.run_command(seller, channel_id, "/reframe", "")
    assert json.loads(attempt.body or "{}")["text"] == shipped_playbook().text("ask", "no_form")


async def a_dead_letter_is_handed_out_again(fleet: Fleet, folder: Path, address: str) -> None:
    """A job that failed five times is listed without a text, and answered once after a retry."""
    assert jobs(folder, address) == (0, shipped_playbook().text("cli", "no_dead_letters") + "\n")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(_BREAK)
        channel_id, _ = await fleet.say()
        async with asyncio.timeout(30):
            while not connection.execute(_FAILED).fetchone():
                connection.execute(_HURRY)  # else the waits between five tries take minutes
                await asyncio.sleep(0.2)
        connection.execute("DROP TRIGGER broken ON inbox")
        [job_id] = connection.execute(_FAILED).fetchone() or ()

    code, told = jobs(folder, address)
    row = told.splitlines()[1].split()
    date, hour = row.pop(4), row.pop(4)
    assert datetime.fromisoformat(f"{date} {hour}+00:00") <= datetime.now(UTC)
    workspace_id = fleet.workspace.team_id
    refused = StoreRefusedError.__name__
    assert (code, row) == (1, [str(job_id), "decision", workspace_id, channel_id, "5", refused])
    assert jobs(folder, address, "--retry", job_id + 1)[0] == 2
    assert jobs(folder, address, "--retry", job_id)[0] == 0
    await fleet.until_answered(30)
    assert fleet.is_each_answered_once
    assert jobs(folder, address, "--retry", "all") == jobs(folder, address)


def jobs(folder: Path, address: str, *arguments: object) -> tuple[int, str]:
    """Return the exit code of ``reframe jobs``, and what it prints."""
    done = reframe(folder, "jobs", *arguments, environment={"DATABASE_URL": address})
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
async def test_kills_in_the_middle_of_work(tmp_path: Path, address: str) -> None:
    """A worker and a web process are killed while posts are under way. The others take over within
    a minute; nothing is lost and nothing doubled."""
    async with running(tmp_path, address) as fleet:
        fleet.slack.faults.inject("chat.postMessage", Fault.slow(0.8), times=100)
        saying = asyncio.create_task(say(fleet, 30))
        while not fleet.replies:
            await asyncio.sleep(0.01)
        await asyncio.gather(fleet.workers[0].kill(), fleet.webs[0].kill())
        await saying
        await fleet.until_answered(TAKEN_OVER_SECONDS)
        await asyncio.sleep(1)  # for what would be doubled

        assert fleet.is_each_answered_once
        assert len(fleet.sent) == 30


@pytest.mark.slow
async def test_postgres_goes_away_and_comes_back(tmp_path: Path) -> None:
    """Slack gets 503 meanwhile and sends again; all goes on by itself."""
    server = Postgres.start()
    try:
        with server.database(migrated=True) as address:
            async with running(tmp_path, address) as fleet:
                await say(fleet, 5)
                await asyncio.to_thread(server.end)
                saying = asyncio.create_task(say(fleet, 5))
                await asyncio.sleep(2)
                await asyncio.to_thread(server.begin)
                await saying
                await fleet.until_answered(TAKEN_OVER_SECONDS)

                assert fleet.is_each_answered_once
                assert set(fleet.statuses) == {200, 503}
    finally:
        server.stop()


async def say(fleet: Fleet, count: int) -> None:
    """Let sellers write, one message after the other."""
    for _ in range(count):
        await fleet.say()
        await asyncio.sleep(0.05)
