"""How the pretend Slack delivers: to a small app on loopback that answers as it is told."""

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

from bot.sandbox.process import free_port
from bot.sandbox.slack import PretendSlack
from bot.sandbox.workspace import Workspace

NOW = 1_760_000_000.0
SLOW = 30.0  # seconds, longer than Slack waits


class AtThatTime(Clock):
    """The time that the verifier goes by."""

    def __init__(self, at: float) -> None:
        self._at = at

    def now(self) -> float:
        return self._at


@dataclass
class Listener:
    """An app. ``answers`` come in turn, then 200: a status, or None for one that comes too late."""

    answers: list[int | None] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        status = self.answers.pop(0) if self.answers else 200
        if status is None:
            await asyncio.sleep(SLOW)
        return web.Response(status=status or 200, headers=self.headers, text="heard")

    @property
    def events(self) -> list[str]:
        """The ids of the events, in the order in which they came."""
        return [json.loads(body)["event_id"] for _, body in self.heard]

    @property
    def retries(self) -> list[tuple[str | None, str | None]]:
        """Number and reason of each delivery."""
        return [(h.get("X-Slack-Retry-Num"), h.get("X-Slack-Retry-Reason")) for h, _ in self.heard]


@asynccontextmanager
async def listening(listener: Listener, port: int = 0) -> AsyncIterator[Listener]:
    site = web.Application()
    site.router.add_post("/", listener.hear)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        yield listener
    finally:
        await runner.cleanup()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening(Listener()) as app:
        yield app


@pytest.fixture
async def slack(listener: Listener) -> AsyncIterator[PretendSlack]:
    async with PretendSlack(Workspace(lambda: NOW)) as running:
        running.delivery.retry_scale = 0.001
        running.deliver_to(listener.url)
        yield running


@pytest.fixture
def deal(slack: PretendSlack) -> str:
    return slack.workspace.add_channel("deal", [slack.workspace.add_user("ana")])


@pytest.mark.parametrize("kind", ["events_api", "interactive", "slash_commands"])
async def test_signatures(slack: PretendSlack, listener: Listener, kind: Any) -> None:
    """Slack's own verifier takes the signature of each kind, for this secret, body and time."""
    await slack.deliver({"type": "x", "text": "a & b"}, kind)
    ((headers, body),) = listener.heard
    secret = slack.workspace.signing_secret

    assert SignatureVerifier(secret, AtThatTime(NOW)).is_valid_request(body, headers)
    assert not SignatureVerifier("other", AtThatTime(NOW)).is_valid_request(body, headers)
    assert not SignatureVerifier(secret, AtThatTime(NOW)).is_valid_request(body + b" ", headers)
    assert not SignatureVerifier(secret, AtThatTime(NOW + 301)).is_valid_request(body, headers)


async def test_each_retry_is_signed(slack: PretendSlack, listener: Listener) -> None:
    """A retry brings the same body, rightly signed once more."""
    listener.answers = [500, 500]
    await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))
    verifier = SignatureVerifier(slack.workspace.signing_secret, AtThatTime(NOW))

    assert len({body for _, body in listener.heard}) == 1
    assert [verifier.is_valid_request(b, h) for h, b in listener.heard] == [True] * 3


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("events_api", "application/json"),
        ("interactive", "application/x-www-form-urlencoded"),
        ("slash_commands", "application/x-www-form-urlencoded"),
    ],
)
async def test_forms(slack: PretendSlack, listener: Listener, kind: Any, content_type: str) -> None:
    """Events come as JSON, interactions as JSON in a form, and commands as a plain form."""
    await slack.deliver({"text": "a & b"}, kind)
    ((headers, body),) = listener.heard

    told = {
        "events_api": lambda: json.loads(body),
        "interactive": lambda: json.loads(parse_qs(body.decode())["payload"][0]),
        "slash_commands": lambda: {k: v[0] for k, v in parse_qs(body.decode()).items()},
    }[kind]()
    assert told == {"text": "a & b"}
    assert headers["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("answers", "retries"),
    [
        ([200], []),
        ([500], [("1", "http_error")]),
        ([404, 503], [("1", "http_error"), ("2", "http_error")]),
        ([500] * 9, [("1", "http_error"), ("2", "http_error"), ("3", "http_error")]),
    ],
)
async def test_retries(
    slack: PretendSlack,
    listener: Listener,
    answers: list[int | None],
    retries: list[tuple[str, str]],
) -> None:
    """What is not answered with 200 is tried again, three times at most, each with its reason."""
    listener.answers = answers
    last = await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert listener.retries == [(None, None), *retries]
    assert listener.events == ["Ev1"] * (1 + len(retries))
    assert last == slack.attempts[-1]
    assert (last.status == 200) is (len(answers) < 4)


