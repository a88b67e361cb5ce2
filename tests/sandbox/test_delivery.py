"""HTTP delivery of the fake Slack, to a small app on loopback with scripted responses."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import Clock, SignatureVerifier

from bot.sandbox.delivery import ACK_TIMEOUT_SECONDS
from bot.sandbox.process import free_port
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Workspace

NOW = 1_760_000_000.0
TOO_SLOW_SECONDS = 30.0
OVERTAKING_SCALE = 0.003  # the second retry comes after 180 ms


class FixedClock(Clock):
    """The time that the signature verifier uses."""

    def __init__(self, at: float) -> None:
        self._at = at

    def now(self) -> float:
        return self._at


@dataclass
class App:
    """An app that records requests.

    Attributes:
        statuses: statuses of the next responses, then 200; None for a response that is too slow.
        headers: sent with every response.
        requests: headers and body of each request, oldest first.
    """

    statuses: list[int | None] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def serve(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        status = self.statuses.pop(0) if self.statuses else 200
        if status is None:
            await asyncio.sleep(TOO_SLOW_SECONDS)
        return web.Response(status=status or 200, headers=self.headers, text="received")

    @property
    def event_ids(self) -> list[str]:
        """The ids of the events in the order of arrival."""
        return [json.loads(body)["event_id"] for _, body in self.requests]

    @property
    def retries(self) -> list[tuple[str | None, str | None]]:
        """Retry number and reason of each request."""
        names = ("X-Slack-Retry-Num", "X-Slack-Retry-Reason")
        return [(headers.get(names[0]), headers.get(names[1])) for headers, _ in self.requests]


@asynccontextmanager
async def serving(app: App, port: int = 0) -> AsyncIterator[App]:
    site = web.Application()
    site.router.add_post("/", app.serve)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        app.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        yield app
    finally:
        await runner.cleanup()


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with serving(App()) as running:
        yield running


@pytest.fixture
async def slack(app: App) -> AsyncIterator[FakeSlack]:
    async with FakeSlack(Workspace(lambda: NOW)) as running:
        running.delivery.retry_scale = 0.0
        running.set_request_url(app.url)
        yield running


@pytest.mark.parametrize("kind", ["events_api", "interactive", "slash_commands"])
async def test_slacks_verifier_accepts_the_signature(slack: FakeSlack, app: App, kind: Any) -> None:
    """Slack's verifier accepts each kind of payload, for this secret, body and time only."""
    await slack.deliver({"type": "x", "text": "a & b"}, kind)
    ((headers, body),) = app.requests
    secret = slack.workspace.signing_secret

    assert SignatureVerifier(secret, FixedClock(NOW)).is_valid_request(body, headers)
    assert not SignatureVerifier("other", FixedClock(NOW)).is_valid_request(body, headers)
    assert not SignatureVerifier(secret, FixedClock(NOW)).is_valid_request(body + b" ", headers)
    assert not SignatureVerifier(secret, FixedClock(NOW + 301)).is_valid_request(body, headers)


async def test_retries_are_signed(slack: FakeSlack, app: App) -> None:
    """A retry carries the same body and a valid signature."""
    app.statuses = [500, 500]
    await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))
    verifier = SignatureVerifier(slack.workspace.signing_secret, FixedClock(NOW))

    assert len({body for _, body in app.requests}) == 1
    assert [verifier.is_valid_request(b, h) for h, b in app.requests] == [True] * 3


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("events_api", "application/json"),
        ("interactive", "application/x-www-form-urlencoded"),
        ("slash_commands", "application/x-www-form-urlencoded"),
    ],
)
async def test_payload_encodings(slack: FakeSlack, app: App, kind: Any, content_type: str) -> None:
    """Events are sent as JSON, interactions as JSON in a form field, commands as a form."""
    await slack.deliver({"text": "a & b"}, kind)
    ((headers, body),) = app.requests

    if kind == "events_api":
        decoded = json.loads(body)
    elif kind == "interactive":
        decoded = json.loads(parse_qs(body.decode())["payload"][0])
    else:
        decoded = {key: values[0] for key, values in parse_qs(body.decode()).items()}
    assert decoded == {"text": "a & b"}
    assert headers["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("statuses", "retries"),
    [
        ([200], []),
        ([500], [("1", "http_error")]),
        ([404, 503], [("1", "http_error"), ("2", "http_error")]),
        ([500] * 9, [("1", "http_error"), ("2", "http_error"), ("3", "http_error")]),
    ],
)
async def test_failed_events_are_retried_up_to_three_times(
    slack: FakeSlack,
    app: App,
    statuses: list[int | None],
    retries: list[tuple[str, str]],
) -> None:
    """Any status but 200 leads to a retry with its number and reason, three times at most."""
    app.statuses = statuses
    last = await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert app.retries == [(None, None), *retries]
    assert app.event_ids == ["Ev1"] * (1 + len(retries))
    assert last == slack.attempts[-1]
    assert (last.status == 200) is (len(statuses) < 4)


