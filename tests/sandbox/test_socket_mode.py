"""Socket Mode of the fake Slack, with slack_sdk's client at the other end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.process import free_port
from bot.sandbox.slack import FakeSlack
from bot.sandbox.workspace import Json


@dataclass
class App:
    """A connected app that records messages and requests.

    Attributes:
        unacknowledged: how many of the first envelopes it does not acknowledge.
        response: payload of its acknowledgments.
    """

    client: SocketModeClient
    unacknowledged: int = 0
    response: Json | None = None
    messages: list[Json] = field(default_factory=list)
    requests: list[SocketModeRequest] = field(default_factory=list)

    async def on_request(
        self, client: AsyncBaseSocketModeClient, request: SocketModeRequest
    ) -> None:
        self.requests.append(request)
        if len(self.requests) > self.unacknowledged:
            response = SocketModeResponse(request.envelope_id, self.response)
            await client.send_socket_mode_response(response)

    async def on_message(
        self, _: AsyncBaseSocketModeClient, message: dict[str, Any], __: str | None
    ) -> None:
        self.messages.append(message)


@asynccontextmanager
async def connected(
    slack: FakeSlack, *, ping_seconds: float = 5.0, **behavior: Any
) -> AsyncIterator[App]:
    """Connect an app and wait for the hello message."""
    client = SocketModeClient(
        slack.workspace.app_token,
        web_client=AsyncWebClient(base_url=slack.api_url),
        ping_interval=ping_seconds,
    )
    app = App(client, **behavior)
    client.message_listeners.append(app.on_message)
    client.socket_mode_request_listeners.append(app.on_request)
    try:
        await client.connect()
        await until(lambda: bool(app.messages))
        yield app
    finally:
        await client.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, for 10 seconds at most."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def reconnected(slack: FakeSlack) -> None:
    """Wait until a client has connected a second time."""
    await until(lambda: slack.socket_mode.connections_opened >= 2 and slack.socket_mode.connected)


async def test_hello_names_app_and_number_of_connections(slack: FakeSlack) -> None:
    """Each connection starts with a hello message."""
    async with connected(slack) as one, connected(slack) as two:
        hellos = [one.messages[0], two.messages[0]]

    assert [hello["type"] for hello in hellos] == ["hello", "hello"]
    assert [hello["num_connections"] for hello in hellos] == [1, 2]
    assert {hello["connection_info"]["app_id"] for hello in hellos} == {slack.workspace.app_id}


async def test_acknowledged_event_is_delivered_once(slack: FakeSlack) -> None:
    """An acknowledged event arrives once and complete, and counts as delivered."""
    async with connected(slack) as app:
        payload = slack.envelope({"type": "message", "text": "x"}, "Ev1")
        attempt = await slack.deliver(payload)

    (request,) = app.requests
    assert (request.type, request.payload) == ("events_api", payload)
    assert (request.retry_attempt, request.retry_reason) == (0, "")
    assert (attempt.status, attempt.number) == (200, 0)


async def test_acknowledgment_of_an_interaction_carries_the_response(slack: FakeSlack) -> None:
    """The payload of an acknowledgment is the response to an interaction."""
    async with connected(slack, response={"text": "done"}) as app:
        attempt = await slack.deliver({"type": "block_actions"}, "interactive")

    assert json.loads(attempt.body) == {"text": "done"}
    assert [r.accepts_response_payload for r in app.requests] == [True]


async def test_events_are_spread_over_connections(slack: FakeSlack) -> None:
    """With three connections, each event goes through exactly one, in turn."""
    async with connected(slack) as one, connected(slack) as two, connected(slack) as three:
        event_ids = [f"Ev{n}" for n in range(9)]
        payloads = [slack.envelope({"type": "message"}, event_id) for event_id in event_ids]
        await asyncio.gather(*(slack.deliver(p) for p in payloads))

    shares = [[r.payload["event_id"] for r in app.requests] for app in (one, two, three)]
    assert sorted(event_id for share in shares for event_id in share) == event_ids
    assert [len(share) for share in shares] == [3, 3, 3]


async def test_socket_mode_takes_precedence_over_http(slack: FakeSlack) -> None:
    """Nothing goes to the request URL while a client is connected; afterwards it does again."""
    slack.set_request_url(f"http://127.0.0.1:{free_port()}/")
    async with connected(slack):
        first = await slack.deliver(slack.envelope({"type": "message"}), retry=False)
    await until(lambda: not slack.socket_mode.connected)
    second = await slack.deliver(slack.envelope({"type": "message"}), retry=False)

    assert (first.status, second.status, second.body) == (200, 0, "connection_failed")


async def test_unacknowledged_event_is_retried(slack: FakeSlack) -> None:
    """An event that is not acknowledged in time comes again in a new envelope, as a retry."""
    slack.delivery.ack_timeout = 0.2
    async with connected(slack, unacknowledged=1) as app:
        attempt = await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    retries = [(r.retry_attempt, r.retry_reason) for r in app.requests]
    assert [r.payload["event_id"] for r in app.requests] == ["Ev1", "Ev1"]
    assert retries == [(0, ""), (1, "http_timeout")]
    assert len({r.envelope_id for r in app.requests}) == 2
    assert (attempt.status, attempt.number) == (200, 1)
    assert slack.attempts[0].seconds >= 0.2


async def test_late_and_unknown_acknowledgments_are_ignored(slack: FakeSlack) -> None:
    """An acknowledgment after the timeout, or of an unknown envelope, changes nothing."""
    async with connected(slack, unacknowledged=1) as app:
        payload = slack.envelope({"type": "message"}, "Ev1")
        late = await slack.socket_mode.send(payload, "events_api", 0, "", 0.1)
        for envelope_id in (app.requests[0].envelope_id, "unknown"):
            await app.client.send_socket_mode_response(SocketModeResponse(envelope_id))
        next_one = await slack.socket_mode.send(payload, "events_api", 0, "", 3.0)

    assert late is None
    assert next_one == "{}"


@pytest.mark.parametrize("reason", ["refresh_requested", "warning", "too_many_websockets"])
async def test_client_reconnects_on_request(slack: FakeSlack, reason: str) -> None:
    """A client that is asked to reconnect does so, and receives the next event."""
    async with connected(slack) as app:
        await slack.socket_mode.request_reconnect(reason)
        await reconnected(slack)
        attempt = await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert len(slack.calls_to("apps.connections.open")) >= 2
    assert [r.payload["event_id"] for r in app.requests] == ["Ev1"]
    assert attempt.status == 200


async def test_unknown_disconnect_reason_is_an_error(slack: FakeSlack) -> None:
    """A reason that Slack does not have raises an error, and no client is disconnected."""
    async with connected(slack):
        with pytest.raises(ValueError, match="too tired"):
            await slack.socket_mode.request_reconnect("too tired")

        assert slack.socket_mode.connected


async def test_client_reconnects_after_a_dropped_connection(slack: FakeSlack) -> None:
    """A client whose connection is dropped reconnects, and receives the next event."""
    async with connected(slack, ping_seconds=0.1) as app:
        await slack.socket_mode.drop_connections()
        await reconnected(slack)
        await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert [r.payload["event_id"] for r in app.requests] == ["Ev1"]


async def test_client_reconnects_if_pings_are_not_answered(slack: FakeSlack) -> None:
    """A client gives up a connection without pongs, and reconnects."""
    async with connected(slack, ping_seconds=0.1):
        slack.socket_mode.freeze_connections()
        connected_while_frozen = slack.socket_mode.connected
        await until(lambda: slack.socket_mode.connected)

    assert not connected_while_frozen
    assert slack.socket_mode.connections_opened >= 2
