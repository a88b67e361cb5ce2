"""The HTTP endpoints: size, age, signature and shape are checked before Bolt sees anything."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import AsyncMock, create_autospec
from urllib.parse import urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.flows.ports.telemetry import NoTelemetry
from bot.slack import http
from bot.slack.connections import Connections
from bot.slack.dispatch import Dispatcher
from tests.slack.kit import Clock

SECRET = "sandbox-secret"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Endpoint:
    """A served web application, and Bolt behind it as a mock."""

    def __init__(
        self,
        client: Any,
        app: Any,
        clock: Clock,
        slack_times: list[float],
    ) -> None:
        self.client = client
        self.app = app
        self.clock = clock
        self.slack_times = slack_times

    async def post(
        self,
        body: bytes,
        content_type: str = JSON,
        *,
        age: float = 0.0,
        headers: dict[str, str] | None = None,
    ) -> int:
        stamp = str(int(self.clock.now - age))
        digest = hmac.new(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256)
        signed = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest.hexdigest()}",
        }
        response = await self.client.post(
            "/slack/events", data=body, headers=signed | (headers or {})
        )
        return int(response.status)

    def payloads(self) -> list[Any]:
        """Return what Bolt got."""
        return [call.args[0].body for call in self.app.async_dispatch.await_args_list]


def dispatcher(app: AsyncApp) -> Dispatcher:
    """Return what hands payloads to Bolt; no message is for this bot."""
    return Dispatcher(
        app,
        is_served=AsyncMock(return_value=False),
        on_message=AsyncMock(),
        on_error=AsyncMock(),
        telemetry=NoTelemetry(),
    )


@pytest.fixture
async def endpoint(clock: Clock) -> AsyncIterator[Endpoint]:
    app = create_autospec(AsyncApp, instance=True)
    app.async_dispatch = AsyncMock(return_value=BoltResponse(status=200, body="ok"))
    noted: list[float] = []

    site = http.web_app(
        dispatcher(app),
        SECRET,
        clock,
        [],
        connections=Connections(10),
        note_slack_time=noted.append,
    )
    async with TestClient(TestServer(site)) as client:
        yield Endpoint(client, app, clock, noted)


@pytest.mark.parametrize(
    ("body", "content_type", "payload"),
    [
        (b'{"type": "event_callback"}', JSON, {"type": "event_callback"}),
        (urlencode({"payload": '{"a": 1}'}).encode(), FORM, {"a": 1}),
        (
            b"command=%2Freframe&text=",
            FORM,
            {"command": "/reframe", "text": ""},
        ),
    ],
)
async def test_what_slack_sends(
    endpoint: Endpoint, body: bytes, content_type: str, payload: dict[str, Any]
) -> None:
    """Events, interactions and commands reach Bolt as dictionaries."""
    assert await endpoint.post(body, content_type) == 200
    assert endpoint.payloads() == [payload]


@pytest.mark.parametrize(
    "said",
    [
        "plain",
        "\\ud83d\\ude00 a whole emoji",
        "half an emoji \\uD83D",
        "half an emoji \\udE00",
        "a NUL \\u0000",
        "what only looks like a NUL \\\\u0000",
        "\u00e9 and \U0001f600 as they are",
        "\\u00e9 escaped",
        "{[" * 120,
    ],
)
@pytest.mark.parametrize("content_type", [JSON, FORM])
async def test_what_no_database_takes_is_replaced(
    endpoint: Endpoint, said: str, content_type: str
) -> None:
    """The JSON shows at a glance that most payloads need nothing; the outcome is the same as for a
    payload that came as an object, over Socket Mode."""
    source = f'{{"type": "block", "{said}": [{{"text": "{said}"}}]}}'
    body = urlencode({"payload": source}) if content_type == FORM else source
    assert await endpoint.post(body.encode(), content_type) == 200
    await dispatcher(endpoint.app).dispatch(json.loads(source))

    by_http, by_socket = endpoint.payloads()
    assert by_http == by_socket
    assert not set("\x00\ud83d\ude00") & set(str(by_http))


async def test_a_payload_that_is_too_deep_is_refused(endpoint: Endpoint) -> None:
    """Nothing that Slack sends is nested a hundred levels deep."""
    for levels, status in ((90, 200), (150, 400)):
        body = b'{"a": ' * levels + b"1" + b"}" * levels
        assert await endpoint.post(body) == status


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", JSON),
        (b"[1]", JSON),
        (b"{cut", JSON),
        (b"\xff\xfe", JSON),
        (b"[" * 100_000, JSON),
        (b"payload=[1]", FORM),
        (b"payload={cut", FORM),
        ("&".join(f"a{n}=1" for n in range(200)).encode(), FORM),
    ],
)
async def test_what_is_not_a_payload(endpoint: Endpoint, body: bytes, content_type: str) -> None:
    """Signed nonsense is a 400, and never reaches Bolt."""
    assert await endpoint.post(body, content_type) == 400
    assert endpoint.payloads() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Slack-Signature": "v0=0"},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=\u00e9"},
        {"X-Slack-Request-Timestamp": "now"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "9" * 20},
        {"X-Slack-Request-Timestamp": ""},
    ],
)
async def test_what_is_not_signed(endpoint: Endpoint, headers: dict[str, str]) -> None:
    """Without Slack's signature nothing is parsed."""
    assert await endpoint.post(b"{}", headers=headers) == 401
    assert endpoint.payloads() == []


