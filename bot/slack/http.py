"""The HTTP endpoints: what comes in is checked for size, signature, age and shape, in that order.

Bolt parses a body before it checks the signature, and logs the body if the signature is wrong, so
nothing reaches it that isn't Slack's. The rules follow
docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

from bot.flows.ports.clock import Clock
from bot.slack.connections import Connections
from bot.slack.dispatch import Dispatcher
from bot.slack.error_log import describe

log = logging.getLogger(__name__)

EVENTS_PATH = "/slack/events"
MAX_BODY = 1_000_000  # bytes
MAX_AGE_SECONDS = 300.0
BODY_SECONDS = 5.0
_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 100
_JSON = "application/json"
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


def web_app(
    dispatcher: Dispatcher | None,
    signing_secret: str | None,
    clock: Clock,
    probes: Iterable[web.RouteDef],
    *,
    connections: Connections,
    note_slack_time: Callable[[float], None],
) -> web.Application:
    """Build the web application: ``POST /slack/events``, and what probes read.

    Args:
        dispatcher: takes what Slack has signed; None in a process that Slack doesn't reach.
        signing_secret: from Basic Information of the Slack app; None if events come through Socket
            Mode, and only the probes are served.
        clock: Unix seconds.
        probes: further routes, such as /healthz.
        connections: told which request is being handled, and when it is answered.
        note_slack_time: called with the time of each signature that is Slack's, Unix seconds.
    """
    secret = (signing_secret or "").encode()

    async def events(receiver: Dispatcher, request: web.Request) -> web.Response:
        body = await _body(request)
        if isinstance(body, web.Response):
            return body
        signed_at = _signed_at(request, body, secret)
        if signed_at is not None:
            note_slack_time(signed_at)
        if signed_at is None or abs(clock() - signed_at) > MAX_AGE_SECONDS:
            log.warning(_why_turned_away(request, signed_at))
            return web.Response(status=401)
        connections.keep_open(request)
        return await _receive(request, receiver, body)

    @web.middleware
    async def set_deadline(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception as broken:  # noqa: BLE001 - the library would log it with its values
            log.error("a request failed: %s", describe(broken))
            response = web.Response(status=500)
        finally:
            connections.await_next(request)
        return response

    site = web.Application(client_max_size=MAX_BODY, middlewares=[set_deadline])
    if dispatcher and signing_secret:
        site.router.add_post(EVENTS_PATH, partial(events, dispatcher))
    site.add_routes(probes)
    return site


def _why_turned_away(request: web.Request, signed_at: float | None) -> str:
    """Return what to log of a request that isn't Slack's, or doesn't look so."""
    if signed_at is not None:
        return "a request with an old signature was turned away; is this machine's clock right?"
    if _SIGNATURE.fullmatch(request.headers.get("X-Slack-Signature", "")):
        return (
            "a request that was signed with another secret was turned away; if it was Slack's, "
            "SLACK_SIGNING_SECRET is not that of this app"
        )
    return "a request without Slack's signature was turned away"


async def _body(request: web.Request) -> bytes | web.Response:
    """Return the body, or why there is none that could be Slack's."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        return web.Response(status=415)  # Slack compresses nothing; others hide gigabytes
    if (request.content_length or 0) > MAX_BODY:
        return web.Response(status=413)
    try:
        if request.content.is_eof():  # it is here already, as most are: no deadline is needed
            return await request.read()
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        return web.Response(status=413)
    except TimeoutError:
        answer = web.Response(status=408)
    except (web.PayloadAccessError, web.RequestPayloadError, ValueError):
        answer = web.Response(status=400)  # a chunk that is none, or the sender hung up
    answer.force_close()
    return answer


async def _receive(request: web.Request, dispatcher: Dispatcher, body: bytes) -> web.Response:
    is_form = request.headers.get(hdrs.CONTENT_TYPE) != _JSON and request.content_type == _FORM
    payload, source = _parse_payload(body, is_form=is_form)
    if payload is None:
        return web.Response(status=400, text="not a Slack payload")
    if payload.get("type") == "app_rate_limited":
        log.error(
            "workspace=%s slack holds events back: over 30,000 in an hour (app_rate_limited)",
            payload.get("team_id"),
        )
        return web.Response()
    response = await dispatcher.dispatch(payload, source=source)
    if not response.body:  # nearly all: an acknowledgment says nothing but that it is one
        return web.Response(status=response.status)
    return web.Response(
        status=response.status,
        body=response.body,
        headers=response.first_headers_without_set_cookie(),
    )


def _signed_at(request: web.Request, body: bytes, secret: bytes) -> float | None:
    """Return when Slack signed a request, Unix seconds; None if the signature isn't Slack's."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "")
    given = request.headers.get("X-Slack-Signature", "").encode("utf-8", "replace")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return None
    expected = hmac.digest(secret, b"v0:" + stamp.encode() + b":" + body, "sha256").hex()
    return float(stamp) if hmac.compare_digest(f"v0={expected}".encode(), given) else None


def _parse_payload(body: bytes, *, is_form: bool) -> tuple[dict[str, Any] | None, str | None]:
    """Return a JSON object, the one in a form's ``payload``, or a command's plain form; and the
    JSON, if it is one.

    None for anything else.
    """
    try:
        text = body.decode()
        if is_form:
            fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
            if "payload" not in fields:
                return dict(fields), None
            text = fields["payload"]
        payload = json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return None, None
    return (payload, text) if isinstance(payload, dict) else (None, None)
