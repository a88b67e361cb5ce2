"""What can go wrong with a call to Slack, on order."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

Kind = Literal["http", "error", "cut_before", "cut_after", "hang", "slow"]


@dataclass(frozen=True)
class Fault:
    """One fault of one call. Use the constructors."""

    kind: Kind
    status: int = 200
    body: str = ""
    content_type: str = "text/html"
    code: str = ""
    seconds: float = 0.0
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def rate_limited(cls, retry_after: str | None = "30") -> Fault:
        """429 with Retry-After, or without (docs.slack.dev/apis/web-api/rate-limits)."""
        headers = (("Retry-After", retry_after),) if retry_after is not None else ()
        body = '{"ok":false,"error":"ratelimited"}'
        return cls("http", 429, body, "application/json", headers=headers)

    @classmethod
    def http(cls, status: int, body: str = "", content_type: str = "text/html") -> Fault:
        """Any HTTP answer, such as a proxy's 502 page. The call is not carried out."""
        return cls("http", status, body, content_type)

    @classmethod
    def error(cls, code: str) -> Fault:
        """``{"ok": false, "error": code}``; the call is not carried out."""
        return cls("error", code=code)

    @classmethod
    def cut_before(cls) -> Fault:
        """The connection is cut, and the call is not carried out."""
        return cls("cut_before")

    @classmethod
    def cut_after(cls) -> Fault:
        """The call is carried out, and the connection is cut before the answer."""
        return cls("cut_after")

    @classmethod
    def hang(cls, seconds: float) -> Fault:
        """No answer for so long, and the call is not carried out."""
        return cls("hang", seconds=seconds)

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """The call is carried out, and answered so much later."""
        return cls("slow", seconds=seconds)


class Faults:
    """The faults on order, for each Web API method in turn."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Fault | None]] = defaultdict(deque)

    def next(self, method: str, fault: Fault, *, times: int = 1, after: int = 0) -> None:
        """The next ``times`` calls of a method fail so, once ``after`` calls went well."""
        self._queues[method].extend([None] * after)
        self._queues[method].extend([fault] * times)

    def clear(self) -> None:
        """No more faults."""
        self._queues.clear()

    def take(self, method: str) -> Fault | None:
        """The fault of this call, if any."""
        queue = self._queues.get(method)
        return queue.popleft() if queue else None
