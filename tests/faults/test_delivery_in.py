"""Faults of deliveries (numbers of reliability.md, section 6): lose and duplicate nothing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
from pathlib import Path

import pytest

from tests.harness import BLAME, ENTITLEMENT, ORDINARY, BotHarness


@pytest.mark.fault_case(1)
async def test_01_same_event_four_times_at_once(bot: BotHarness) -> None:
    """1: ask once about an event that is delivered four times in parallel."""
    event = bot.event(ENTITLEMENT)
    payload = bot.slack.envelope(event, "Ev1")
    answers = await asyncio.gather(*(bot.slack.deliver(payload) for _ in range(4)))
    await bot.idle()

    assert [a.status for a in answers] == [200] * 4
    assert len(bot.replies(str(event["ts"]))) == 1


@pytest.mark.fault_case(2)
async def test_02_only_the_retry_arrives(bot: BotHarness) -> None:
    """2: handle an event of which only the retry arrives."""
    event = bot.event(ENTITLEMENT)
    status, _ = await bot.signed(
        bot.slack.envelope(event),
        **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"},
    )
    await bot.idle()

    assert status == 200
    assert len(bot.replies(str(event["ts"]))) == 1


@pytest.mark.fault_case(3)
async def test_03_two_events_for_one_message(bot: BotHarness) -> None:
    """3: ask once about a message that arrives under two event ids."""
    event = bot.event(ENTITLEMENT)
    for name in ("EvA", "EvB"):
        await bot.slack.deliver(bot.slack.envelope(event, name))
    await bot.idle()

    assert len(bot.replies(str(event["ts"]))) == 1


@pytest.mark.fault_case(4)
async def test_04_locked_database(bot: BotHarness) -> None:
    """4: respond 503 within 2 s while the database is locked, and accept the retry."""
    event = bot.event(ENTITLEMENT)
    blocker = sqlite3.connect(bot.folder / "reframe.db", isolation_level=None, timeout=0)
    async with asyncio.timeout(5):  # the bot shares this thread, and may be in a write of its own
        while True:
            with contextlib.suppress(sqlite3.OperationalError):
                blocker.execute("BEGIN EXCLUSIVE")
                break
            await asyncio.sleep(0.01)
    first = await bot.slack.deliver(bot.slack.envelope(event, "Ev4"), retry=False)
    blocker.execute("ROLLBACK")
    blocker.close()
    again = await bot.slack.deliver(bot.slack.envelope(event, "Ev4"), retry=False)
    await bot.idle()

    assert first.status == 503
    assert first.seconds < 2
    assert again.status == 200
    assert len(bot.replies(str(event["ts"]))) == 1


@pytest.mark.fault_case(11)
async def test_11_unknown_events(bot: BotHarness, caplog: pytest.LogCaptureFixture) -> None:
    """11: respond 200 to unknown events, and log an error about app_rate_limited."""
    odd = bot.slack.envelope({"type": "planet_aligned", "channel": bot.deal})
    notice = {"type": "app_rate_limited", "team_id": "T0REFRAME", "minute_rate_limited": 1}
    with caplog.at_level(logging.ERROR, "bot"):
        statuses = [(await bot.signed(p))[0] for p in (odd, notice)]

    assert statuses == [200, 200]
    assert "app_rate_limited" in caplog.text


@pytest.mark.fault_case(12)
@pytest.mark.parametrize("age", [-330.0, 330.0])  # to the second: tests/slack/test_http.py
async def test_12_old_and_future_signatures(bot: BotHarness, age: float) -> None:
    """12: refuse a signature that is more than five minutes off."""
    body = json.dumps(bot.slack.envelope(bot.event(ENTITLEMENT))).encode()
    headers = bot.slack.delivery.signed_headers(body, at=bot.clock() + age)

    assert (await bot.raw(body, headers))[0] == 401


@pytest.mark.fault_case(12)
async def test_12_missing_and_wrong_signatures(
    bot: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """12: refuse a request without a valid signature, and don't log its body."""
    body = json.dumps(bot.slack.envelope(bot.event("canary-12 they owe us"))).encode()
    valid = bot.slack.delivery.signed_headers(body)
    wrong = valid | {"X-Slack-Signature": "v0=" + "0" * 64}
    with caplog.at_level(logging.DEBUG):
        statuses = [(await bot.raw(body, h))[0] for h in ({}, wrong)]
    await bot.idle()

    assert statuses == [401, 401]
    assert "canary-12" not in caplog.text


