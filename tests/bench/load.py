"""A small load generator: ready-made requests over kept-alive connections, loopback only."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit


@dataclass
class Answers:
    """What came back: seconds for each answer, and how many were not 200."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    took: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.took

    def at(self, share: float) -> float:
        """That share of the answers came within so many milliseconds."""
        ranked = sorted(self.seconds)
        return 1_000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class Line(asyncio.Protocol):
    """One kept-alive connection; one request under way at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # not every loop derives it

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        if len(rest) < length:
            return
        self._buffer = b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server hung up"))

    async def ask(self, request: bytes) -> int:
        """Sends a request; the status of its answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Ends the connection."""
        if self._transport is not None:
            self._transport.close()


def request(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A POST with a JSON body as it goes over the wire."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}"]
    lines += [f"{k}: {v}" for k, v in headers.items()]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


async def as_fast_as_it_goes(url: str, requests: Sequence[bytes], connections: int = 8) -> Answers:
    """All requests over so many connections, each sending its next once the last is answered."""
    answers, waiting = Answers(), iter(requests)
    opened = await lines(url, connections)
    began = time.perf_counter()
    await asyncio.gather(*(_one_after_the_other(line, waiting, answers) for line in opened))
    answers.took = time.perf_counter() - began
    for line in opened:
        line.close()
    return answers


async def at_a_rate(url: str, requests: Sequence[bytes], per_second: float) -> Answers:
    """Requests at fixed moments, whether earlier ones are answered or not. A slow answer so counts
    with the time that it kept later ones waiting."""
    answers = Answers()
    free: asyncio.Queue[Line] = asyncio.Queue()
    opened = await lines(url, 32)
    for line in opened:
        free.put_nowait(line)
    began = time.perf_counter()

    async def one(number: int, sent: bytes) -> None:
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        line = await free.get()
        status = await line.ask(sent)
        free.put_nowait(line)
        answers.seconds.append(time.perf_counter() - due)
        answers.refused += status != 200

    await asyncio.gather(*(one(n, r) for n, r in enumerate(requests)))
    answers.took = time.perf_counter() - began
    for line in opened:
        line.close()
    return answers


async def _one_after_the_other(line: Line, waiting: Iterator[bytes], answers: Answers) -> None:
    for sent in waiting:
        began = time.perf_counter()
        status = await line.ask(sent)
        answers.seconds.append(time.perf_counter() - began)
        answers.refused += status != 200


async def lines(url: str, count: int) -> list[Line]:
    """Open so many connections to a server."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(Line, host, port) for _ in range(count)]
    return [line for _, line in made]
