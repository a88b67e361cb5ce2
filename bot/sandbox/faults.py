"""Faults to inject into Web API calls."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

FaultKind = Literal["http", "error", "disconnect_before", "disconnect_after", "hang", "slow"]


@dataclass(frozen=True)
class Fault:
    """A fault in a single call. Create it with one of the class methods."""

    kind: FaultKind
    status: int = 200
    body: str = ""
    content_type: str = "text/html"
    code: str = ""
    seconds: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def rate_limited(cls, retry_after: str | None = "30") -> Fault:
        """Reject the call with 429 (docs.slack.dev/apis/web-api/rate-limits).

        Args:
            retry_after: value of the Retry-After header, or None to leave the header out.
        """
        headers = (("Retry-After", retry_after),) if retry_after is not None else ()
        body = '{"ok":false,"error":"ratelimited"}'
        return cls("http", 429, body, "application/json", headers=headers)

    @classmethod
    def http(cls, status: int, body: str = "", content_type: str = "text/html") -> Fault:
        """Reject the call with any HTTP response, such as a proxy's 502 page."""
        return cls("http", status, body, content_type)

    @classmethod
    def error(cls, code: str) -> Fault:
        """Reject the call with ``{"ok": false, "error": code}``."""
        return cls("error", code=code)

    @classmethod
    def disconnect_before(cls) -> Fault:
        """Drop the connection without processing the call."""
        return cls("disconnect_before")

    @classmethod
    def disconnect_after(cls) -> Fault:
        """Process the call, then drop the connection before the response."""
        return cls("disconnect_after")

    @classmethod
    def hang(cls, seconds: float) -> Fault:
        """Send no response for ``seconds``, then drop the connection; never process the call."""
        return cls("hang", seconds=seconds)

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """Process the call, but delay the response by ``seconds``."""
        return cls("slow", seconds=seconds)


class Faults:
    """Queues of faults, one per Web API method."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Fault | None]] = defaultdict(deque)

    def inject(self, method: str, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        """Make the next ``times`` calls of a method fail, after ``after`` successful ones."""
        self._queues[method].extend([None] * after)
        self._queues[method].extend([fault] * times)

    def clear(self) -> None:
        """Remove all queued faults."""
        self._queues.clear()

    def waits(self, method: str) -> bool:
        """Return whether a fault is left for calls of a method to come."""
        return any(fault is not None for fault in self._queues.get(method, ()))

    def pop(self, method: str) -> Fault | None:
        """Remove and return the fault for the current call of a method, or None."""
        queue = self._queues.get(method)
        return queue.popleft() if queue else None
