"""The port of the pretend Slack: calls come in, faults on order happen, answers go out."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from aiohttp import web

from bot.sandbox.faults import Fault, Faults
from bot.sandbox.web_api import Arguments, WebApi
from bot.sandbox.workspace import Address, Json

_RESPONSES_A_URL = 5  # docs.slack.dev/interactivity/handling-user-interaction: five in 30 minutes


@dataclass(frozen=True)
class ApiCall:
    """One call that came in. ``at`` is Unix seconds by the wall clock."""

    method: str
    arguments: Arguments
    status: int
    answer: Json
    at: float


class Port:
    """Serves the Web API, the response addresses and the addresses for files, and keeps a list of
    every call.

    Args:
        api: carries the calls out.
    """

    def __init__(self, api: WebApi) -> None:
        self.faults = Faults()
        self.calls: list[ApiCall] = []
        self.responses: list[Json] = []
        self.responded = asyncio.Event()
        self.files: dict[str, bytes] = {}
        self.base = ""
        self._api = api
        self._addresses: dict[str, Address] = {}
        self._response_uses: dict[str, int] = {}

    def routes(self) -> list[web.RouteDef]:
        """Where clients knock."""
        return [
            web.route("*", "/api/{method}", self._serve),
            web.post("/respond/{name}", self._respond),
            web.post("/upload/{name}", self._upload),
        ]

    def address(self, name: str, of: Address) -> None:
        """Lets a response address be answered at."""
        self._addresses[name] = of

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        token, arguments = await _arguments(request)
        fault = self.faults.take(method)
        if fault is not None and fault.kind not in ("cut_after", "slow"):
            return await self._fail(request, method, arguments, fault)
        answer = self._api.call(method, token, arguments)
        self._note(method, arguments, 200, answer)
        if fault is not None and fault.kind == "cut_after":
            return _cut(request)
        if fault is not None:
            await asyncio.sleep(fault.seconds)
        return web.json_response(answer)

    async def _fail(
        self, request: web.Request, method: str, arguments: Arguments, fault: Fault
    ) -> web.StreamResponse:
        self._note(method, arguments, fault.status, {"ok": False, "error": fault.code})
        if fault.kind == "cut_before":
            return _cut(request)
        if fault.kind == "hang":
            await asyncio.sleep(fault.seconds)
            return _cut(request)
        if fault.kind == "error":
            return web.json_response({"ok": False, "error": fault.code})
        return web.Response(
            status=fault.status,
            text=fault.body,
            content_type=fault.content_type,
            headers=dict(fault.headers),
        )

    async def _respond(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self._response_uses[name] = self._response_uses.get(name, 0) + 1
        if self._response_uses[name] > _RESPONSES_A_URL:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        said = await request.json()
        if fault := self.faults.take("response_url"):
            return web.Response(status=fault.status, text=fault.body)
        self.responses.append(said)
        self.responded.set()
        if name in self._addresses:
            self._api.respond(self._addresses[name], said)
        return web.Response(text="ok")

    async def _upload(self, request: web.Request) -> web.Response:
        self.files[request.match_info["name"]] = await request.read()
        return web.Response(text="OK")

    def _note(self, method: str, arguments: Arguments, status: int, answer: Json) -> None:
        self.calls.append(ApiCall(method, arguments, status, answer, time.time()))


async def _arguments(request: web.Request) -> tuple[str, Arguments]:
    """Token and arguments, from header, query, form or JSON, as Slack takes them."""
    arguments: Arguments = dict(request.query)
    if request.content_type == "application/json":
        try:
            sent = json.loads(await request.text() or "{}")
        except ValueError:
            sent = {}
        arguments.update(sent if isinstance(sent, dict) else {})
    else:
        arguments.update({k: v for k, v in (await request.post()).items() if isinstance(v, str)})
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ") or str(arguments.pop("token", "")), arguments


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