@pytest.mark.parametrize(
    ("headers", "age", "said"),
    [
        ({"X-Slack-Signature": f"v0={'0' * 64}"}, 0.0, "SLACK_SIGNING_SECRET is not that of"),
        ({"X-Slack-Signature": ""}, 0.0, "without Slack's signature"),
        ({}, 400.0, "is this machine's clock right?"),
    ],
)
async def test_the_log_says_what_is_wrong(
    endpoint: Endpoint,
    caplog: pytest.LogCaptureFixture,
    headers: dict[str, str],
    age: float,
    said: str,
) -> None:
    """A secret that was mistyped looks otherwise than somebody who has none."""
    assert await endpoint.post(b"{}", headers=headers, age=age) == 401
    assert said in caplog.text


@pytest.mark.parametrize(("age", "status"), [(0, 200), (300, 200), (302, 401), (-302, 401)])
async def test_how_old_a_request_may_be(endpoint: Endpoint, age: float, status: int) -> None:
    """Five minutes either way; what is older may be replayed."""
    assert await endpoint.post(b"{}", age=age) == status


async def test_how_large_a_request_may_be(endpoint: Endpoint) -> None:
    """A megabyte; more is refused before its signature is computed."""
    assert await endpoint.post(b'{"a": "' + b"x" * 999_000 + b'"}') == 200
    assert await endpoint.post(b"x" * 1_000_001) == 413


@pytest.mark.parametrize(("status", "expected"), [(404, 200), (503, 503), (500, 500)])
async def test_how_bolt_answers(endpoint: Endpoint, status: int, expected: int) -> None:
    """What is nobody's is acknowledged; what failed is not."""
    endpoint.app.async_dispatch.return_value = BoltResponse(status=status)

    assert await endpoint.post(b"{}") == expected


async def test_a_rate_limited_app(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    """Slack's notice that it holds events back ends in the log."""
    notice = {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1}

    assert await endpoint.post(json.dumps(notice).encode()) == 200
    assert "workspace=T1 slack holds events back" in caplog.text
    assert endpoint.payloads() == []


async def test_socket_mode_serves_probes_only(clock: Clock) -> None:
    """Without a signing secret there is no endpoint for events."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response()

    site = http.web_app(
        dispatcher(create_autospec(AsyncApp, instance=True)),
        None,
        clock,
        [web.get("/healthz", healthz)],
        connections=Connections(10),
        note_slack_time=lambda _: None,
    )
    async with TestClient(TestServer(site)) as client:
        events = await client.post("/slack/events", data=b"{}")
        health = await client.get("/healthz")

    assert (events.status, health.status) == (404, 200)
