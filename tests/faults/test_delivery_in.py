"""Faults on the way in (numbers of reliability.md section 6): nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sqlite3
from pathlib import Path

import pytest

from tests.house import BLAME, ENTITLEMENT, LABELLING, ORDINARY, House


async def test_01_the_same_event_four_times_at_once(house: House) -> None:
    """1: one event delivered four times in parallel makes one row and one reply."""
    said = house.event(ENTITLEMENT)
    payload = house.slack.envelope(said, "Ev1")
    answers = await asyncio.gather(*(house.slack.deliver(payload) for _ in range(4)))
    await house.idle()

    assert [a.status for a in answers] == [200] * 4
    assert len(house.replies(str(said["ts"]))) == 1


async def test_02_only_the_retry_arrives(house: House) -> None:
    """2: an event whose first delivery never came is handled when it is retried."""
    said = house.event(ENTITLEMENT)
    status, _ = await house.signed(
        house.slack.envelope(said),
        **{"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"},
    )
    await house.idle()

    assert status == 200
    assert len(house.replies(str(said["ts"]))) == 1


async def test_03_two_events_for_one_message(house: House) -> None:
    """3: two event ids for one message get one reply."""
    said = house.event(ENTITLEMENT)
    for name in ("EvA", "EvB"):
        await house.slack.deliver(house.slack.envelope(said, name))
    await house.idle()

    assert len(house.replies(str(said["ts"]))) == 1


async def test_04_a_locked_database_is_said_in_time(house: House) -> None:
    """4: a database that is locked answers 503 within 2 s, and the retry succeeds."""
    said = house.event(ENTITLEMENT)
    blocker = sqlite3.connect(house.folder / "reframe.db", isolation_level=None, timeout=0)
    async with asyncio.timeout(5):  # the bot shares this thread, and may be in a write of its own
        while True:
            with contextlib.suppress(sqlite3.OperationalError):
                blocker.execute("BEGIN EXCLUSIVE")
                break
            await asyncio.sleep(0.01)
    first = await house.slack.deliver(house.slack.envelope(said, "Ev4"), retry=False)
    blocker.execute("ROLLBACK")
    blocker.close()
    again = await house.slack.deliver(house.slack.envelope(said, "Ev4"), retry=False)
    await house.idle()

    assert first.status == 503
    assert first.seconds < 2
    assert again.status == 200
    assert len(house.replies(str(said["ts"]))) == 1


async def test_11_unknown_events_are_answered(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """11: unknown events and the rate notice are answered 200; the notice raises an alarm."""
    odd = house.slack.envelope({"type": "planet_aligned", "channel": house.deal})
    notice = {"type": "app_rate_limited", "team_id": "T0REFRAME", "minute_rate_limited": 1}
    with caplog.at_level(logging.ERROR, "bot"):
        statuses = [(await house.signed(p))[0] for p in (odd, notice)]

    assert statuses == [200, 200]
    assert "app_rate_limited" in caplog.text


@pytest.mark.parametrize("age", [-301.0, 301.0])
async def test_12_old_and_future_signatures(house: House, age: float) -> None:
    """12: a signature more than five minutes off is refused."""
    body = json.dumps(house.slack.envelope(house.event(ENTITLEMENT))).encode()
    headers = house.slack.delivery.signed_headers(body, at=house.clock() + age)

    assert (await house.raw(body, headers))[0] == 401


async def test_12_missing_and_wrong_signatures(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """12: without a right signature nothing gets in, and the body is never logged."""
    body = json.dumps(house.slack.envelope(house.event("canary-12 they owe us"))).encode()
    right = house.slack.delivery.signed_headers(body)
    wrong = right | {"X-Slack-Signature": "v0=" + "0" * 64}
    with caplog.at_level(logging.DEBUG):
        statuses = [(await house.raw(body, h))[0] for h in ({}, wrong)]
    await house.idle()

    assert statuses == [401, 401]
    assert "canary-12" not in caplog.text


async def test_13_a_replayed_request_has_no_effect(house: House) -> None:
    """13: a captured request sent again is answered 200 and changes nothing."""
    said = house.event(ENTITLEMENT)
    body = json.dumps(house.slack.envelope(said, "Ev13")).encode()
    headers = {"Content-Type": "application/json", **house.slack.delivery.signed_headers(body)}
    statuses = []
    for _ in range(2):
        statuses.append((await house.raw(body, headers))[0])
        await house.idle()

    assert statuses == [200, 200]
    assert len(house.replies(str(said["ts"]))) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Slack-Request-Timestamp": "abc", "X-Slack-Signature": "v0=00"}, 401),
        ({"X-Slack-Request-Timestamp": "1" * 40, "X-Slack-Signature": "v0=00"}, 401),
        ({"X-Slack-Request-Timestamp": "١٢٣", "X-Slack-Signature": "v0=00"}, 401),
        ({"X-Slack-Request-Timestamp": "1760000000", "X-Slack-Signature": "v0=é"}, 401),
    ],
)
async def test_14_strange_headers(house: House, headers: dict[str, str], status: int) -> None:
    """14: strange headers are turned away without a traceback."""
    assert (await house.raw(b"{}", headers))[0] == status


@pytest.mark.parametrize(
    "body",
    [b"{not json", b"[1]", b"[" * 100_000, b'"text"', b"\xff\xfe", b"null", b"", b"NaN"],
)
async def test_14_signed_nonsense(
    house: House, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """14: rightly signed nonsense is answered 400; nothing is written, nothing is raised."""
    with caplog.at_level(logging.WARNING):
        status, _ = await house.signed(body)

    assert status == 400
    assert "Traceback" not in caplog.text


async def test_14_signed_form_nonsense(house: House) -> None:
    """14: forms without an object in them are answered 400."""
    body = b"payload=%5B1%5D"
    signature = house.slack.delivery.signed_headers(body)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert (await house.raw(body, kind | signature))[0] == 400


async def test_14_too_large(house: House) -> None:
    """14: two megabytes are refused before anything reads them."""
    assert (await house.signed(b"x" * 2_000_000))[0] == 413


async def test_15_other_apps_and_teams(house: House) -> None:
    """15: rightly signed events for another app or workspace are answered and dropped."""
    for foreign in ({"api_app_id": "A0OTHER"}, {"team_id": "T0OTHER"}):
        said = house.event(ENTITLEMENT)
        status, _ = await house.signed(house.slack.envelope(said) | foreign)
        assert status == 200
        assert await house.outcome(str(said["ts"])) is None


async def test_25_an_edit_before_the_post_counts(empty_house: House) -> None:
    """25: rewritten to something harmless while it settles, it gets no question."""
    await empty_house.start(REFRAME_SETTLE_SECONDS=0.4)
    ts = await empty_house.say(ENTITLEMENT)
    await empty_house.slack.edit(empty_house.deal, ts, ORDINARY)
    await empty_house.idle()

    outcome = await empty_house.outcome(ts)
    assert outcome is not None
    assert outcome.reason == "withdrawn_by_edit"
    assert empty_house.posts() == 0


async def test_26_an_edit_after_the_reply_is_left(house: House) -> None:
    """26: rewriting a message that was answered brings no second answer."""
    ts = await house.say(ENTITLEMENT)
    await house.idle()
    await house.slack.edit(house.deal, ts, BLAME)
    await house.idle()

    assert len(house.replies(ts)) == 1


async def test_27_a_deletion_before_the_reply(empty_house: House) -> None:
    """27: deleted while it settles, it gets no question and its text is erased."""
    await empty_house.start(REFRAME_SETTLE_SECONDS=0.4)
    ts = await empty_house.say("canary-27 " + ENTITLEMENT)
    await empty_house.slack.delete(empty_house.deal, ts)
    await empty_house.idle()

    assert empty_house.posts() == 0
    await empty_house.until(lambda: not _in_files(empty_house.folder, b"canary-27"), 3)


async def test_27_a_deletion_after_the_reply(house: House) -> None:
    """27: deleted after the answer, the answer goes too."""
    ts = await house.say(ENTITLEMENT)
    await house.idle()
    await house.slack.delete(house.deal, ts)
    await house.idle()

    assert house.posts() == 0


async def test_28_edit_and_delete_before_the_original(house: House) -> None:
    """28: what overtakes its message wins over it."""
    said = house.event(ENTITLEMENT)
    change = {
        "type": "message",
        "subtype": "message_deleted",
        "channel": house.deal,
        "channel_type": "channel",
        "ts": house.workspace.next_ts(),
        "deleted_ts": said["ts"],
        "previous_message": {"text": ENTITLEMENT, "user": house.ana, "ts": said["ts"]},
    }
    await house.slack.deliver(house.slack.envelope(change))
    await house.slack.deliver(house.slack.envelope(said))
    await house.idle()

    assert house.replies(str(said["ts"])) == []


async def test_29_hours_late_is_too_late(house: House) -> None:
    """29: an event about a message of more than an hour ago is not coached."""
    ts = await house.say(ENTITLEMENT, ts=f"{house.clock() - 3_700:.6f}")
    await house.idle()

    assert house.posts() == 0
    assert await house.outcome(ts) is None


async def test_30_direct_messages_are_not_coached(house: House) -> None:
    """30: nothing unasked happens in group messages; a message to the bot itself is an ask, whose
    answer stays in that conversation."""
    said = house.event(ENTITLEMENT, channel_type="mpim")
    await house.slack.deliver(house.slack.envelope(said))
    await house.idle()
    assert house.posts() == 0

    direct = house.workspace.direct_channel(house.ana)
    await house.say(ENTITLEMENT, channel=direct)
    await house.idle()
    assert [channel for channel, _ in house.workspace.own_posts()] == [direct]


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
async def test_41_42_nothing_strange_comes_back(house: House, text: str) -> None:
    """41, 42: mentions, links, odd characters and 40,000 characters never reach the reply."""
    ts = await house.say(text[:40_000])
    await house.idle()

    for reply in house.replies(ts):
        shown = json.dumps(reply["blocks"]) + reply["text"]
        assert not any(s in shown for s in ("<!", "<@", "http", "&lt;", "U0002", "\\u202e"))
    assert all(a.seconds < 1 for a in house.slack.attempts)


async def test_44_no_words_or_tokens_in_any_log(
    empty_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """44: at DEBUG, through success and failure, no text and no token is logged."""
    from bot.cli.run import set_up_log
    from bot.sandbox.faults import Fault

    set_up_log("DEBUG")
    with caplog.at_level(logging.DEBUG, "bot"):
        await empty_house.start(REFRAME_LOG_LEVEL="DEBUG")
        empty_house.slack.faults.next("chat.postMessage", Fault.http(502, "<html>"))
        empty_house.slack.faults.next("users.info", Fault.error("fatal_error"))
        await empty_house.say("canary-44 " + LABELLING)
        await empty_house.say("canary-44 " + ORDINARY)
        await empty_house.say("canary-44 " + ENTITLEMENT, user="U404")
        await asyncio.sleep(0.3)
        await empty_house.stop()

    logged = "\n".join([caplog.text, *(repr(r.__dict__) for r in caplog.records)])
    assert len(caplog.records) > 5
    for secret in ("canary-44", "xoxb-", "xapp-", "sandbox-secret"):
        assert secret not in logged


def _in_files(folder: Path, canary: bytes) -> bool:
    return any(canary in p.read_bytes() for p in folder.iterdir() if p.is_file())


async def test_ordinary_words_leave_no_trace(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Promise 3: after a hundred ordinary messages no file and no log holds a word of them."""
    with caplog.at_level(logging.DEBUG, "bot"):
        for n in range(100):
            await house.say(f"canary-ordinary {n}: {ORDINARY}")
        await house.idle()

    assert not _in_files(house.folder, b"canary-ordinary")
    assert "canary-ordinary" not in caplog.text


async def test_suspected_words_are_gone_once_decided(house: House) -> None:
    """Promise 3: the words of a coached message are in no file after the decision."""
    await house.say("canary-suspect " + ENTITLEMENT)
    await house.idle()
    await house.until(lambda: not _in_files(house.folder, b"canary-suspect"), 3)

    assert house.posts() == 1
