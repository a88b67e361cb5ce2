"""The HTTP door, before Bolt: size, age, signature and shape, in that order.

Bolt parses a body before it checks the signature, and logs the body when the signature is wrong
(reliability.md 5.1); so nothing reaches it here that is not Slack's. Rules follow
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

from bot.flows.ports import Clock

log = logging.getLogger(__name__)

MAX_BODY = 1_000_000  # bytes
MAX_AGE_SECONDS = 300.0
_FORM = "application/x-www-form-urlencoded"


def web_app(
    app: AsyncApp,
    signing_secret: str | None,
    clock: Clock,
    health: Callable[[], Awaitable[dict[str, object]]],
) -> web.Application:
    """The web application: ``POST /slack/events`` for all that Slack sends, ``GET /healthz``.

    Args:
        app: Bolt, with its own signature check off.
        signing_secret: from Basic Information of the Slack app; None where events come through
            Socket Mode, and only /healthz is served.
        clock: Unix seconds.
        health: what /healthz tells, as JSON; ``ok`` false answers 503.
    """
    secret = (signing_secret or "").encode()

    async def events(request: web.Request) -> web.Response:
        if (request.content_length or 0) > MAX_BODY:
            return web.Response(status=413)
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        if not _from_slack(request, body, secret, clock()):
            log.warning("a request without Slack's signature was turned away")
            return web.Response(status=401)
        payload = _payload_of(body, form=request.content_type == _FORM)
        if payload is None:
            return web.Response(status=400, text="not a Slack payload")
        if payload.get("type") == "app_rate_limited":
            log.error("slack holds events back: over 30,000 in an hour (app_rate_limited)")
            return web.Response()
        # Read once, here: Bolt takes it the way it takes what Socket Mode brings.
        answer = await app.async_dispatch(AsyncBoltRequest(body=payload, mode="socket_mode"))
        if answer.status == 404:
            return web.Response()  # nothing of ours, but rightly signed: Slack counts non-200s
        return web.Response(
            status=answer.status,
            body=answer.body,
            headers=answer.first_headers_without_set_cookie(),
        )

    async def healthz(_: web.Request) -> web.Response:
        state = await health()
        return web.json_response(state, status=200 if state.get("ok") else 503)

    site = web.Application(client_max_size=MAX_BODY)
    if signing_secret:
        site.router.add_post("/slack/events", events)
    site.router.add_get("/healthz", healthz)
    return site


def _from_slack(request: web.Request, body: bytes, secret: bytes, now: float) -> bool:
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    given = request.headers.get("X-Slack-Signature", "").encode("utf-8", "replace")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(now - int(stamp)) > MAX_AGE_SECONDS:
        return False
    wanted = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={wanted}".encode(), given)


def _payload_of(body: bytes, *, form: bool) -> dict[str, Any] | None:
    """What Slack says: a JSON object, a form with one in ``payload``, or a command's plain form.

    None for anything else.
    """
    try:
        text = body.decode()
        if form:
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=100))
            if "payload" not in fields:
                return dict(fields)
            text = fields["payload"]
        payload = json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None
