"""Socket Mode of the pretend Slack, with the real client of slack_sdk at the other end."""

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
from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Json, Workspace


@dataclass
class Listener:
    """An app. It lets the first ``silent`` envelopes go without an acknowledgement."""

    client: SocketModeClient
    silent: int = 0
    answer: Json | None = None
    told: list[Json] = field(default_factory=list)
    heard: list[SocketModeRequest] = field(default_factory=list)

    async def hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        if len(self.heard) > self.silent:
            response = SocketModeResponse(request.envelope_id, self.answer)
            await client.send_socket_mode_response(response)

    async def note(
        self, _: AsyncBaseSocketModeClient, message: dict[str, Any], __: str | None
    ) -> None:
        self.told.append(message)


@asynccontextmanager
async def connected(
    slack: PretendSlack, *, ping: float = 5.0, **how: Any
) -> AsyncIterator[Listener]:
    """An app whose connection has been greeted; ``ping`` is how often it looks, in seconds."""
    client = SocketModeClient(
        slack.workspace.app_token,
        web_client=AsyncWebClient(base_url=slack.api_url),
        ping_interval=ping,
    )
    listener = Listener(client, **how)
    client.message_listeners.append(listener.note)
    client.socket_mode_request_listeners.append(listener.hear)
    try:
        await client.connect()
        await until(lambda: bool(listener.told))
        yield listener
    finally:
        await client.close()


async def until(true: Callable[[], bool]) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


@pytest.fixture
async def slack() -> AsyncIterator[PretendSlack]:
    async with PretendSlack(Workspace()) as running:
        running.delivery.retry_scale = 0.001
        yield running


async def test_hello(slack: PretendSlack) -> None:
    """Each connection is greeted with the app and the number of connections."""
    async with connected(slack) as one, connected(slack) as two:
        greetings = [one.told[0], two.told[0]]

    assert [g["type"] for g in greetings] == ["hello", "hello"]
    assert [g["num_connections"] for g in greetings] == [1, 2]
    assert {g["connection_info"]["app_id"] for g in greetings} == {slack.workspace.app_id}


async def test_an_event(slack: PretendSlack) -> None:
    """An acknowledged event was delivered once, whole, and counts as answered."""
    async with connected(slack) as app:
        payload = slack.envelope({"type": "message", "text": "x"}, "Ev1")
        attempt = await slack.deliver(payload)

    (request,) = app.heard
    assert (request.type, request.payload) == ("events_api", payload)
    assert (request.retry_attempt, request.retry_reason) == (0, "")
    assert (attempt.status, attempt.number) == (200, 0)


async def test_an_answer_to_a_press(slack: PretendSlack) -> None:
    """What an acknowledgement carries is the answer to an interaction."""
    async with connected(slack, answer={"text": "done"}) as app:
        attempt = await slack.deliver({"type": "block_actions"}, "interactive")

    assert json.loads(attempt.body) == {"text": "done"}
    assert [r.accepts_response_payload for r in app.heard] == [True]


async def test_one_connection_per_envelope(slack: PretendSlack) -> None:
    """With three connections, each event goes through exactly one, and all have their share."""
    async with connected(slack) as one, connected(slack) as two, connected(slack) as three:
        names = [f"Ev{n}" for n in range(9)]
        payloads = [slack.envelope({"type": "message"}, name) for name in names]
        await asyncio.gather(*(slack.deliver(p) for p in payloads))

    shares = [[r.payload["event_id"] for r in app.heard] for app in (one, two, three)]
    assert sorted(name for share in shares for name in share) == names
    assert [len(share) for share in shares] == [3, 3, 3]


async def test_a_socket_comes_first(slack: PretendSlack) -> None:
    """While a client is connected nothing goes to the HTTP address; afterwards it does again."""
    slack.deliver_to(f"http://127.0.0.1:{free_port()}/")
    async with connected(slack):
        first = await slack.deliver(slack.envelope({"type": "message"}), retry=False)
    await until(lambda: not slack.sockets.connected)
    second = await slack.deliver(slack.envelope({"type": "message"}), retry=False)

    assert (first.status, second.status, second.body) == (200, 0, "connection_failed")


async def test_no_acknowledgement(slack: PretendSlack) -> None:
    """An event that is not acknowledged within three seconds comes again, with its number."""
    async with connected(slack, silent=1) as app:
        attempt = await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert [r.payload["event_id"] for r in app.heard] == ["Ev1", "Ev1"]
    assert [(r.retry_attempt, r.retry_reason) for r in app.heard] == [(0, ""), (1, "http_timeout")]
    assert len({r.envelope_id for r in app.heard}) == 2
    assert (attempt.status, attempt.number) == (200, 1)
    assert slack.attempts[0].seconds > 2.9


async def test_a_late_acknowledgement(slack: PretendSlack) -> None:
    """An acknowledgement after the deadline, or of nothing, changes nothing."""
    async with connected(slack, silent=1) as app:
        payload = slack.envelope({"type": "message"}, "Ev1")
        late = await slack.sockets.send(payload, "events_api", 0, "", 0.1)
        for name in (app.heard[0].envelope_id, "nothing"):
            await app.client.send_socket_mode_response(SocketModeResponse(name))
        next_one = await slack.sockets.send(payload, "events_api", 0, "", 3.0)

    assert late is None
    assert next_one == "{}"


@pytest.mark.parametrize("reason", ["refresh_requested", "warning", "too_many_websockets"])
async def test_a_goodbye(slack: PretendSlack, reason: str) -> None:
    """A client that is asked to connect anew does, and the next event finds it."""
    async with connected(slack) as app:
        await slack.sockets.say_goodbye(reason)
        await until(lambda: slack.sockets.opened >= 2 and slack.sockets.connected)
        attempt = await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert len(slack.calls_of("apps.connections.open")) >= 2
    assert [r.payload["event_id"] for r in app.heard] == ["Ev1"]
    assert attempt.status == 200


async def test_an_unknown_goodbye(slack: PretendSlack) -> None:
    """A goodbye for a reason that Slack does not know is an error, and nobody is sent away."""
    async with connected(slack):
        with pytest.raises(ValueError, match="too tired"):
            await slack.sockets.say_goodbye("too tired")

        assert slack.sockets.connected


async def test_a_cut(slack: PretendSlack) -> None:
    """A connection that is cut without a word is made anew, and the next event finds it."""
    async with connected(slack, ping=0.2) as app:
        await slack.sockets.cut()
        await until(lambda: slack.sockets.opened >= 2 and slack.sockets.connected)
        await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert [r.payload["event_id"] for r in app.heard] == ["Ev1"]


async def test_a_dead_peer(slack: PretendSlack) -> None:
    """A connection that answers no ping is given up and made anew."""
    async with connected(slack, ping=0.2):
        slack.sockets.freeze()
        gone = slack.sockets.connected
        await until(lambda: slack.sockets.connected)

    assert not gone
    assert slack.sockets.opened >= 2
