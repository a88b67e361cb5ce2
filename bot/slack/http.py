"""The HTTP endpoints: what comes in is checked for size, age, signature and shape, in that order.

Bolt parses a body before it checks the signature, and logs the body if the signature is wrong, so
nothing reaches it that isn't Slack's. The rules follow
docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.flows.ports.clock import Clock

log = logging.getLogger(__name__)

MAX_BODY = 1_000_000  # bytes
MAX_AGE_SECONDS = 300.0
_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 100


def web_app(
    app: AsyncApp,
    signing_secret: str | None,
    clock: Clock,
    health: Callable[[], Awaitable[dict[str, object]]],
) -> web.Application:
    """Build the web application: ``POST /slack/events`` and ``GET /healthz``.

    Args:
        app: Bolt, without its signature check.
        signing_secret: from Basic Information of the Slack app; None if events come through Socket
            Mode, and only /healthz is served.
        clock: Unix seconds.
        health: what /healthz reports, as JSON; ``ok`` false answers 503.
    """

    async def events(request: web.Request) -> web.Response:
        return await _receive(request, app, (signing_secret or "").encode(), clock())

    async def healthz(_: web.Request) -> web.Response:
        state = await health()
        return web.json_response(state, status=200 if state.get("ok") else 503)

    site = web.Application(client_max_size=MAX_BODY)
    if signing_secret:
        site.router.add_post("/slack/events", events)
    site.router.add_get("/healthz", healthz)
    return site


async def _receive(request: web.Request, app: AsyncApp, secret: bytes, now: float) -> web.Response:
    if (request.content_length or 0) > MAX_BODY:
        return web.Response(status=413)
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413)
    if not _is_from_slack(request, body, secret, now):
        log.warning("a request without Slack's signature was turned away")
        return web.Response(status=401)
    payload = _parse_payload(body, is_form=request.content_type == _FORM)
    if payload is None:
        return web.Response(status=400, text="not a Slack payload")
    if payload.get("type") == "app_rate_limited":
        log.error(
            "workspace=%s slack holds events back: over 30,000 in an hour (app_rate_limited)",
            payload.get("team_id"),
        )
        return web.Response()
    return await _dispatch(app, payload)


async def _dispatch(app: AsyncApp, payload: dict[str, Any]) -> web.Response:
    # The payload is parsed already; Bolt takes it the way it takes one from Socket Mode.
    response = await app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
    if response.status == 404:
        return web.Response()  # nothing of ours, but signed: Slack counts everything but 200
    return web.Response(
        status=response.status,
        body=response.body,
        headers=response.first_headers_without_set_cookie(),
    )


def _is_from_slack(request: web.Request, body: bytes, secret: bytes, now: float) -> bool:
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    given = request.headers.get("X-Slack-Signature", "").encode("utf-8", "replace")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(now - int(stamp)) > MAX_AGE_SECONDS:
        return False
    expected = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={expected}".encode(), given)


def _parse_payload(body: bytes, *, is_form: bool) -> dict[str, Any] | None:
    """Return a JSON object, the one in a form's ``payload``, or a command's plain form.

    None for anything else.
    """
    try:
        text = body.decode()
        if is_form:
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
            if "payload" not in fields:
                return dict(fields)
            text = fields["payload"]
        payload = json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
