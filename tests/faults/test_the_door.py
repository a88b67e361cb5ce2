"""What comes in from outside, whatever it is: the real bot takes it, refuses it, and stays up."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.flows.errors import StoreRefusedError
from bot.sandbox.faults import Fault
from bot.store.inbox import SqlInbox
from bot.telemetry.logs import set_up_log
from tests.harness import ENTITLEMENT, BotHarness
from tests.payloads.fuzz import fuzz
from tests.payloads.replay import replay
from tests.payloads.shapes import invented

HALF_A_REQUEST = b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Le"
HALF_OPEN = 300
FUZZ_SECONDS = 1.5
MOST_GROWTH = 30_000_000  # bytes; the test itself needs memory in the same process


async def test_every_shape_of_a_payload(bot: BotHarness) -> None:
    """Nothing that Slack may send is a failure, and no text of it gets into a log."""
    set_up_log("INFO")
    shapes = list(invented())
    report = await replay(bot, shapes)

    assert len({each.name for each in shapes}) >= 60
    assert report.failures == []
    assert report.leaks == []
    assert set().union(*report.statuses.values()) == {200, 400}


async def test_random_requests(bot: BotHarness) -> None:
    """What isn't Slack's changes nothing: no failure, no traceback, no row, no memory."""
    outcome = await fuzz(bot, FUZZ_SECONDS, seed=1)

    assert outcome.statuses.total() > 100
    assert (outcome.failures, outcome.log) == ([], [])
    assert outcome.rows_after == outcome.rows_before
    assert outcome.grown < MOST_GROWTH


async def test_half_open_connections(bot: BotHarness) -> None:
    """While hundreds of requests are half sent, an event passes in time."""
    held = [await asyncio.open_connection("127.0.0.1", bot.port) for _ in range(HALF_OPEN)]
    for _, writer in held:
        writer.write(HALF_A_REQUEST)
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    attempt = bot.slack.attempts[0]
    for _, writer in held:
        writer.close()

    assert (attempt.status, attempt.number) == (200, 0)
    assert attempt.seconds < 2
    assert len(bot.replies(ts)) == 1


async def test_the_address_is_verified(bot: BotHarness) -> None:
    """Slack's challenge comes back, before anything else is set up; unsigned, it doesn't."""
    challenge = {"type": "url_verification", "token": "x", "challenge": "crane-123"}
    status, body = await bot.signed(challenge)
    assert (status, "crane-123" in body) == (200, True)

    status, body = await bot.raw(json.dumps(challenge).encode(), {})
    assert (status, "crane-123" in body) == (401, False)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_compressed_requests(bot: BotHarness, encoding: str) -> None:
    """A compressed body isn't Slack's, and isn't unpacked to find out."""
    body = json.dumps(bot.slack.envelope(bot.event(ENTITLEMENT))).encode()
    headers = bot.slack.delivery.signed_headers(body) | {"Content-Encoding": encoding}

    assert (await bot.raw(body, headers))[0] == 415


async def test_a_value_that_the_database_refuses(
    bot: BotHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack isn't asked to send it again, and the next message is answered."""

    async def refuse(*_: object, **__: object) -> bool:
        raise StoreRefusedError("DataError")

    with monkeypatch.context() as patched:
        patched.setattr(SqlInbox, "add_all", refuse)
        await bot.say(ENTITLEMENT)
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()

    assert {(a.status, a.number) for a in bot.slack.attempts} == {(200, 0)}
    assert "the database refuses a value (DataError)" in caplog.text
    assert len(bot.replies(ts)) == 1


async def test_characters_that_no_database_takes(bot: BotHarness) -> None:
    """NUL and half an emoji are replaced, wherever they stand."""
    event = bot.event(ENTITLEMENT + " \x00\ud83d", user="U\x00\ud83d")
    await bot.slack.deliver(bot.slack.envelope(event, "Ev\x00\ud83d"))
    assert bot.slack.attempts[-1].status == 200


async def test_a_start_while_slack_is_busy(harness: BotHarness) -> None:
    """A Slack that has no time for the bot at its start is asked again."""
    harness.slack.faults.inject("auth.test", Fault.rate_limited("0.1"))
    harness.slack.faults.inject("auth.test", Fault.http(503))
    await harness.start()

    assert len(harness.slack.calls_to("auth.test")) == 3


@pytest.mark.parametrize("reason", ["too_many_websockets", "refresh_requested"])
async def test_a_slack_that_hangs_up_again_and_again(harness: BotHarness, reason: str) -> None:
    """The bot connects again each time, ever more slowly, and loses nothing."""
    await harness.start("socket")
    server = harness.slack.socket_mode
    await harness.until(lambda: server.connected)
    for _ in range(3):
        before = server.connections_opened
        await server.request_reconnect(reason)
        async with asyncio.timeout(15):
            while server.connections_opened == before:
                await asyncio.sleep(0.01)
    await asyncio.sleep(1)
    assert server.connections_opened <= 5
    await harness.until(lambda: server.connected)
    ts = await harness.say(ENTITLEMENT)
    await harness.idle()

    assert len(harness.replies(ts)) == 1


async def test_an_app_token_that_is_refused_for_a_while(harness: BotHarness) -> None:
    """The bot runs on, says so at /healthz, and connects when Slack lets it."""
    await harness.start("socket")
    server = harness.slack.socket_mode
    harness.slack.faults.inject("apps.connections.open", Fault.error("internal_error"), times=1)
    harness.slack.faults.inject("apps.connections.open", Fault.rate_limited("1"), times=1)
    await server.drop_connections()
    await harness.until(lambda: _is_not_ok(harness))
    await harness.until(lambda: server.connected)
    await harness.until(harness.is_ready)

    assert harness.is_running


async def _is_not_ok(harness: BotHarness) -> bool:
    return not await harness.is_ready()
