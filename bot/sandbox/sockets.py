"""Socket Mode, Slack's side (docs.slack.dev/apis/events-api/using-socket-mode)."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid

from aiohttp import WSMsgType, web

from bot.sandbox.workspace import Json

_GOODBYE = ("refresh_requested", "warning", "too_many_websockets", "link_disabled")


class Sockets:
    """The connected Socket Mode clients, and the ways in which they are let down."""

    def __init__(self, app_id: str) -> None:
        self.opened = 0
        self.refuse = False
        self._app_id = app_id
        self._live: list[web.WebSocketResponse] = []
        self._frozen: set[int] = set()
        self._acks: dict[str, asyncio.Future[str]] = {}
        self._turn = itertools.count()

    @property
    def connected(self) -> bool:
        """Whether any client has a connection that Slack believes in."""
        return bool(self._live)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One client's connection, from hello to the end."""
        if self.refuse:
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.opened += 1
        self._live.append(socket)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._live),
                "connection_info": {"app_id": self._app_id},
                "debug_info": {"host": "pretend", "approximate_connection_time": 18060},
            }
        )
        try:
            async for message in socket:
                if id(socket) in self._frozen:
                    continue
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._heard(json.loads(message.data))
        finally:
            if socket in self._live:
                self._live.remove(socket)
        return socket

    async def send(
        self, payload: Json, kind: str, number: int, reason: str, deadline: float
    ) -> str | None:
        """Sends one envelope through one connection; its acknowledgement, None if none came."""
        if not self._live:
            return None
        socket = self._live[next(self._turn) % len(self._live)]
        name = str(uuid.uuid4())
        envelope = {
            "envelope_id": name,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        self._acks[name] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(deadline):
                await socket.send_json(envelope)
                return await self._acks[name]
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._acks.pop(name, None)

    async def say_goodbye(self, reason: str) -> None:
        """Asks every client to connect anew, then closes the old connections."""
        if reason not in _GOODBYE:
            raise ValueError(reason)
        for socket in list(self._live):
            await socket.send_json({"type": "disconnect", "reason": reason})
            await socket.close()

    async def cut(self) -> None:
        """Ends every connection without a word."""
        for socket in list(self._live):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()
            self._live.remove(socket)

    def freeze(self) -> None:
        """Every connection goes dead: open, but nothing is read, acknowledged or ponged."""
        self._frozen.update(id(s) for s in self._live)
        self._live.clear()

    def _heard(self, message: Json) -> None:
        waiting = self._acks.get(str(message.get("envelope_id", "")))
        if waiting is not None and not waiting.done():
            waiting.set_result(json.dumps(message.get("payload") or {}))
