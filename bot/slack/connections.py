"""Keeps the HTTP server within reach: a deadline for every request, and a bound on connections.

aiohttp waits for a half-sent request for as long as its sender likes, so a few hundred of them use
up every file that the process may open, and Slack gets no connection any more. Slack itself gives
up after three seconds (docs.slack.dev/apis/events-api).
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Callable
from typing import cast

from aiohttp import web

READ_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 30.0
_MOST_CONNECTIONS = 256
_FEWEST_CONNECTIONS = 16
_OTHER_FILES = 64  # database, Slack, the log, ...


def affordable_connections() -> int:
    """Return how many connections the process may hold, by the limit of its open files.

    The system hands over as many again at once before the first of them can be refused.
    """
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return _MOST_CONNECTIONS
    return max(_FEWEST_CONNECTIONS, min(_MOST_CONNECTIONS, (allowed - _OTHER_FILES) // 3))


class Connections:
    """All open connections of the server.

    A connection that hasn't sent a whole request by its deadline is closed. At the bound, the one
    that has been waited for longest makes room for a new one; a request with Slack's signature
    that is being handled never does.

    Args:
        most: the bound. read_seconds: for the first request of a connection.
        keep_alive_seconds: for the next one.
    """

    def __init__(
        self,
        most: int,
        *,
        read_seconds: float = READ_SECONDS,
        keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
    ) -> None:
        self.most = most
        self._read_seconds = read_seconds
        self._keep_alive_seconds = keep_alive_seconds
        self._reading: dict[asyncio.Protocol, _Connection] = {}  # longest waited for first
        self._handled: dict[asyncio.Protocol, _Connection] = {}

    def factory(self, serve: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Return a protocol factory that watches each connection of another one."""
        return lambda: _Connection(self, serve())

    def keep_open(self, request: web.BaseRequest) -> None:
        """Keep a connection open while its request is handled, however long that takes: until
        ``await_next``."""
        protocol = cast("asyncio.Protocol", request.protocol)
        if connection := self._reading.pop(protocol, None):
            connection.stop_waiting()
            self._handled[protocol] = connection

    def await_next(self, request: web.BaseRequest) -> None:
        """Set the deadline for the next request of a connection; this one is answered."""
        protocol = cast("asyncio.Protocol", request.protocol)
        connection = self._handled.pop(protocol, None) or self._reading.pop(protocol, None)
        if connection is not None:
            self._reading[protocol] = connection
            connection.wait(self._keep_alive_seconds)

    def opened(self, connection: _Connection) -> bool:
        """Note a new connection; return False if there is no room for it."""
        if len(self._reading) + len(self._handled) >= self.most:
            if not self._reading:
                return False
            longest = next(iter(self._reading))
            self._reading.pop(longest).abort()
        self._reading[connection.served] = connection
        connection.wait(self._read_seconds)
        return True

    def closed(self, connection: _Connection) -> None:
        """Forget a connection."""
        self._reading.pop(connection.served, None)
        self._handled.pop(connection.served, None)


class _Connection(asyncio.Protocol):
    """One connection: passes everything on to aiohttp's protocol, and keeps the deadline.

    The deadline moves with each request, and its timer doesn't: a timer that is up before the
    deadline is set anew then. To cancel one and set another costs more than to parse an event.
    """

    def __init__(self, connections: Connections, served: asyncio.Protocol) -> None:
        self.served = served
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._deadline: float | None = None  # by the loop's clock; None while none is set
        self._timer: asyncio.TimerHandle | None = None
        self._is_refused = False

    def wait(self, seconds: float) -> None:
        """Close the connection unless a whole request arrives within so many seconds."""
        self._deadline = deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > deadline:
            self._set_timer(deadline)

    def stop_waiting(self) -> None:
        """Lift the deadline."""
        self._deadline = None

    def abort(self) -> None:
        """Close the connection at once."""
        self._drop_timer()
        if self._transport is not None:
            self._transport.abort()

    def _set_timer(self, when: float) -> None:
        self._drop_timer()
        self._timer = self._loop.call_at(when, self._look_at_deadline)

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look_at_deadline(self) -> None:
        self._timer = None
        if self._deadline is None:
            return
        if self._deadline > self._loop.time():
            self._set_timer(self._deadline)
        else:
            self.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._is_refused = not self._connections.opened(self)
        if self._is_refused:
            self.abort()
        else:
            self.served.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_timer()
        self._connections.closed(self)
        if not self._is_refused:
            self.served.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._is_refused:
            self.served.data_received(data)

    def eof_received(self) -> bool | None:
        return None if self._is_refused else self.served.eof_received()

    def pause_writing(self) -> None:
        self.served.pause_writing()

    def resume_writing(self) -> None:
        self.served.resume_writing()
