"""Sends random requests to the real bot, until a time is up; every one is made from a seed."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bot.store.database import Database
from bot.store.inspection import stored_data
from tests.harness import ORDINARY, BotHarness
from tests.payloads.replay import LogLines
from tests.payloads.shapes import Recorded, invented

_WAIT_SECONDS = 0.3  # for an answer; what is half sent gets none
_AT_ONCE = 32
_TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "multipart/form-data; boundary=b",
    "application/json; charset=utf-16",
    "application/json; charset=none-such",
    "",
    "\xff",
)


@dataclass
class Outcome:
    """What became of the requests.

    Attributes:
        statuses: how often each status came; 0 for a connection that was closed without one.
        failures: every 5xx, as the request that led to it. log: the lines with a traceback.
        rows_before, rows_after: what the database held.
        grown: bytes of memory, in the second half: the first one loads what is loaded once.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[bytes] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    rows_before: dict[str, int] = field(default_factory=dict)
    rows_after: dict[str, int] = field(default_factory=dict)
    grown: int = 0


async def fuzz(bot: BotHarness, seconds: float, seed: int) -> Outcome:
    """Send random requests for a while.

    Args:
        bot: running, over HTTP. seconds: how long. seed: the same one sends the same requests.
    """
    source, outcome = random.Random(seed), Outcome()
    shapes = [each for each in invented() if each.kind == "event"]
    await bot.say(ORDINARY)  # loads the models, so that they don't count as growth
    outcome.rows_before = await _rows(bot)
    with LogLines() as log:
        began, halfway = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            if not halfway and passed > seconds / 2:
                halfway = _resident_bytes()
            requests = [_request(source, bot, shapes) for _ in range(_AT_ONCE)]
            statuses = await asyncio.gather(*(_send(bot, request) for request in requests))
            outcome.statuses.update(statuses)
            outcome.failures += [
                request[:2_000]
                for request, status in zip(requests, statuses, strict=True)
                if status >= 500
            ]
        outcome.grown = _resident_bytes() - halfway
        outcome.log = [line for line in log.lines if "Traceback" in line]
    outcome.rows_after = await _rows(bot)
    return outcome


def _request(source: random.Random, bot: BotHarness, shapes: Iterable[Recorded]) -> bytes:
    """Return the bytes of one request, more or less."""
    body = _body(source, list(shapes))
    signed = bot.slack.delivery.signed_headers(body)
    headers = [("Host", "x"), ("Content-Type", source.choice(_TYPES)), *signed.items()]
    match source.randrange(12):
        case 0:
            headers = [
                (name, value + source.choice(("", " ", "é", "0"))) for name, value in headers
            ]
        case 1:
            headers += source.choices(headers, k=3)
        case 2:
            headers = headers[: source.randrange(len(headers))]
        case 3:
            headers += [(f"X-{n}", "v" * source.randrange(200)) for n in range(200)]
        case 4:
            headers.append(("X-Long", "v" * 20_000))
        case 5:
            headers.append(("Content-Encoding", source.choice(("gzip", "br", "identity", "x"))))
    if source.randrange(4) == 0:
        headers.append(("Transfer-Encoding", source.choice(("chunked", "chunked, gzip", "x"))))
        body = _chunked(source, body)
    else:
        length = len(body) + source.choice((0, 0, 0, 0, -1, 5, 10**9))
        headers.append(("Content-Length", str(length)))
    method = source.choice((b"POST", b"POST", b"POST", b"POST", b"GET", b"PUT", b"\xff"))
    path = source.choice((b"/slack/events", b"/slack/events", b"/healthz", b"/", b"/%00?x=%ff"))
    version = source.choice((b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/9"))
    lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in headers)
    request = method + b" " + path + b" " + version + b"\r\n" + lines + b"\r\n" + body
    if source.randrange(10) == 0:
        return source.randbytes(source.randrange(2_000))
    return request


def _body(source: random.Random, shapes: list[Recorded]) -> bytes:
    """Return a body that Slack never sends: nothing in it may be taken for a message."""
    whole = json.dumps(source.choice(shapes).payload).encode()
    at = source.randrange(len(whole))
    match source.randrange(8):
        case 0:
            return source.randbytes(source.choice((0, 1, 100, 5_000)))
        case 1:
            return whole[:at]
        case 2:
            return whole[:at] + source.randbytes(3) + whole[at:]
        case 3:
            return source.choice((b"[", b'{"a":')) * source.choice((10, 500, 100_000))
        case 4:
            return b"payload=" + source.choice((b"%7B%7D", b"%FF", b"[]", b"null", whole[:at]))
        case 5:
            return whole.decode().encode(source.choice(("utf-16", "utf-32", "utf-8-sig")))
        case 6:
            return b'{"n": ' + b"9" * source.choice((20, 400, 5_000)) + b"}"
        case _:
            return b"&".join(b"a%d=%%ff" % n for n in range(source.choice((1, 99, 101, 5_000))))


def _chunked(source: random.Random, body: bytes) -> bytes:
    size = b"%x" % len(body)
    if source.randrange(3) == 0:
        size = source.choice((b"zz", b"-1", b"ffffffffff", b"0"))
    return (
        size + b"\r\n" + body + b"\r\n" + source.choice((b"0\r\n\r\n", b"", b"0\r\nX: y\r\n\r\n"))
    )


async def _send(bot: BotHarness, request: bytes) -> int:
    """Send bytes, and return the status of the first answer."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", bot.port)
    except OSError:
        return 0
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            writer.write(request)
            line = await reader.readline()
    except (TimeoutError, OSError):
        return 0
    finally:
        writer.close()
    parts = line.split()
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


async def _rows(bot: BotHarness) -> dict[str, int]:
    database = Database(bot.address)
    try:
        return (await stored_data(database)).rows
    finally:
        await database.close()


def _resident_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4_096
