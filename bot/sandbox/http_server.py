"""HTTP endpoints of the fake Slack: Web API, response URLs and file uploads."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from aiohttp import web

from bot.sandbox.faults import Fault, Faults
from bot.sandbox.web_api import Arguments, WebApi
from bot.sandbox.workspace import Json, ResponseTarget

# docs.slack.dev/interactivity/handling-user-interaction: five times within 30 minutes
_MAX_RESPONSE_URL_USES = 5


@dataclass(frozen=True)
class ApiCall:
    """A Web API call that was received. ``at`` is wall-clock time in Unix seconds."""

    method: str
    arguments: Arguments
    status: int
    response: Json
    at: float


class HttpServer:
    """Serves the endpoints, injects faults, and records every call.

    Args:
        api: processes the Web API calls.
        clock: for the Date header of what it returns, Unix seconds.

    Attributes:
        faults: applied to calls; responses to a response URL use the name ``response_url``.
        calls: every Web API call, oldest first.
        response_url_bodies: every body posted to a response URL, oldest first.
        response_url_called: set whenever a body was posted to a response URL.
        uploads: content of uploaded files by file id.
        base_url: scheme, host and port; empty until the server listens.
    """

    def __init__(self, api: WebApi, clock: Callable[[], float]) -> None:
        self.faults = Faults()
        self.calls: list[ApiCall] = []
        self.response_url_bodies: list[Json] = []
        self.response_url_called = asyncio.Event()
        self.uploads: dict[str, bytes] = {}
        self.base_url = ""
        self._api = api
        self._clock = clock
        self._response_targets: dict[str, ResponseTarget] = {}
        self._response_url_uses: dict[str, int] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to register with aiohttp."""
        return [
            web.route("*", "/api/{method}", self.serve_api),
            web.post("/respond/{name}", self._serve_response_url),
            web.post("/upload/{name}", self._serve_upload),
        ]

    def create_response_url(self, name: str, target: ResponseTarget) -> str:
        """Create a response URL for a channel and user, and return it."""
        self._response_targets[name] = target
        return f"{self.base_url}/respond/{name}"

    async def serve_api(self, request: web.Request) -> web.StreamResponse:
        """Answer a call to ``/api/{method}``."""
        method = request.match_info["method"]
        token, arguments = await _read_arguments(request)
        fault = self.faults.pop(method)
        if fault is not None and fault.kind not in ("disconnect_after", "slow"):
            return await self._fail(request, method, arguments, fault)
        response = self._api.call(method, token, arguments)
        self._record(method, arguments, 200, response)
        if fault is not None and fault.kind == "disconnect_after":
            return _drop_connection(request)
        if fault is not None:
            await asyncio.sleep(fault.seconds)
        return web.json_response(response, headers=self._date() | self._api.headers(method))

    def _date(self) -> dict[str, str]:
        return {"Date": formatdate(self._clock(), usegmt=True)}

    async def _fail(
        self, request: web.Request, method: str, arguments: Arguments, fault: Fault
    ) -> web.StreamResponse:
        self._record(method, arguments, fault.status, {"ok": False, "error": fault.code})
        if fault.kind == "disconnect_before":
            return _drop_connection(request)
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
            return _drop_connection(request)
        if fault.kind == "error":
            return web.json_response({"ok": False, "error": fault.code}, headers=self._date())
        return web.Response(
            status=fault.status,
            text=fault.body,
            content_type=fault.content_type,
            headers=self._date() | dict(fault.headers),
        )

    async def _serve_response_url(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self._response_url_uses[name] = self._response_url_uses.get(name, 0) + 1
        if self._response_url_uses[name] > _MAX_RESPONSE_URL_USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        body = await request.json()
        if fault := self.faults.pop("response_url"):
            return web.Response(status=fault.status, text=fault.body)
        self.response_url_bodies.append(body)
        self.response_url_called.set()
        if name in self._response_targets:
            self._api.respond(self._response_targets[name], body)
        return web.Response(text="ok")

    async def _serve_upload(self, request: web.Request) -> web.Response:
        self.uploads[request.match_info["name"]] = await request.read()
        return web.Response(text="OK")

    def _record(self, method: str, arguments: Arguments, status: int, response: Json) -> None:
        self.calls.append(ApiCall(method, arguments, status, response, time.time()))


async def _read_arguments(request: web.Request) -> tuple[str, Arguments]:
    """Read token and arguments from header, query, form or JSON body, as Slack accepts them."""
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            body = {}
        arguments.update(body if isinstance(body, dict) else {})
    else:
        arguments.update({k: v for k, v in (await request.post()).items() if isinstance(v, str)})
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ") or str(arguments.pop("token", "")), arguments


def _drop_connection(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
