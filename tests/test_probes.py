"""What probes and Prometheus read over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text

from bot import health as bot_health
from bot.health import PROBLEMS, Health
from bot.probes import probe_routes
from bot.slack.state import SlackState
from bot.store.database import Database
from bot.telemetry.prometheus import Prices, PrometheusTelemetry
from tests.slack.kit import Clock
from tests.store.examples import NOW, add, store_of

TOKEN = "a token for Prometheus"
READER = {"Authorization": f"Bearer {TOKEN}"}


class DeadSocket:
    """A Socket Mode connection that is none."""

    async def is_alive(self) -> bool:
        return False


class Probed:
    """Probes over a real database, and what they look at."""

    def __init__(self, database: Database, metrics_token: str | None) -> None:
        self.clock = Clock(NOW)
        self.slack = SlackState(self.clock)
        self.tick_age = 0.0
        self.health = Health(
            transport="http",
            clock=self.clock,
            database=database,
            slack=self.slack,
            loops={},
            tick_age=lambda: self.tick_age,
            socket=None,
        )
        self.figures = PrometheusTelemetry("1.2.3", Prices())
        site = web.Application()
        site.add_routes(probe_routes(self.health, self.figures, metrics_token))
        self.client = TestClient(TestServer(site))

    async def get(self, path: str, **headers: str) -> tuple[int, Any]:
        response = await self.client.get(path, headers=headers)
        is_json = response.content_type == "application/json"
        return response.status, await (response.json() if is_json else response.text())


@pytest.fixture
async def probed(database: Database) -> AsyncIterator[Probed]:
    found = Probed(database, TOKEN)
    async with found.client:
        yield found


async def test_all_is_well(probed: Probed) -> None:
    """Each says so, with 200."""
    assert await probed.get("/livez") == (200, {"alive": True})
    assert await probed.get("/readyz") == (200, {"ready": True, "problems": []})
    status, report = await probed.get("/healthz")
    assert (status, report["ok"]) == (200, True)


async def test_health_says_with_its_status_what_its_body_says(probed: Probed) -> None:
    """503 and the problem; a refused token is no reason to send work elsewhere."""
    probed.slack.note_answer("token_revoked")
    status, report = await probed.get("/healthz")

    assert (status, report["problems"]) == (503, ["token"])
    assert (await probed.get("/readyz"))[0] == 200
    assert (await probed.get("/livez"))[0] == 200


async def test_what_hangs_is_not_alive(probed: Probed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only that ends a process: a database that is away is no reason to restart all of them."""
    probed.tick_age = 1_000.0
    assert await probed.get("/livez") == (503, {"alive": False})


async def test_a_database_that_a_newer_version_has_migrated_is_ready(
    probed: Probed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While processes of two versions run beside each other, the older ones go on."""
    monkeypatch.setattr(bot_health, "_REVISION_SECONDS", 0.0)
    async with database.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    assert (await probed.get("/readyz"))[0] == 200


async def test_a_database_at_an_older_migration_is_not_ready(
    probed: Probed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This code doesn't fit it. Alive and otherwise well all the same."""
    monkeypatch.setattr(bot_health, "_REVISION_SECONDS", 0.0)
    async with database.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    assert await probed.get("/readyz") == (503, {"ready": False, "problems": ["migration"]})
    assert (await probed.get("/healthz"))[0] == 200
    assert (await probed.get("/livez"))[0] == 200


async def test_an_old_row_and_a_dead_socket_are_not_ready(
    probed: Probed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends work must send it elsewhere."""
    monkeypatch.setattr(bot_health, "_OVERDUE_FOR_SECONDS", -1.0)
    await add(store_of(database))
    probed.clock.now += 200
    probed.health.socket = DeadSocket()  # type: ignore[assignment]

    await probed.get("/readyz")
    status, report = await probed.get("/readyz")
    assert (status, sorted(report["problems"])) == (503, ["queue", "socket"])


@pytest.mark.parametrize(
    "given", ["", "Bearer ", "Bearer wrong", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN}\u00e9"]
)
async def test_metrics_want_their_token(probed: Probed, given: str) -> None:
    """Whatever address asks: behind a proxy all come from this machine."""
    headers = {"Authorization": given} if given else {}
    status, body = await probed.get("/metrics", **headers)

    assert (status, body) == (401, "")


async def test_without_a_token_nobody_reads_metrics(database: Database) -> None:
    """Not even with an empty one, or one that says None."""
    closed = Probed(database, None)
    async with closed.client:
        for given in ("", "Bearer ", "Bearer None"):
            assert (await closed.get("/metrics", Authorization=given))[0] == 404


async def test_metrics_show_the_moment(probed: Probed, database: Database) -> None:
    """What waits, for how long, and each problem that there could be."""
    await add(store_of(database))
    probed.clock.now += 60
    probed.slack.note_answer("token_revoked")
    status, body = await probed.get("/metrics", **READER)

    assert status == 200
    assert 'reframe_queue_waiting{queue="decisions"} 1.0' in body
    assert 'reframe_queue_waiting{queue="posts"} 0.0' in body
    (late,) = (line for line in body.splitlines() if 'late_seconds{queue="decisions"}' in line)
    assert 0 < float(late.split()[-1]) <= 60
    shown = {
        name: f'reframe_problem{{problem="{name}"}} {float(name == "token")}' for name in PROBLEMS
    }
    assert [name for name, line in shown.items() if line not in body] == []
