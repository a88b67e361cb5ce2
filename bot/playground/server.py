"""Serves the page on loopback: files, a stream of what there is to see, and what visitors do."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable
from importlib.resources import files

from aiohttp import web

from bot.playground.office import Office
from bot.playground.snapshot import players, snapshot
from bot.playground.traces import MessageTraces
from bot.playground.visitor_actions import RefusedError, VisitorActions
from bot.sandbox.workspace import Json

_LOOK_SECONDS = 0.15  # between two looks at what has changed
_READ_SECONDS = 0.4  # between two looks at the bot's tables
_MOST_BYTES = 100_000  # of a request
_CONTENT_TYPES = {"css": "text/css", "js": "text/javascript", "html": "text/html"}
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageServer:
    """An HTTP server for one visitor on this machine.

    Only whoever knows the random token in the address gets anything. A page of another site that
    guesses the port is turned away by ``Host``, against DNS rebinding, and by ``Origin``.

    Args:
        office: a running one. traces: what the bot did with each message.
        port: where to listen on 127.0.0.1; 0 picks a free port.
    """

    def __init__(self, office: Office, traces: MessageTraces, port: int = 0) -> None:
        self._office = office
        self._traces = traces
        self._actions = VisitorActions(office)
        self._port = port
        self._token = secrets.token_urlsafe(24)
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._reading: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The page's address, with the token."""
        return f"{self._origin}/{self._token}/"

    async def start(self) -> None:
        """Start listening.

        Raises:
            OSError: the port is taken.
        """
        application = web.Application(client_max_size=_MOST_BYTES, middlewares=[self._check])
        application.add_routes(
            [
                web.get("/{token}/", self._serve_file),
                web.get("/{token}/page/{name}", self._serve_file),
                web.get("/{token}/events", self._serve_events),
                web.get("/{token}/trace", self._serve_trace),
                web.get("/{token}/file/{id}", self._serve_upload),
                web.post("/{token}/do", self._serve_action),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self._reading = asyncio.create_task(self._keep_reading())

    async def stop(self) -> None:
        """End the streams and stop listening."""
        self._closing.set()
        if self._reading is not None:
            await self._reading
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def _origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @web.middleware
    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        token = request.match_info.get("token", "")
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return web.Response(status=404, text="Not found")
        origins = {None} if request.method == "GET" else set[str | None]()
        hosts = {f"127.0.0.1:{self._port}", f"localhost:{self._port}"}
        origins |= {f"http://{host}" for host in hosts}
        if request.host not in hosts or request.headers.get("Origin") not in origins:
            return web.Response(status=403, text="Forbidden")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(_HEADERS)
        return response

    async def _serve_file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        file = files("bot.playground").joinpath("page", name)
        content_type = _CONTENT_TYPES.get(name.rpartition(".")[2])
        if "/" in name or "\\" in name or content_type is None or not file.is_file():
            raise web.HTTPNotFound
        return web.Response(body=file.read_bytes(), content_type=content_type, charset="utf-8")

    async def _serve_events(self, request: web.Request) -> web.StreamResponse:
        viewer_id = self._viewer(request)
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        sent = ""
        # A page that was closed has no transport. To write to it would tell, too, but as long as
        # nothing changes there is nothing to write, and its snapshots would be drawn for ever.
        while request.transport is not None and not self._closing.is_set():
            there = json.dumps(snapshot(self._office, self._traces, viewer_id))
            if there != sent:
                try:
                    await response.write(f"data: {there}\n\n".encode())
                except ConnectionError:  # the page was closed
                    break
                sent = there
            await _wait(self._closing, _LOOK_SECONDS)
        return response

    async def _serve_trace(self, request: web.Request) -> web.Response:
        viewer_id = self._viewer(request)
        channel = self._office.workspace.channels.get(request.query.get("channel", ""))
        message = channel.find(request.query.get("ts", "")) if channel else None
        if channel is None or message is None or viewer_id not in channel.members:
            raise web.HTTPNotFound
        summary = self._traces.summary(channel.id, message)
        return web.json_response(summary | {"rows": self._traces.rows(channel.id, message)})

    async def _serve_upload(self, request: web.Request) -> web.Response:
        content = self._office.slack.uploads.get(request.match_info["id"])
        if content is None:
            raise web.HTTPNotFound
        return web.Response(
            body=content,
            content_type="text/plain",
            charset="utf-8",
            headers={"Content-Disposition": "attachment"},
        )

    async def _serve_action(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        try:
            asked: Json = await request.json()
            if not isinstance(asked, dict):
                raise RefusedError("Nothing was asked for.")
            return web.json_response(await self._actions.do(asked))
        except ValueError as refused:  # RefusedError, or no JSON
            return web.json_response({"error": str(refused)}, status=400)

    def _viewer(self, request: web.Request) -> str:
        viewer_id = request.query.get("as", "")
        there = players(self._office)
        return viewer_id if viewer_id in there else there[0]

    async def _keep_reading(self) -> None:
        while not self._closing.is_set():
            if self._office.state()["phase"] != "starting":
                await self._traces.refresh()
            await _wait(self._closing, _READ_SECONDS)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, for some time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