@pytest.mark.fault_case(13)
async def test_13_replayed_request(bot: BotHarness) -> None:
    """13: respond 200 to a captured request that is sent again, and do nothing."""
    event = bot.event(ENTITLEMENT)
    body = json.dumps(bot.slack.envelope(event, "Ev13")).encode()
    headers = {"Content-Type": "application/json", **bot.slack.delivery.signed_headers(body)}
    statuses = []
    for _ in range(2):
        statuses.append((await bot.raw(body, headers))[0])
        await bot.idle()

    assert statuses == [200, 200]
    assert len(bot.replies(str(event["ts"]))) == 1


@pytest.mark.fault_case(14)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=00"}, 401),
        ({"X-Slack-Request-Timestamp": "1" * 40, "X-Slack-Signature": "v0=00"}, 401),
        ({"X-Slack-Request-Timestamp": "١٢٣", "X-Slack-Signature": "v0=00"}, 401),
        ({"X-Slack-Request-Timestamp": "1760000000", "X-Slack-Signature": "v0=é"}, 401),
    ],
)
async def test_14_strange_headers(bot: BotHarness, headers: dict[str, str], status: int) -> None:
    """14: refuse malformed headers."""
    assert (await bot.raw(b"{}", headers))[0] == status


@pytest.mark.fault_case(14)
@pytest.mark.parametrize(
    "body",
    [b"{not json", b"[1]", b"[" * 100_000, b'"text"', b"\xff\xfe", b"null", b"", b"NaN"],
)
async def test_14_malformed_body(
    bot: BotHarness, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """14: respond 400 to a correctly signed body that is malformed, without a traceback."""
    with caplog.at_level(logging.WARNING):
        status, _ = await bot.signed(body)

    assert status == 400
    assert "Traceback" not in caplog.text


@pytest.mark.fault_case(14)
async def test_14_malformed_form(bot: BotHarness) -> None:
    """14: respond 400 to a form that contains no object."""
    body = b"payload=%5B1%5D"
    signature = bot.slack.delivery.signed_headers(body)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert (await bot.raw(body, kind | signature))[0] == 400


@pytest.mark.fault_case(14)
async def test_14_too_large(bot: BotHarness) -> None:
    """14: refuse two megabytes."""
    assert (await bot.signed(b"x" * 2_000_000))[0] == 413


@pytest.mark.fault_case(15)
async def test_15_other_apps_and_workspaces(bot: BotHarness) -> None:
    """15: drop events for another app or workspace, though they are signed correctly."""
    for foreign in ({"api_app_id": "A0OTHER"}, {"team_id": "T0OTHER"}):
        event = bot.event(ENTITLEMENT)
        status, _ = await bot.signed(bot.slack.envelope(event) | foreign)
        assert status == 200
        assert await bot.outcome(str(event["ts"])) is None


@pytest.mark.fault_case(25)
async def test_25_edit_before_the_post(harness: BotHarness) -> None:
    """25: ask nothing about a message that is edited into a harmless one while it settles."""
    await harness.start(REFRAME_SETTLE_SECONDS=0.4)
    ts = await harness.say(ENTITLEMENT)
    await harness.slack.edit_message(harness.deal, ts, ORDINARY)
    await harness.idle()

    outcome = await harness.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "withdrawn_by_edit"
    assert harness.posts() == 0


@pytest.mark.fault_case(26)
async def test_26_edit_after_the_reply(bot: BotHarness) -> None:
    """26: ask nothing more about a message that is edited after the question."""
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    await bot.slack.edit_message(bot.deal, ts, BLAME)
    await bot.idle()

    assert len(bot.replies(ts)) == 1


@pytest.mark.fault_case(27)
async def test_27_deletion_before_the_reply(harness: BotHarness) -> None:
    """27: ask nothing about a message that is deleted while it settles, and erase its text."""
    await harness.start(REFRAME_SETTLE_SECONDS=0.4)
    ts = await harness.say("canary-27 " + ENTITLEMENT)
    await harness.slack.delete_message(harness.deal, ts)
    await harness.idle()

    assert harness.posts() == 0
    await harness.until(lambda: not _in_files(harness.folder, b"canary-27"), 3)


@pytest.mark.fault_case(27)
async def test_27_deletion_after_the_reply(bot: BotHarness) -> None:
    """27: delete the question if its message is deleted."""
    ts = await bot.say(ENTITLEMENT)
    await bot.idle()
    await bot.slack.delete_message(bot.deal, ts)
    await bot.idle()

    assert bot.posts() == 0


@pytest.mark.fault_case(28)
async def test_28_deletion_before_the_message(bot: BotHarness) -> None:
    """28: ask nothing about a message whose deletion arrives first."""
    event = bot.event(ENTITLEMENT)
    change = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": bot.deal,
        "channel_type": "channel",
        "ts": bot.workspace.next_ts(),
        "deleted_ts": event["ts"],
        "previous_message": {"text": ENTITLEMENT, "user": bot.ana, "ts": event["ts"]},
    }
    await bot.slack.deliver(bot.slack.envelope(change))
    await bot.slack.deliver(bot.slack.envelope(event))
    await bot.idle()

    assert bot.replies(str(event["ts"])) == []