async def test_the_app_has_three_seconds_by_default() -> None:
    """The timeout is Slack's, unless a test shortens it."""
    assert FakeSlack().delivery.ack_timeout == ACK_TIMEOUT_SECONDS == 3.0


async def test_slow_response_is_retried(slack: FakeSlack, app: App) -> None:
    """A response after the timeout counts as none, and the retry says http_timeout."""
    slack.delivery.ack_timeout = 0.2
    app.statuses = [None]
    last = await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))
    first = slack.attempts[0]

    assert (first.status, last.status) == (0, 200)
    assert 0.2 <= first.seconds < TOO_SLOW_SECONDS
    assert app.retries == [(None, None), ("1", "http_timeout")]


async def test_app_that_comes_back_gets_a_retry(slack: FakeSlack) -> None:
    """If the app was down at first, the retry that reaches it says connection_failed."""
    port = free_port()
    slack.set_request_url(f"http://127.0.0.1:{port}/")
    slack.delivery.retry_scale = OVERTAKING_SCALE
    delivery = asyncio.create_task(slack.deliver(slack.envelope({"type": "message"}, "Ev1")))
    while len(slack.attempts) < 2:
        await asyncio.sleep(0.01)
    async with serving(App(), port) as app:
        last = await delivery

    assert last.status == 200
    assert app.retries == [(str(last.number), "connection_failed")]


async def test_without_request_url_every_attempt_fails(slack: FakeSlack) -> None:
    """Without a request URL every attempt fails like a refused connection."""
    slack.set_request_url(None)
    await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert [a.status for a in slack.attempts] == [0] * 4
    assert [a.reason for a in slack.attempts] == ["", *["connection_failed"] * 3]


@pytest.mark.parametrize(("value", "requests"), [("1", 1), ("0", 4)])
async def test_no_retry_header_turns_retries_off(
    slack: FakeSlack, app: App, value: str, requests: int
) -> None:
    """X-Slack-No-Retry: 1 in a response turns retries off; no other value does."""
    app.statuses = [500] * 4
    app.headers = {"X-Slack-No-Retry": value}
    await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert len(app.requests) == requests


@pytest.mark.parametrize("kind", ["interactive", "slash_commands"])
async def test_interactions_and_commands_are_not_retried(
    slack: FakeSlack, app: App, kind: Any
) -> None:
    """An interaction and a command are delivered once, and the response's body is kept."""
    app.statuses = [500]
    attempt = await slack.deliver({"text": "x"}, kind)

    assert (attempt.status, attempt.body) == (500, "received")
    assert len(app.requests) == 1


@pytest.mark.parametrize(("duplicate", "times"), [(False, 1), (True, 2)])
async def test_duplicate_events(
    slack: FakeSlack, app: App, deal: str, duplicate: bool, times: int
) -> None:
    """A duplicated event arrives twice with the same id and not as a retry."""
    slack.events.duplicate_events = duplicate
    await slack.post_message("U0001", deal, "x")
    await slack.wait_for_deliveries()

    assert len(set(app.event_ids)) == 1
    assert app.retries == [(None, None)] * times


async def test_events_can_arrive_out_of_order(slack: FakeSlack, app: App, deal: str) -> None:
    """A later event overtakes an earlier one that is waiting for a retry."""
    app.statuses = [500, 500]
    slack.delivery.retry_scale = OVERTAKING_SCALE
    await slack.post_message("U0001", deal, "first", event_id="Ev1")
    while len(app.requests) < 2:
        await asyncio.sleep(0.01)
    await slack.post_message("U0001", deal, "second", event_id="Ev2")
    await slack.wait_for_deliveries()

    assert app.event_ids == ["Ev1", "Ev1", "Ev2", "Ev1"]
    assert [a.event_id for a in slack.attempts if a.status == 200] == ["Ev2", "Ev1"]


async def test_bot_sees_only_channels_it_is_in(slack: FakeSlack, app: App) -> None:
    """Messages in a channel without the bot are not delivered until the bot is invited."""
    outside = slack.workspace.add_channel("outside", with_bot=False)
    await slack.post_message("U0001", outside, "x")
    await slack.invite_bot(outside, "U0001")
    await slack.post_message("U0001", outside, "y")
    await slack.wait_for_deliveries()

    kinds = [json.loads(body)["event"]["type"] for _, body in app.requests]
    assert sorted(kinds) == ["member_joined_channel", "message"]