async def test_three_seconds(slack: PretendSlack, listener: Listener) -> None:
    """An answer that takes more than three seconds is none, and the retry says http_timeout."""
    listener.answers = [None]
    last = await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))
    first = slack.attempts[0]

    assert (first.status, last.status) == (0, 200)
    assert first.seconds > 2.9
    assert listener.retries == [(None, None), ("1", "http_timeout")]


async def test_an_app_that_comes_back(slack: PretendSlack) -> None:
    """Where nobody listened at first, the retry that arrives says connection_failed."""
    port = free_port()
    slack.deliver_to(f"http://127.0.0.1:{port}/")
    slack.delivery.retry_scale = 0.01
    delivery = asyncio.create_task(slack.deliver(slack.envelope({"type": "message"}, "Ev1")))
    while len(slack.attempts) < 2:
        await asyncio.sleep(0.01)
    async with listening(Listener(), port) as app:
        last = await delivery

    assert last.status == 200
    assert app.retries == [(str(last.number), "connection_failed")]


async def test_nowhere_to_deliver(slack: PretendSlack) -> None:
    """Without an address every attempt fails as a connection does."""
    slack.deliver_to(None)
    await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert [a.status for a in slack.attempts] == [0] * 4
    assert [a.reason for a in slack.attempts] == ["", *["connection_failed"] * 3]


@pytest.mark.parametrize(("value", "heard"), [("1", 1), ("0", 4)])
async def test_no_retry_on_request(
    slack: PretendSlack, listener: Listener, value: str, heard: int
) -> None:
    """X-Slack-No-Retry: 1 in an answer ends the retries; no other value does."""
    listener.answers = [500] * 4
    listener.headers = {"X-Slack-No-Retry": value}
    await slack.deliver(slack.envelope({"type": "message"}, "Ev1"))

    assert len(listener.heard) == heard


@pytest.mark.parametrize("kind", ["interactive", "slash_commands"])
async def test_only_events_are_tried_again(
    slack: PretendSlack, listener: Listener, kind: Any
) -> None:
    """A press and a command are delivered once, and the answer to them is kept."""
    listener.answers = [500]
    attempt = await slack.deliver({"text": "x"}, kind)

    assert (attempt.status, attempt.body) == (500, "heard")
    assert len(listener.heard) == 1


@pytest.mark.parametrize(("duplicate", "times"), [(False, 1), (True, 2)])
async def test_duplicates(
    slack: PretendSlack, listener: Listener, deal: str, duplicate: bool, times: int
) -> None:
    """On order each event comes twice, as the same event and not as a retry."""
    slack.duplicate = duplicate
    await slack.say("U0001", deal, "x")
    await slack.settled()

    assert len(set(listener.events)) == 1
    assert listener.retries == [(None, None)] * times


async def test_out_of_order(slack: PretendSlack, listener: Listener, deal: str) -> None:
    """A later event overtakes an earlier one whose delivery failed."""
    listener.answers = [500, 500]
    slack.delivery.retry_scale = 0.01
    await slack.say("U0001", deal, "first", event_id="Ev1")
    while len(listener.heard) < 2:
        await asyncio.sleep(0.01)
    await slack.say("U0001", deal, "second", event_id="Ev2")
    await slack.settled()

    assert listener.events == ["Ev1", "Ev1", "Ev2", "Ev1"]
    assert [a.event_id for a in slack.attempts if a.status == 200] == ["Ev2", "Ev1"]


async def test_only_where_the_bot_is(slack: PretendSlack, listener: Listener) -> None:
    """What is said in a channel without the bot is not delivered, until the bot is invited."""
    outside = slack.workspace.add_channel("outside", with_bot=False)
    await slack.say("U0001", outside, "x")
    await slack.invite_bot(outside, "U0001")
    await slack.say("U0001", outside, "y")
    await slack.settled()

    kinds = [json.loads(body)["event"]["type"] for _, body in listener.heard]
    assert sorted(kinds) == ["member_joined_channel", "message"]