@pytest.mark.fault_case(29)
async def test_29_late_event(bot: BotHarness) -> None:
    """29: ignore a message that is more than an hour old."""
    ts = await bot.say(ENTITLEMENT, ts=f"{bot.clock() - 3_700:.6f}")
    await bot.idle()

    assert bot.posts() == 0
    assert await bot.outcome(ts) is None


@pytest.mark.fault_case(30)
async def test_30_direct_messages(bot: BotHarness) -> None:
    """30: post nothing in group messages; reply to a message to the bot in that conversation."""
    event = bot.event(ENTITLEMENT, channel_type="mpim")
    await bot.slack.deliver(bot.slack.envelope(event))
    await bot.idle()
    assert bot.posts() == 0

    direct = bot.workspace.dm_channel(bot.ana)
    await bot.say(ENTITLEMENT, channel=direct)
    await bot.idle()
    assert [channel for channel, _ in bot.workspace.bot_messages()] == [direct]


@pytest.mark.fault_case(41, 42)
@pytest.mark.parametrize(
    "text",
    [
        "<!channel> they owe us an answer after everything we did, how rude",
        "<@U0002> they owe us an answer <https://evil.example|click>, how rude not to reply",
        "they owe us &lt;!here&gt; an answer after all we did &amp; more, how rude",
        "they owe us an answer " + "\u202e\u200b\u00ad" * 40 + " how rude",
        "they owe us an answer, how rude! " * 1_200,
    ],
)
async def test_41_42_odd_text(bot: BotHarness, text: str) -> None:
    """41, 42: repeat no mention, link or odd character, and acknowledge 40,000 in time."""
    ts = await bot.say(text[:40_000])
    await bot.idle()

    for reply in bot.replies(ts):
        shown = json.dumps(reply["blocks"]) + reply["text"]
        assert not any(s in shown for s in ("<!", "<@", "http", "&lt;", "U0002", "\\u202e"))
    assert all(a.seconds < 1 for a in bot.slack.attempts)


@pytest.mark.fault_case(44)
async def test_44_no_text_or_token_in_the_log(
    harness: BotHarness, caplog: pytest.LogCaptureFixture
) -> None:
    """44: log no text and no token, even at DEBUG and when calls fail."""
    from bot.sandbox.faults import Fault
    from bot.telemetry.logs import set_up_log

    set_up_log("DEBUG")
    with caplog.at_level(logging.DEBUG, "bot"):
        await harness.start(REFRAME_LOG_LEVEL="DEBUG")
        harness.slack.faults.inject("chat.postMessage", Fault.http(502, "<html>"))
        await harness.say("canary-44 " + ENTITLEMENT)
        await harness.say("canary-44 " + ORDINARY)
        await harness.until(lambda: "unconfirmed" in caplog.text)
        harness.slack.faults.inject("users.info", Fault.error("fatal_error"))
        await harness.say("canary-44 " + ENTITLEMENT, user="U404")
        await harness.until(lambda: "fatal_error" in caplog.text)
        await harness.stop()

    logged = "\n".join([caplog.text, *(repr(r.__dict__) for r in caplog.records)])
    assert len(caplog.records) > 5
    assert "unconfirmed" in logged
    assert "fatal_error" in logged
    for secret in ("canary-44", "xoxb-", "xapp-", harness.workspace.signing_secret):
        assert secret not in logged


def _in_files(folder: Path, canary: bytes) -> bool:
    """Return whether any file in the folder contains these bytes."""
    return any(canary in p.read_bytes() for p in folder.iterdir() if p.is_file())


async def test_ordinary_text_is_nowhere(bot: BotHarness, caplog: pytest.LogCaptureFixture) -> None:
    """Write no word of a hundred ordinary messages to any file or log (promise 3)."""
    with caplog.at_level(logging.DEBUG, "bot"):
        for n in range(100):
            await bot.say(f"canary-ordinary {n}: {ORDINARY}")
        await bot.idle()

    assert not _in_files(bot.folder, b"canary-ordinary")
    assert "canary-ordinary" not in caplog.text


async def test_text_of_a_candidate_is_erased(bot: BotHarness) -> None:
    """Erase a candidate's text from every file once it is decided (promise 3)."""
    await bot.say("canary-candidate " + ENTITLEMENT)
    await bot.idle()
    await bot.until(lambda: not _in_files(bot.folder, b"canary-candidate"), 3)

    assert bot.posts() == 1
