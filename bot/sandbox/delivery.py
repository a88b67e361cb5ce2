"""Delivers payloads to the app: signed HTTP or Socket Mode, three-second timeout, three retries.

Follows docs.slack.dev/apis/events-api (retries immediately, after one minute and after five
minutes; headers X-Slack-Retry-Num and X-Slack-Retry-Reason; X-Slack-No-Retry turns retries off) and
docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode, urlsplit

import aiohttp

from bot.sandbox.socket_mode import SocketModeServer
from bot.sandbox.workspace import Json, Workspace

ACK_TIMEOUT_SECONDS = 3.0
RETRY_DELAYS_SECONDS = (0.0, 60.0, 300.0)

PayloadKind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True)
class DeliveryAttempt:
    """One attempt to deliver a payload.

    Attributes:
        event_id: empty for interactions and commands.
        number: 0 for the first attempt. reason: why it was retried, as Slack names it.
        status: HTTP status; 200 for a Socket Mode acknowledgment, 0 for no response.
        seconds: time until the response. body: of the response.
        no_retry: whether the app asked Slack not to retry.
        by_socket: whether it went over Socket Mode, and not over HTTP.
    """

    event_id: str
    number: int
    reason: str
    status: int
    seconds: float
    body: str = ""
    no_retry: bool = False
    by_socket: bool = False


class Delivery:
    """Delivers payloads to the app and records every attempt.

    Args:
        workspace: provides the signing secret and the clock for timestamps.
        socket_mode: takes precedence over HTTP while a client is connected.

    Attributes:
        request_url: where HTTP requests go; None for nowhere.
        ack_timeout: how long the app has to respond, in seconds.
        retry_scale: factor applied to the delays between retries.
        attempts: every attempt, oldest first.
    """

    def __init__(self, workspace: Workspace, socket_mode: SocketModeServer) -> None:
        self.request_url: str | None = None
        self.ack_timeout = ACK_TIMEOUT_SECONDS
        self.retry_scale = 1.0
        self.attempts: list[DeliveryAttempt] = []
        self._workspace = workspace
        self._socket_mode = socket_mode
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the HTTP session."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200))

    async def stop(self) -> None:
        """Close the HTTP session."""
        if self._session is not None:
            await self._session.close()

    def signed_headers(self, body: bytes, *, at: float | None = None) -> dict[str, str]:
        """Return Slack's signature headers for a request body.

        Args:
            at: time of the signature in Unix seconds; the workspace's current time by default.
        """
        timestamp = str(int(self._workspace.clock() if at is None else at))
        base = b"v0:" + timestamp.encode() + b":" + body
        digest = hmac.new(self._workspace.signing_secret.encode(), base, hashlib.sha256)
        return {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
        }

    async def deliver(
        self, payload: Json, kind: PayloadKind = "events_api", *, retry: bool = True
    ) -> DeliveryAttempt:
        """Deliver a payload by Slack's rules.

        Args:
            retry: whether to retry an event; interactions and commands are never retried.

        Returns:
            The last attempt.
        """
        delays = RETRY_DELAYS_SECONDS if retry and kind == "events_api" else ()
        attempt = await self._attempt(payload, kind, 0, "")
        for number, delay in enumerate(delays, 1):
            if attempt.status == 200 or attempt.no_retry:
                break
            await asyncio.sleep(delay * self.retry_scale)
            attempt = await self._attempt(payload, kind, number, _retry_reason(attempt))
        return attempt

    async def challenge(self) -> DeliveryAttempt:
        """Ask whatever is at the request URL whether it is the app, as Slack does when somebody
        enters the address (docs.slack.dev/reference/events/url_verification).

        Returns:
            The attempt, which is not recorded. If another program answers, its status is 0 and its
            body ``challenge_failed``.
        """
        word = secrets.token_hex(8)
        payload = {"type": "url_verification", "token": "fake", "challenge": word}
        started = time.monotonic()
        status, body, _ = await self._post(payload, "events_api", 0, "")
        if status == 200 and word not in body:
            status, body = 0, "challenge_failed"
        return DeliveryAttempt("", 0, "", status, time.monotonic() - started, body)

    async def is_listening(self) -> bool:
        """Return whether anything takes connections at the request URL, which nobody logs."""
        url = urlsplit(self.request_url or "")
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            async with asyncio.timeout(self.ack_timeout):
                _, writer = await asyncio.open_connection(url.hostname, port)
        except OSError:  # a TimeoutError is one
            return False
        writer.close()
        return True

    async def _attempt(
        self, payload: Json, kind: PayloadKind, number: int, reason: str
    ) -> DeliveryAttempt:
        started = time.monotonic()
        by_socket = self._socket_mode.connected
        if by_socket:
            body = await self._socket_mode.send(payload, kind, number, reason, self.ack_timeout)
            status, body, no_retry = (0, "", False) if body is None else (200, body, False)
        else:
            status, body, no_retry = await self._post(payload, kind, number, reason)
        attempt = DeliveryAttempt(
            event_id=str(payload.get("event_id", "")),
            number=number,
            reason=reason,
            status=status,
            seconds=time.monotonic() - started,
            body=body,
            no_retry=no_retry,
            by_socket=by_socket,
        )
        self.attempts.append(attempt)
        return attempt

    async def _post(
        self, payload: Json, kind: PayloadKind, number: int, reason: str
    ) -> tuple[int, str, bool]:
        """Send one HTTP request; return its status, its body and whether retries are off."""
        if self.request_url is None or self._session is None:
            return 0, "connection_failed", False
        body, content_type = _encode(payload, kind)
        headers = self.signed_headers(body) | {"Content-Type": content_type}
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        timeout = aiohttp.ClientTimeout(total=self.ack_timeout)
        try:
            async with self._session.post(
                self.request_url, data=body, headers=headers, timeout=timeout
            ) as response:
                no_retry = response.headers.get("X-Slack-No-Retry") == "1"
                text = await response.text(errors="replace")  # any program may answer
                return response.status, text, no_retry
        except TimeoutError:
            return 0, "http_timeout", False
        except aiohttp.ClientError:
            return 0, "connection_failed", False


def _retry_reason(attempt: DeliveryAttempt) -> str:
    return "http_error" if attempt.status else attempt.body or "http_timeout"


def _encode(payload: Json, kind: PayloadKind) -> tuple[bytes, str]:
    """Encode events as JSON, interactions as JSON in a form field, and commands as a form."""
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"
