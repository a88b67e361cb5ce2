"""How events reach the app: signed HTTP or Socket Mode, three seconds, up to three retries.

Follows docs.slack.dev/apis/events-api (retries at once, after one minute, after five; headers
X-Slack-Retry-Num and X-Slack-Retry-Reason; X-Slack-No-Retry stops them) and
docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import aiohttp

from bot.sandbox.sockets import Sockets
from bot.sandbox.workspace import Json, Workspace

DEADLINE_SECONDS = 3.0
RETRY_AFTER_SECONDS = (0.0, 60.0, 300.0)

Kind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True)
class Attempt:
    """One try to deliver something.

    Attributes:
        event_id: empty for what is no event.
        number: 0 for the first. reason: why it was tried again, as Slack names it.
        status: the HTTP status; 200 for a socket acknowledgement, 0 for no answer.
        seconds: until the answer. body: of the answer.
    """

    event_id: str
    number: int
    reason: str
    status: int
    seconds: float
    body: str = ""
    no_retry: bool = False


class Delivery:
    """Delivers payloads and keeps a list of every attempt.

    Args:
        workspace: its secret signs, its clock stamps.
        sockets: the connected Socket Mode clients.
    """

    def __init__(self, workspace: Workspace, sockets: Sockets) -> None:
        self.url: str | None = None
        self.retry_scale = 1.0
        self.attempts: list[Attempt] = []
        self._workspace = workspace
        self._sockets = sockets
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Opens what requests go through."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=DEADLINE_SECONDS),
            connector=aiohttp.TCPConnector(limit=200),
        )

    async def stop(self) -> None:
        """Closes it."""
        if self._session is not None:
            await self._session.close()

    def signed_headers(self, body: bytes, *, at: float | None = None) -> dict[str, str]:
        """The signature headers for a body, as of ``at`` (Unix seconds; the clock's now)."""
        stamp = str(int(self._workspace.clock() if at is None else at))
        base = b"v0:" + stamp.encode() + b":" + body
        digest = hmac.new(self._workspace.signing_secret.encode(), base, hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
        }

    async def deliver(
        self, payload: Json, kind: Kind = "events_api", *, retry: bool = True
    ) -> Attempt:
        """Delivers a payload by Slack's rules and returns the last attempt."""
        waits = RETRY_AFTER_SECONDS if retry and kind == "events_api" else ()
        attempt = await self._once(payload, kind, 0, "")
        for number, wait in enumerate(waits, 1):
            if attempt.status == 200 or attempt.no_retry:
                break
            await asyncio.sleep(wait * self.retry_scale)
            attempt = await self._once(payload, kind, number, _reason(attempt))
        return attempt

    async def _once(self, payload: Json, kind: Kind, number: int, reason: str) -> Attempt:
        began = time.monotonic()
        name = str(payload.get("event_id", ""))
        if self._sockets.connected:
            answer = await self._sockets.send(payload, kind, number, reason, DEADLINE_SECONDS)
            status, body, no_retry = (0, "", False) if answer is None else (200, answer, False)
        else:
            status, body, no_retry = await self._post(payload, kind, number, reason)
        seconds = time.monotonic() - began
        attempt = Attempt(name, number, reason, status, seconds, body, no_retry)
        self.attempts.append(attempt)
        return attempt

    async def _post(
        self, payload: Json, kind: Kind, number: int, reason: str
    ) -> tuple[int, str, bool]:
        if self.url is None or self._session is None:
            return 0, "connection_failed", False
        body, content_type = _encoded(payload, kind)
        headers = self.signed_headers(body) | {"Content-Type": content_type}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        try:
            async with self._session.post(self.url, data=body, headers=headers) as answer:
                stop = answer.headers.get("X-Slack-No-Retry") == "1"
                return answer.status, await answer.text(), stop
        except TimeoutError:
            return 0, "http_timeout", False
        except aiohttp.ClientError:
            return 0, "connection_failed", False


def _reason(attempt: Attempt) -> str:
    return "http_error" if attempt.status else attempt.body or "http_timeout"


def _encoded(payload: Json, kind: Kind) -> tuple[bytes, str]:
    """Events are JSON, interactions a form with one field, commands a plain form."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"
