"""The server side of Socket Mode (docs.slack.dev/apis/events-api/using-socket-mode)."""

from __future__ import annotations

import asyncio
import itertools
import json
import uuid

from aiohttp import WSMsgType, web

from bot.sandbox.workspace import Json

_DISCONNECT_REASONS = ("refresh_requested", "warning", "too_many_websockets", "link_disabled")


class SocketModeServer:
    """Accepts Socket Mode connections, sends envelopes, and simulates connection failures.

    Args:
        app_id: the app named in the hello message.

    Attributes:
        connections_opened: how many connections were ever accepted.
        refuse_connections: while true, new connections get HTTP 503.
    """

    def __init__(self, app_id: str) -> None:
        self.connections_opened = 0
        self.refuse_connections = False
        self._app_id = app_id
        self._live: list[web.WebSocketResponse] = []
        self._frozen: set[int] = set()
        self._acknowledgments: dict[str, asyncio.Future[str]] = {}
        self._round_robin = itertools.count()

    @property
    def connected(self) -> bool:
        """Whether at least one client has a connection that Slack considers alive."""
        return bool(self._live)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Handle one client's connection, from the hello message until it closes."""
        if self.refuse_connections:
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.connections_opened += 1
        self._live.append(socket)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self._live),
                "connection_info": {"app_id": self._app_id},
                "debug_info": {"host": "fake", "approximate_connection_time": 18060},
            }
        )
        try:
            async for message in socket:
                if id(socket) in self._frozen:
                    continue
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._on_message(json.loads(message.data))
        finally:
            if socket in self._live:
                self._live.remove(socket)
        return socket

    async def send(
        self, payload: Json, kind: str, retry_number: int, retry_reason: str, timeout: float
    ) -> str | None:
        """Send one envelope over one of the connections.

        Args:
            payload: what the envelope carries. kind: its type, as Slack names it.
            retry_number: 0 for the first attempt. retry_reason: empty for the first attempt.
            timeout: how long to wait for the acknowledgment, in seconds.

        Returns:
            The acknowledgment's payload as JSON, or None if none arrived in time.
        """
        if not self._live:
            return None
        socket = self._live[next(self._round_robin) % len(self._live)]
        envelope_id = str(uuid.uuid4())
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry_number, "retry_reason": retry_reason}
        self._acknowledgments[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await socket.send_json(envelope)
                return await self._acknowledgments[envelope_id]
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._acknowledgments.pop(envelope_id, None)

    async def request_reconnect(self, reason: str) -> None:
        """Ask every client to reconnect, then close the current connections.

        Args:
            reason: one of the reasons that Slack gives in a disconnect message.

        Raises:
            ValueError: Slack has no such reason.
        """
        if reason not in _DISCONNECT_REASONS:
            raise ValueError(reason)
        for socket in list(self._live):
            await socket.send_json({"type": "disconnect", "reason": reason})
            await socket.close()

    async def drop_connections(self) -> None:
        """Abort every connection without a close frame."""
        for socket in list(self._live):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()
            self._live.remove(socket)

    def freeze_connections(self) -> None:
        """Keep every connection open, but stop reading, acknowledging and answering pings."""
        self._frozen.update(id(s) for s in self._live)
        self._live.clear()

    def _on_message(self, message: Json) -> None:
        waiting = self._acknowledgments.get(str(message.get("envelope_id", "")))
        if waiting is not None and not waiting.done():
            waiting.set_result(json.dumps(message.get("payload") or {}))
