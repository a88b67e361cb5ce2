"""Connections that are never heard of again: each has a deadline, and they can't lock Slack out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import create_autospec

import aiohttp
import pytest
from aiohttp import web

from bot.slack.connections import Connections, affordable_connections
from bot.slack.dispatch import Dispatcher
from bot.slack.http import web_app
from tests.slack.kit import Clock

HALF_A_HEADER = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Le"
HALF_A_BODY = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
HALVES = [b"", b"P", HALF_A_HEADER, HALF_A_BODY]


class Site:
    """A served web application.

    Attributes:
        release: lets a request to /slow end.
    """

    def __init__(self, port: int, release: asyncio.Event) -> None:
        self.port = port
        self.release = release

    async def send(self, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(data)
        await writer.drain()
        return reader, writer

    async def status(self, path: str = "/healthz") -> int:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
            session.get(f"http://127.0.0.1:{self.port}{path}") as response,
        ):
            return response.status


@asynccontextmanager
async def served(connections: Connections) -> AsyncIterator[Site]:
    """Serve /healthz, and a /slow that takes until it is released."""
    release = asyncio.Event()

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    async def slow(request: web.Request) -> web.Response:
        connections.keep_open(request)
        await release.wait()
        return web.Response()

    bolt = create_autospec(Dispatcher, instance=True)
    site = web_app(
        bolt,  # no request gets that far
        "secret",
        Clock(),
        [web.get("/healthz", health)],
        connections=connections,
        note_slack_time=lambda _: None,
    )
    site.router.add_get("/slow", slow)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    assert runner.server is not None
    server = await asyncio.get_running_loop().create_server(
        connections.factory(runner.server), "127.0.0.1", 0
    )
    try:
        yield Site(server.sockets[0].getsockname()[1], release)
    finally:
        release.set()
        server.close()
        await runner.cleanup()


async def is_closed(reader: asyncio.StreamReader, within: float = 3.0) -> bool:
    try:
        async with asyncio.timeout(within):
            while await reader.read(1000):
                pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("half", HALVES)
async def test_half_a_request_has_a_deadline(half: bytes) -> None:
    """Whatever is missing, the connection is closed once its time is up."""
    async with served(Connections(9, read_seconds=0.2)) as site:
        reader, writer = await site.send(half)
        assert not await is_closed(reader, within=0.1)
        assert await is_closed(reader)
        writer.close()


@pytest.mark.parametrize("half", HALVES)
async def test_the_next_request_has_a_deadline_too(half: bytes) -> None:
    """A connection that is kept open after an answer isn't kept forever."""
    async with served(Connections(9, keep_alive_seconds=0.2)) as site:
        reader, writer = await site.send(WHOLE)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.write(half)
        assert await is_closed(reader)
        writer.close()


async def test_a_request_that_trickles_in_has_the_same_deadline() -> None:
    """A byte now and then buys no time."""
    async with served(Connections(9, read_seconds=0.3)) as site:
        reader, writer = await site.send(HALF_A_HEADER)
        closed = asyncio.create_task(is_closed(reader))
        for _ in range(20):
            writer.write(b"x")
            await asyncio.sleep(0.05)
            if closed.done():
                break
        assert closed.done()
        writer.close()


@pytest.mark.parametrize("half", HALVES)
async def test_a_full_house_has_room_for_slack(half: bytes) -> None:
    """However many half-sent requests there are, a new connection gets in."""
    connections = Connections(5)
    async with served(connections) as site:
        held = [await site.send(half) for _ in range(30)]
        assert await site.status() == 200
        for reader, _ in held[:20]:
            assert await is_closed(reader)
        for _, writer in held:
            writer.close()


async def test_a_request_that_is_handled_is_not_interrupted() -> None:
    """Neither its age nor a full house ends it; with nothing else to close, new ones wait."""
    connections = Connections(2, read_seconds=0.1, keep_alive_seconds=0.1)
    async with served(connections) as site:
        slow = [asyncio.create_task(site.status("/slow")) for _ in range(2)]
        await asyncio.sleep(0.3)
        with pytest.raises(aiohttp.ClientError):
            await site.status()
        site.release.set()
        assert await asyncio.gather(*slow) == [200, 200]
        await asyncio.sleep(0.2)
        assert await site.status() == 200


def test_the_bound_fits_the_files_that_may_be_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a limit of 256 files, connections and those being accepted leave enough for the rest."""
    for allowed, most in ((256, 64), (40, 16), (1_048_576, 256), (-1, 256)):
        monkeypatch.setattr("resource.getrlimit", lambda _, allowed=allowed: (allowed, allowed))
        assert affordable_connections() == most
